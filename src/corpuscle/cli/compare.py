"""`corpuscle compare`: which linker to use for some detections."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpuscle.cli.console import out, progress, say
from corpuscle.cli.options import (
    Columns,
    Force,
    FrameInterval,
    From,
    PixelSize,
    Quiet,
    read_columns,
    read_scale,
)
from corpuscle.cli.outcome import JsonOut, Picture, Scenes, Seed, check_outcome, write_json

if TYPE_CHECKING:
    from corpuscle.studies.linking.ranking import Ranking


def compare(
    detections: Annotated[Path, typer.Argument(help="A table of detections.")],
    scenes: Scenes = 10,
    seed: Seed = 0,
    json_out: JsonOut = None,
    picture: Picture = None,
    columns: Columns = None,
    pixel_size: PixelSize = None,
    frame_interval: FrameInterval = None,
    source: From = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Compare all linkers on scenes like yours, and name the one to use."""
    from corpuscle.api.compare import rank_table
    from corpuscle.io.files import read_file
    from corpuscle.io.table import flatten
    from corpuscle.report.ranking import draw_ranking

    check_outcome(json_out, picture, force=force)
    with progress(quiet=quiet):
        table = flatten(
            read_file(
                detections, format=source, chosen=read_columns(columns), scale=read_scale(pixel_size, frame_interval)
            )
        )
        found = rank_table(table, scenes=scenes, seed=seed)
    for note in table.notes:
        say(f"{detections.name}: {note}", quiet=quiet)
    for name, reason in found.left_out.items():
        say(f"left out: {name}: {reason}", quiet=quiet)
    if picture is not None:
        draw_ranking(picture, found, title=f"linkers on scenes like {detections.name}")
        say(f"wrote {picture}", quiet=quiet)
    if not write_json(found.list_values(), json_out, force=force):
        print_ranking(found)


def print_ranking(found: "Ranking") -> None:
    """Print the ranking, and the linker to use."""
    from rich.table import Table

    table = Table("method", "link Jaccard", "behind the first", "us/detection", box=None, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for place in found.places:
        behind = f"{place.behind:.3f}±{place.behind_error:.3f}" if place is not found.places[0] else ""
        table.add_row(
            place.method, f"{place.score:.3f}±{place.error:.3f}", behind, f"{place.microseconds:.2f}",
            style=None if place.tied else "dim",
        )  # fmt: skip
    out.print(f"{found.scenes} scenes like these detections; mean ± standard error", style="dim")
    out.print(table)
    tied = [place.method for place in found.places if place.tied]
    others = (
        f": the cheapest of {', '.join(tied)}, which two standard errors do not tell apart" if len(tied) > 1 else ""
    )
    out.print(f"use {found.chosen}{others}", markup=False)
    settings = next(place.settings for place in found.places if place.method == found.chosen)
    out.print(f"as {settings}", markup=False, style="dim")
