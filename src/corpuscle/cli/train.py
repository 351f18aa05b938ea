"""`corpuscle train`: a method learns, into a folder."""

from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import progress, say
from corpuscle.cli.options import Quiet, TrainSettings, read_settings


def train(
    method: Annotated[
        str,
        typer.Argument(
            help="What is trained: transformer, hybrid-transformer, attention-bayesian, corrector, trackformer, "
            "pair-embedding; for images: boosted-trees, logistic, cnn, jet-cnn, vit, simple-vit, deep-vit, "
            "scalable-vit, cct, cms-vit, cifar-vit, keras-vit-2021."
        ),
    ],
    folder: Annotated[Path, typer.Option("--output", "-o", metavar="RUN", help="The folder of the run.")],
    data: Annotated[
        Path | None,
        typer.Argument(
            metavar="STORE",
            help="Images that are learned from, or shards for a fitter; without these a fitter, like every linker, "
            "simulates its own.",
        ),
    ] = None,
    settings: TrainSettings = None,
    seed: Annotated[int, typer.Option(help="Where all chances come from.")] = 0,
    ensemble: Annotated[
        int | None, typer.Option(min=2, help="Nets to train one after another, which judge together (images).")
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the folder, if there is one.")
    ] = False,
    accelerator: Annotated[str, typer.Option(help="cpu, gpu, or auto: a GPU where there is one.")] = "auto",
    devices: Annotated[int, typer.Option(help="How many of them on each node.")] = 1,
    nodes: Annotated[int, typer.Option(help="How many machines, started by the cluster's own command.")] = 1,
    wandb: Annotated[bool, typer.Option("--wandb", help="Log to Weights & Biases as well.")] = False,
    quiet: Quiet = False,
) -> None:
    """Train a method: a net on images, a linker on what it simulates, a fitter on shards or what it simulates."""
    from corpuscle.api.train import train_method
    from corpuscle.data.settings import list_settings
    from corpuscle.identification.learned.form import MEMBER
    from corpuscle.training.machine import is_first_process, make_machine
    from corpuscle.training.trainers import CLASSICAL_TRAINERS, TRAINERS

    given = read_settings(settings) | ({} if data is None else {"data": str(data)})
    if method in CLASSICAL_TRAINERS:
        from corpuscle.cli.train_classical import refuse_machine, train_classical

        machines = {"--accelerator": accelerator == "gpu", "--devices": devices > 1, "--nodes": nodes > 1}
        refuse_machine(method, {**machines, "--wandb": wandb, "--ensemble": ensemble is not None})
        train_classical(method, given, folder, seed=seed, resume=resume, quiet=quiet)
        return
    if data is not None and "data" not in {known.name for known in list_settings(TRAINERS[method])}:
        message = f"{method} is trained on sequences that it simulates ({TRAINERS[method].__name__}); leave {data} out"
        raise ValueError(message)
    quiet = quiet or not is_first_process()
    machine = make_machine(accelerator, devices=devices, nodes=nodes).choose()
    say(f"training {method} on {machine}", quiet=quiet)
    with progress(quiet=quiet):
        trained = train_method(
            method, given, folder, machine=machine, seed=seed, ensemble=ensemble, resume=resume, wandb=wandb
        )
    last, run = trained.history[-1], trained.run
    told = f"{last.epoch + 1} epochs, {last.step} steps, validation loss {last.validation_loss:.4g}"
    told += "" if last.validation_accuracy is None else f", accuracy {last.validation_accuracy:.4f}"
    told += "" if last.validation_auc is None else f", AUC {last.validation_auc:.4f}"
    where, curves = run.weights, str(run.curve)
    if ensemble is not None:
        told, where = f"the last of {ensemble} nets: {told}", folder
        curves = str(folder / MEMBER.format("*") / run.curve.name)
    say(f"{told} -> {where}", quiet=quiet)
    say(f"losses: {curves}; use it: {name_use(method, folder)}", quiet=quiet)


def name_use(method: str, folder: Path) -> str:
    """Say how what was trained is used."""
    from corpuscle.identification.identifiers import IDENTIFIERS
    from corpuscle.linking.hits import HIT_LINKERS
    from corpuscle.linking.linkers import LINKERS

    if method in HIT_LINKERS:  # these are for Python: no table holds pairs of hits
        return f"corpuscle.linking.hits.HIT_LINKERS[{method!r}](weights={str(folder)!r})"
    if method in IDENTIFIERS:
        return f"corpuscle identify STORE -o labels.parquet --method {folder}"
    return f"corpuscle {'link' if method in LINKERS else 'fit'} --method {folder}"
