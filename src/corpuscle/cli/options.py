"""The options that several verbs share, and how they are read."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from corpuscle.data.units import Scale

Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the method, with a unit if you like: gate=0.8um."),
]
FitSettings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A setting of the fitter; or of the apparatus, where the file is silent or wrong: field=2.",
    ),
]
TrainSettings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="A setting of the trainer: epochs=5, loss=quantile."),
]
Columns = Annotated[
    list[str] | None,
    typer.Option(
        metavar="ROLE=COLUMN,...",
        help="Which column plays which role, where names do not tell: frame=t,x=pos_x. An empty one is not used: time=",
    ),
]
PixelSize = Annotated[
    str | None, typer.Option(metavar="LENGTH", help="Length of one unit of position, in um or as 160nm.")
]
FrameInterval = Annotated[str | None, typer.Option(metavar="TIME", help="Time of one frame, in s or as 50ms.")]
From = Annotated[
    str | None, typer.Option("--from", metavar="FORMAT", help="Format of the input, if its name misleads.")
]
To = Annotated[str | None, typer.Option("--to", metavar="FORMAT", help="Format of the output, if its name misleads.")]
Force = Annotated[bool, typer.Option("--force", help="Replace an output that exists.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print results only: no notes, no progress.")]
Output = Annotated[Path, typer.Option("--output", "-o", help="The file to write; for several inputs, a folder.")]


def split_pairs(texts: list[str], option: str) -> dict[str, str]:
    """Read NAME=VALUE pairs.

    Raises: ValueError, when a text has no `=` or a name comes twice.
    """
    found: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals or not name:
            message = f"{option} expects NAME=VALUE, not {text!r}"
            raise ValueError(message)
        if name in found:
            message = f"{option} names {name!r} twice ({found[name]!r} and {value!r})"
            raise ValueError(message)
        found[name] = value.strip()
    return found


def read_settings(texts: list[str] | None) -> dict[str, str]:
    """Read the settings of a method."""
    return split_pairs(texts or [], "--set")


def read_columns(texts: list[str] | None) -> dict[str, str]:
    """Read which column plays which role; one option may name several, a column with a comma needs its own."""
    parts = [part for text in texts or [] for part in split_commas(text)]
    return split_pairs(parts, "--columns")


def split_commas(text: str) -> list[str]:
    """Split at the commas that a new role follows.

    >>> split_commas("x=a,b,frame=t")
    ['x=a,b', 'frame=t']
    """
    return [part for part in re.split(r",(?=\s*\w+\s*=)", text) if part.strip()]


def read_scale(pixel_size: str | None, frame_interval: str | None) -> "Scale":
    """Read the units of a table."""
    from corpuscle.api.tables import make_scale

    return make_scale(pixel_size, frame_interval)
