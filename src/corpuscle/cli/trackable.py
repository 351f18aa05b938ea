"""`corpuscle trackable`: what linking will give, told before any linking."""

import math
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
    from corpuscle.data.units import Scale
    from corpuscle.studies.linking.trackable import Level, Trackability


def trackable(
    detections: Annotated[Path, typer.Argument(help="A table of detections.")],
    method: Annotated[
        str | None, typer.Option(help="The linker that is tried; default marginal, told what was learned.")
    ] = None,
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
    """Tell what linking will give, before any linking: how many links right, and how far the experiment may go."""
    from corpuscle.api.trackable import foresee_table
    from corpuscle.io.files import read_file
    from corpuscle.io.table import flatten
    from corpuscle.report.trackable import draw_trackable
    from corpuscle.studies.linking.trackable import DEFAULT

    check_outcome(json_out, picture, force=force)
    with progress(quiet=quiet):
        table = flatten(
            read_file(
                detections, format=source, chosen=read_columns(columns), scale=read_scale(pixel_size, frame_interval)
            )
        )
        found = foresee_table(table, method=method or DEFAULT, scenes=scenes, seed=seed)
    for note in table.notes:
        say(f"{detections.name}: {note}", quiet=quiet)
    if picture is not None:
        draw_trackable(picture, found, title=f"{detections.name}: what {method or DEFAULT} will give")
        say(f"wrote {picture}", quiet=quiet)
    if not write_json(found.list_values(), json_out, force=force):
        print_trackable(found, table.scale)


def print_trackable(found: "Trackability", scale: "Scale") -> None:
    """Print what is expected: a few sentences and a table."""
    from rich.table import Table

    from corpuscle.data.units import fill_length
    from corpuscle.linking.probabilistic.marginal import describe_learned

    here, crowd = found.here, found.crowd
    out.print(
        f"{crowd.particles:.3g} particles a frame, {crowd.spacing:.3g} apart; they move {found.ratio:.2g} of that in a "
        f"frame (step/spacing)",
        markup=False,
    )
    for said in describe_learned(found.learned):
        out.print(fill_length(said, scale), markup=False)
    out.print(
        f"expected Jaccard of links {here.jaccard:.3f} ± {here.error:.3f} ({here.low:.3f} to {here.high:.3f} in eight "
        f"of ten scenes), over {found.scenes} scenes like these",
        markup=False,
    )
    table = Table("", "Jaccard of links", "eight of ten scenes", "diffusion coefficient", box=None, pad_edge=False)
    for words, levels in (("frame interval", found.intervals), ("density", found.densities[1:])):
        for level in levels:
            table.add_row(f"{words} x{level.factor:g}", *list_cells(level))
    out.print(table)
    for words, levels in (("frame interval", found.intervals), ("density", found.densities)):
        out.print(tell_limits(words, levels), markup=False)
    out.print(f"linked by {found.linker}", markup=False, style="dim")


def list_cells(level: "Level") -> list[str]:
    """List the cells of a level."""
    off = "unknown"
    if math.isfinite(level.diffusion_bias):
        off = f"{100 * level.diffusion_bias:+.1f} % ± {100 * level.diffusion_error:.1f}"
    return [f"{level.jaccard:.3f} ± {level.error:.3f}", f"{level.low:.3f} to {level.high:.3f}", off]


def tell_limits(words: str, levels: "tuple[Level, ...]") -> str:
    """Tell how far a frame interval or a density may go before links are no longer sure."""
    from corpuscle.studies.linking.trackable import BARS, find_limit

    told = []
    for bar in BARS:
        limit = find_limit(levels, bar)
        if limit == 0:
            told.append(f"below {bar:g} already")
        elif math.isinf(limit):
            told.append(f"not below {bar:g} within x{levels[-1].factor:g}")
        else:
            told.append(f"below {bar:g} from x{limit:.2g} on")
    return f"{words}: the Jaccard is {', '.join(told)}"
