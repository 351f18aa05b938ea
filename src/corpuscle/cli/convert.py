"""`corpuscle convert`: files from one format into another, collisions into shards, labelled images into a store."""

from collections.abc import Mapping
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


def convert(
    inputs: Annotated[list[Path], typer.Argument(help="Files, or folders of them; one folder of collisions.")],
    output: Output,
    source: From = None,
    target: To = None,
    columns: Columns = None,
    pixel_size: PixelSize = None,
    frame_interval: FrameInterval = None,
    settings: Settings = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Convert files; or collisions (trackml, acts, root, colliderml) into shards; or images (cms-eg, cms-qg, cifar)."""
    from corpuscle.api.convert import convert as run
    from corpuscle.data.registry import Registry
    from corpuscle.io.collider.readers import COLLIDERS
    from corpuscle.io.files import FORMATS
    from corpuscle.io.images.readers import IMAGE_READERS

    of_tables = {"--to": target, "--columns": columns, "--pixel-size": pixel_size, "--frame-interval": frame_interval}
    if source in COLLIDERS or source in IMAGE_READERS:
        refuse_options(f"--from {source}, which makes {'shards' if source in COLLIDERS else 'a store'}", of_tables)
        make = make_shards if source in COLLIDERS else make_store
        with progress(quiet=quiet):
            notes = make(inputs, output, str(source), read_settings(settings), force=force)
        for note in notes:
            say(note, quiet=quiet)
        return
    if source is not None:  # a wrong name learns of all kinds
        _ = Registry("format", {**FORMATS.entries, **COLLIDERS.entries, **IMAGE_READERS.entries})[source]
    known = f"collisions are --from {', '.join(COLLIDERS)}; images --from {', '.join(IMAGE_READERS)}"
    refuse_options(f"a table ({known})", {"--set": settings})
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


def make_shards(inputs: list[Path], output: Path, source: str, settings: dict[str, str], *, force: bool) -> list[str]:
    """Convert one folder of collisions.

    Raises: ValueError, when there are several.
    """
    from corpuscle.api.shards import convert_collisions

    if len(inputs) > 1:
        message = f"shards are made of one folder, archive or file, not of {len(inputs)}; put them into one folder"
        raise ValueError(message)
    return convert_collisions(inputs[0], output, source=source, settings=settings, force=force)


def make_store(inputs: list[Path], output: Path, source: str, settings: dict[str, str], *, force: bool) -> list[str]:
    """Convert labelled images into a store."""
    from corpuscle.api.images import convert_images

    return convert_images(inputs, output, source=source, settings=settings, force=force)


def refuse_options(what: str, given: Mapping[str, object]) -> None:
    """Refuse options that say nothing to what is converted."""
    wrong = [name for name, value in given.items() if value is not None]
    if wrong:
        message = f"{wrong[0]} says nothing to {what}: leave it out"
        raise ValueError(message)
