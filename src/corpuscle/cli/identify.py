"""`corpuscle identify`: images in, the probability of each class out."""

from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import progress, say
from corpuscle.cli.options import Force, Output, Quiet, Settings, read_settings
from corpuscle.cli.outcome import JsonOut, check_outcome, write_json


def identify(
    store: Annotated[Path, typer.Argument(help="A store of images, as convert and simulate make them.")],
    output: Output,
    method: Annotated[
        str, typer.Option(help="The folder of a training run, or an identifier (`corpuscle methods identify`).")
    ],
    settings: Settings = None,
    part: Annotated[
        str | None, typer.Option(help="Only training, validation or test, as the run has split the store; default all.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Images that are judged at once.")] = 1000,
    json_out: JsonOut = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Say how likely each image of a store is of each class."""
    from corpuscle.api.identify import identify_store
    from corpuscle.io.tabular import check_outputs

    check_outcome(json_out, None, force=force)
    check_outputs([output], None, force=force)
    with progress(quiet=quiet):
        done = identify_store(
            store, output, method=method, settings=read_settings(settings), part=part, batch=batch, force=force
        )
    write_json(done, json_out, force=force)
    some = "" if part is None else f" of {part}"
    say(f"{store}: {done['images']} images{some}, method {done['method']} -> {output}", quiet=quiet)
    if part is None and done["of_training"]:
        say(f"{done['of_training']} of them the run was trained on; --part test judges others", quiet=quiet)
