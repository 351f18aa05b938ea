"""Where the values of a verb go: a table on the screen, JSON, a picture."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from corpuscle.cli.console import out

PICTURES = (".png", ".svg", ".pdf")

JsonOut = Annotated[
    Path | None, typer.Option("--json", metavar="OUT|-", help="Write every value as JSON; -: print it instead.")
]
Picture = Annotated[Path | None, typer.Option(metavar="FILE", help="Draw a picture: .png, .svg or .pdf.")]
Scenes = Annotated[int, typer.Option(help="How many scenes are simulated.")]
Seed = Annotated[int, typer.Option(min=0, help="Where all chances come from.")]


def check_outcome(json_out: Path | None, picture: Path | None, *, force: bool) -> None:
    """Refuse outputs that cannot be written, before any work.

    Raises: ValueError, when a picture has no known ending; FileExistsError, when something would be replaced.
    """
    from corpuscle.io.files import check_writable

    if picture is not None and picture.suffix not in PICTURES:
        message = f"{picture}: expected a picture that ends in {', '.join(PICTURES)}"
        raise ValueError(message)
    for path in (json_out, picture):
        if path is not None and str(path) != "-":
            check_writable(path, force=force)


def write_json(values: Mapping[str, Any], json_out: Path | None, *, force: bool) -> bool:
    """Write values as JSON, where that was asked for, and tell whether they were printed in place of a table."""
    if json_out is None:
        return False
    from corpuscle.io.files import write_whole
    from corpuscle.io.plain import make_plain

    text = json.dumps(make_plain(values), indent=1)
    if str(json_out) == "-":
        out.print(text, markup=False)
        return True
    write_whole(text + "\n", json_out, force=force)
    return False
