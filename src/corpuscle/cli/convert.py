"""`corpuscle convert`: files from one format into another."""

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
    To,
    read_columns,
    read_scale,
)


def convert(
    inputs: Annotated[list[Path], typer.Argument(help="Files, or folders of them.")],
    output: Output,
    source: From = None,
    target: To = None,
    columns: Columns = None,
    pixel_size: PixelSize = None,
    frame_interval: FrameInterval = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Convert files between formats."""
    from corpuscle.api.convert import convert as run

    with progress(quiet=quiet):
        notes = run(
            inputs,
            output,
            source=source,
            target=target,
            columns=read_columns(columns),
            scale=read_scale(pixel_size, frame_interval),
            force=force,
        )
    for note in notes:
        say(note, quiet=quiet)
