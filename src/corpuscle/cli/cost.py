"""`corpuscle cost`: what a method costs."""

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpuscle.cli.console import out
from corpuscle.cli.options import Force, Settings, read_settings

if TYPE_CHECKING:
    from corpuscle.api.cost import AnyCost

SHOWN = {
    "parameters": "numbers that training sets",
    "multiply_adds": "multiplications with an addition, {one}",
    "comparisons": "of a number with a threshold, {one}, at most",
    "numbers": "measured of an image",
    "measuring": "microseconds {part} of it, for measuring those numbers",
    "file": "bytes that hold what was learned",
    "together": "hits placed at once",
    "latency": "microseconds {part}, median of serial runs",
    "memory": "bytes, the most the process has held, libraries included",
    "frames": "frames of the sequence",
    "particles": "detections in each",
    "tracks": "tracks fitted at once",
    "hits": "of a track, in the mean",
    "batch": "images at once",
    "channels": "numbers a pixel has",
    "size": "rows and columns of an image",
}


def cost(
    method: Annotated[str, typer.Argument(help="A linker, a fitter, a net, or a run's folder.")],
    settings: Settings = None,
    frames: Annotated[
        int | None, typer.Option(min=1, help="Frames of the sequence that is linked; default 150.")
    ] = None,
    particles: Annotated[
        int | None, typer.Option(min=1, help="Detections in each; default the fewest, from 2 on, that it is made for.")
    ] = None,
    tracks: Annotated[int | None, typer.Option(min=1, help="Tracks that a fitter fits; default 2000.")] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Images that a net judges at once; default 1.")] = None,
    accelerator: Annotated[
        str | None, typer.Option(help="Where a net that reads images runs: cpu (one thread, the default) or gpu.")
    ] = None,
    profile: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write what torch does for one batch, operation by operation.")
    ] = None,
    json_out: Annotated[Path | None, typer.Option("--json", metavar="OUT|-", help="Write every value.")] = None,
    force: Force = False,
) -> None:
    """Measure what a method costs: a linker, a fitter, a net, or what a run has learned."""
    from corpuscle.api.cost import Load, cost_of, profile_of
    from corpuscle.io.files import check_writable

    for path in (json_out, profile):
        if path is not None and str(path) != "-":
            check_writable(path, force=force)
    given = read_settings(settings)
    if accelerator not in {None, "cpu", "gpu"}:
        message = f"no accelerator {accelerator!r} to measure on; there are cpu, gpu"
        raise ValueError(message)
    load = Load(frames=frames, particles=particles, tracks=tracks, batch=batch, accelerator=accelerator)
    told = None if profile is None else profile_of(method, given, load)
    found = cost_of(method, given, load)
    if profile is not None and told is not None:
        profile.write_text(told, encoding="utf-8")
    text = json.dumps({"method": method, **dataclasses.asdict(found)}, indent=1)
    if json_out is not None and str(json_out) == "-":
        out.print(text, markup=False)
        return
    print_cost(found)
    if json_out is not None:
        json_out.write_text(text + "\n", encoding="utf-8")


def print_cost(found: "AnyCost") -> None:
    """Print the cost as a table."""
    from rich.table import Table

    table = Table("cost", "value", "meaning", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    kinds = {
        "together": ("a hit", "a hit"),
        "batch": ("an image", "an image"),
        "tracks": ("a track", "a track"),
        "frames": ("a sequence", "a frame"),
    }
    one, part = next(words for name, words in kinds.items() if hasattr(found, name))
    for name, value in dataclasses.asdict(found).items():
        shown = "depends on data" if value is None else f"{value:.1f}" if isinstance(value, float) else f"{value:,}"
        table.add_row(name, shown, SHOWN[name].format(one=one, part=part))
    out.print(table)
