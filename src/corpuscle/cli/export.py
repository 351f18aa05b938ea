"""`corpuscle export`: the net of a fitter, for other programs."""

from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import say
from corpuscle.cli.options import Force, Quiet


def export(
    method: Annotated[str, typer.Argument(help="corrector, trackformer, or the folder of a run of one of them.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The ONNX file to write.")],
    weights: Annotated[
        str | None, typer.Option(help="Of a fitter: the name of shipped weights, a file, or the folder of a run.")
    ] = None,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Write the net of a fitter as ONNX."""
    from corpuscle.api.export import export as run

    ports = run(method, output, weights=weights, force=force)
    inputs = ", ".join([*(f"{name} [track hit {count}]" for name, count in ports.inputs.items()), "real [track hit]"])
    say(f"{inputs} -> {', '.join(ports.outputs)} -> {output}", quiet=quiet)
