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
    ] = "auto",
    minimum_probability: Annotated[
        float | None,
        typer.Option(metavar="P", help="Make no link that is less likely; of methods that weigh every link."),
    ] = None,
    settings: Settings = None,
    columns: Columns = None,
    pixel_size: PixelSize = None,
    frame_interval: FrameInterval = None,
    source: From = None,
    target: To = None,
    report: Annotated[
        Path | None,
        typer.Option(metavar="PAGE", help="A page about how sure the links are (.html); for several inputs, a folder."),
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Link detections into tracks."""
    from corpuscle.api.files import is_several, pair_files, pair_reports, stage
    from corpuscle.api.link import add_tracks, check_minimum, check_probabilities, link_table, make_report
    from corpuscle.data.settings import describe_settings
    from corpuscle.io.files import read_file, write_file, write_whole
    from corpuscle.linking.result import explain_nothing

    given, chosen = read_settings(settings), read_columns(columns)
    if minimum_probability is not None:
        check_minimum(method)
        given = {"minimum_probability": str(minimum_probability)} | given
    scale = read_scale(pixel_size, frame_interval)
    pairs = pair_files(detections, output, source=source, target=target, force=force)
    several = is_several(detections, pairs)
    pages: list[tuple[Path, Path]] = []
    if report is not None:
        check_probabilities(method)
        pages = pair_reports(pairs, report, several=several, force=force)
    said: list[str] = []
    with progress(quiet=quiet), stage(pairs, several=several) as staged, stage(pages, several=several) as drawn:
        for number, ((file, place), (_, shown)) in enumerate(zip(staged, pairs, strict=True)):
            table = read_file(file, format=source, chosen=chosen, scale=scale)
            result = link_table(table, method, given)
            nothing = explain_nothing(result.linked, result.detections)
            page = make_report(result, file.name, [nothing] if nothing else []) if pages else ""
            left = write_file(add_tracks(result), place, format=target, force=force)
            if pages:
                write_whole(page, drawn[number][1], force=force)
            count, linked = int(result.linked.tracks.label.max(initial=-1)) + 1, len(result.linked.links)
            outcome = f"{len(table)} detections, {linked} links, {count} tracks -> {shown}"
            method_line = f"{describe_settings(result.linked.linker)}{explain_gate(given, result.linked.linker)}"
            about = f"how sure its links are -> {pages[number][1]}" if pages else ""
            notes = (*table.notes, *left, outcome, nothing, *result.linked.notes, method_line, about)
            said += [f"{file.name}: {note}" for note in notes if note]
    for note in said:
        say(note, quiet=quiet)


def explain_gate(given: dict[str, str], linker: object) -> str:
    """Say where the gate came from, when nobody gave one."""
    if "gate" in given or getattr(linker, "gate", None) is None:
        return ""
    if getattr(linker, "gate", None) == 0:
        return "; gate: nothing moved, or there is nothing to link; say --set gate=DISTANCE if that is wrong"
    return "; gate: three times the median step to the nearest neighbour in the next frame"
