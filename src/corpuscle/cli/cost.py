"""`corpuscle cost`: what a method costs."""

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from corpuscle.cli.console import out
from corpuscle.cli.options import Force, Settings, read_settings

if TYPE_CHECKING:
    from corpuscle.training.cost import Cost
    from corpuscle.training.image_cost import ImageCost

SHOWN = {
    "parameters": "numbers that training sets",
    "multiply_adds": "multiplications with an addition, by formula, {one}",
    "latency": "microseconds {part}, median of serial runs",
    "memory": "bytes, the most the process has held, libraries included",
    "frames": "frames of the sequence",
    "particles": "detections in each",
    "batch": "images at once, on one thread",
    "channels": "numbers a pixel has",
    "size": "rows and columns of an image",
}


def cost(
    method: Annotated[str, typer.Argument(help="A linker, a net that reads images, or a run's folder.")],
    settings: Settings = None,
    frames: Annotated[
        int | None, typer.Option(min=1, help="Frames of the sequence that is linked; default 150.")
    ] = None,
    particles: Annotated[
        int | None, typer.Option(min=1, help="Detections in each; default the fewest, from 2 on, that it is made for.")
    ] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Images that a net judges at once; default 1.")] = None,
    json_out: Annotated[Path | None, typer.Option("--json", metavar="OUT|-", help="Write every value.")] = None,
    force: Force = False,
) -> None:
    """Measure what a linker, or a net that reads images, costs."""
    from corpuscle.api.train import cost_of
    from corpuscle.io.files import check_writable

    if json_out is not None and str(json_out) != "-":
        check_writable(json_out, force=force)
    found = cost_of(method, read_settings(settings), frames=frames, particles=particles, batch=batch)
    text = json.dumps({"method": method, **dataclasses.asdict(found)}, indent=1)
    if json_out is not None and str(json_out) == "-":
        out.print(text, markup=False)
        return
    print_cost(found)
    if json_out is not None:
        json_out.write_text(text + "\n", encoding="utf-8")


def print_cost(found: "Cost | ImageCost") -> None:
    """Print the cost as a table."""
    from rich.table import Table

    table = Table("cost", "value", "meaning", box=None, pad_edge=False)
    table.columns[1].justify = "right"
    image = hasattr(found, "batch")
    words = {"one": "an image", "part": "an image"} if image else {"one": "a sequence", "part": "a frame"}
    for name, value in dataclasses.asdict(found).items():
        shown = "depends on data" if value is None else f"{value:.1f}" if isinstance(value, float) else f"{value:,}"
        table.add_row(name, shown, SHOWN[name].format(**words))
    out.print(table)
