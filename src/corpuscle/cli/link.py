"""`corpuscle link`: files of detections in, files of tracks out."""

from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import progress, say
from corpuscle.cli.options import (
    Columns,
    Force,
    FrameInterval,
    From,
    Output,
    PixelSize,
    Quiet,
    Settings,
    To,
    read_columns,
    read_scale,
    read_settings,
)


def link(
    detections: Annotated[list[Path], typer.Argument(help="Tables of detections, or folders of them.")],
    output: Output,
    method: Annotated[
        str, typer.Option(help="The linker (`corpuscle methods link`), or the folder of a training run.")
    ] = "lap",
    settings: Settings = None,
    columns: Columns = None,
    pixel_size: PixelSize = None,
    frame_interval: FrameInterval = None,
    source: From = None,
    target: To = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Link detections into tracks."""
    from corpuscle.api.files import pair_files
    from corpuscle.api.link import link_table, list_columns, list_renames
    from corpuscle.api.tables import as_arrays
    from corpuscle.io.files import read_file, write_file
    from corpuscle.io.table import with_columns

    given, chosen = read_settings(settings), read_columns(columns)
    scale = read_scale(pixel_size, frame_interval)
    pairs = pair_files(detections, output, source=source, target=target, force=force)
    for file, place in pairs:
        with progress(quiet=quiet):
            table = read_file(file, format=source, chosen=chosen, scale=scale)
            result = link_table(table, method, given)
            new = list_columns(result.linked)
            renames = list_renames(table.columns.column_names, new)
            place.parent.mkdir(exist_ok=True)
            left = write_file(with_columns(table, as_arrays(new), renames), place, format=target, force=force)
        for note in (*table.notes, *left):
            say(f"{file.name}: {note}", quiet=quiet)
        tracks = result.linked.tracks
        count, linked = int(tracks.label.max(initial=-1)) + 1, len(result.linked.links)
        say(f"{file.name}: {len(table)} detections, {linked} links, {count} tracks -> {place}", quiet=quiet)
        say(f"{file.name}: {result.linked.linker}{explain_gate(given, result.linked.linker)}", quiet=quiet)


def explain_gate(given: dict[str, str], linker: object) -> str:
    """Say where the gate came from, when nobody gave one."""
    if "gate" in given or getattr(linker, "gate", None) is None:
        return ""
    return "; gate: three times the median step to the nearest neighbour in the next frame"
