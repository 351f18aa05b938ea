"""`corpuscle train`: a method learns, into a folder."""

from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import say
from corpuscle.cli.options import Quiet, TrainSettings, read_settings


def train(
    method: Annotated[
        str,
        typer.Argument(
            help="What is trained: transformer, hybrid-transformer, attention-bayesian, corrector, trackformer, "
            "pair-embedding; for images: boosted-trees, logistic."
        ),
    ],
    folder: Annotated[Path, typer.Option("--output", "-o", metavar="RUN", help="The folder of the run.")],
    data: Annotated[
        Path | None,
        typer.Argument(
            help="Images that are learned from, or shards for a fitter; without these a fitter, like every linker, "
            "simulates its own."
        ),
    ] = None,
    settings: TrainSettings = None,
    seed: Annotated[int, typer.Option(help="Where all chances come from.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the folder, if there is one.")
    ] = False,
    accelerator: Annotated[str, typer.Option(help="cpu, gpu, or auto: a GPU where there is one.")] = "auto",
    devices: Annotated[int, typer.Option(help="How many of them on each node.")] = 1,
    nodes: Annotated[int, typer.Option(help="How many machines, started by the cluster's own command.")] = 1,
    wandb: Annotated[bool, typer.Option("--wandb", help="Log to Weights & Biases as well.")] = False,
    quiet: Quiet = False,
) -> None:
    """Train a method on what it simulates, or a fitter on shards."""
    from corpuscle.api.train import train_method
    from corpuscle.data.settings import list_settings
    from corpuscle.linking.hits import HIT_LINKERS
    from corpuscle.linking.linkers import LINKERS
    from corpuscle.training.machine import is_first_process, make_machine
    from corpuscle.training.trainers import CLASSICAL_TRAINERS, TRAINERS

    given = read_settings(settings) | ({} if data is None else {"data": str(data)})
    if method in CLASSICAL_TRAINERS:
        from corpuscle.cli.train_classical import refuse_machine, train_classical

        machines = {"--accelerator": accelerator == "gpu", "--devices": devices > 1, "--nodes": nodes > 1}
        refuse_machine(method, {**machines, "--wandb": wandb})
        train_classical(method, given, folder, seed=seed, resume=resume, quiet=quiet)
        return
    if data is not None and "data" not in {known.name for known in list_settings(TRAINERS[method])}:
        message = f"{method} is trained on sequences that it simulates ({TRAINERS[method].__name__}); leave {data} out"
        raise ValueError(message)
    quiet = quiet or not is_first_process()
    machine = make_machine(accelerator, devices=devices, nodes=nodes).choose()
    say(f"training {method} on {machine}", quiet=quiet)
    trained = train_method(method, given, folder, machine=machine, seed=seed, resume=resume, wandb=wandb, quiet=quiet)
    last, weights = trained.history[-1], trained.run.weights
    done = f"{last.epoch + 1} epochs, {last.step} steps, validation loss {last.validation_loss:.4g}"
    say(f"{done} -> {weights}", quiet=quiet)
    use = f"corpuscle {'link' if method in LINKERS else 'fit'} --method {folder}"
    if method in HIT_LINKERS:  # these are for Python: no table holds pairs of hits
        use = f"corpuscle.linking.hits.HIT_LINKERS[{method!r}](weights={str(folder)!r})"
    say(f"losses: {trained.run.curve}; use it: {use}", quiet=quiet)
