"""`corpuscle export`: a trained net, for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import progress, say
from corpuscle.cli.options import Force, Quiet


def export(
    method: Annotated[str, typer.Argument(help="corrector, trackformer, or the folder of a training run.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The ONNX file to write.")],
    weights: Annotated[
        str | None, typer.Option(help="Of a fitter: the name of shipped weights, a file, or the folder of a run.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(metavar="STORE", help="Of a net that names images: what it is checked on (its own images)."),
    ] = None,
    int8: Annotated[bool, typer.Option("--int8", help="Of a net that names images: in numbers of eight bits.")] = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Write a trained net as ONNX; one that names images with a description and a runner beside it."""
    from corpuscle.api.export import export as run

    with progress(quiet=quiet):
        notes = run(str(method), output, weights=weights, data=data, int8=int8, force=force)
    for note in notes:
        say(note, quiet=quiet)
