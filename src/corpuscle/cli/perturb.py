"""`corpuscle perturb`: a store of images with what a detector may do to them."""

from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import progress, say
from corpuscle.cli.options import Force, Quiet, Settings, read_settings


def perturb(
    store: Annotated[Path, typer.Argument(help="The store of images, a folder.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="STORE", help="The store to write, a folder.")],
    perturbation: Annotated[
        str, typer.Option("--with", metavar="NAME", help="noise, dead, miscalibration, mask, pile-up, deposits.")
    ],
    settings: Settings = None,
    seed: Annotated[int, typer.Option(help="Where all chances come from that are not fixed in a detector.")] = 0,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Perturb a store of images into another one: noise, dead cells, gains, masks, pile-up."""
    from corpuscle.api.perturb import perturb as run

    with progress(quiet=quiet):
        notes = run(store, output, perturbation=perturbation, settings=read_settings(settings), seed=seed, force=force)
    for note in notes:
        say(note, quiet=quiet)
