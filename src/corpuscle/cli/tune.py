"""`corpuscle tune`: search the settings of a net."""

from pathlib import Path
from typing import Annotated

import typer

from corpuscle.cli.console import out, progress, say
from corpuscle.cli.options import Quiet, TrainSettings, read_settings


def tune(
    method: Annotated[str, typer.Argument(help="A net that reads images: cnn, vit, simple-vit ...")],
    data: Annotated[Path, typer.Argument(metavar="STORE", help="Images to learn from.")],
    folder: Annotated[Path, typer.Option("--output", "-o", metavar="TUNED", help="The folder of the search.")],
    trials: Annotated[
        int, typer.Option(min=1, help="Trials to be trained, those of other processes and calls among them.")
    ] = 20,
    budget: Annotated[int | None, typer.Option(min=1, help="The most multiply-adds of one image.")] = None,
    settings: TrainSettings = None,
    seed: Annotated[int, typer.Option(min=0, help="Of weights, split and sampler.")] = 0,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the search in the folder, or share it with others.")
    ] = False,
    storage: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Another database than the file in the folder, as Optuna names it."),
    ] = None,
    accelerator: Annotated[str, typer.Option(help="cpu, gpu, or auto: a GPU where there is one.")] = "auto",
    quiet: Quiet = False,
) -> None:
    """Search the settings of a net by its validation loss; what is given with --set is not searched."""
    from corpuscle.api.tune import tune_method
    from corpuscle.training.machine import make_machine

    machine = make_machine(accelerator, devices=1, nodes=1).choose()
    say(f"searching settings of {method} on {machine}", quiet=quiet)
    with progress(quiet=quiet):
        tuned = tune_method(
            method, read_settings(settings) | {"data": str(data)}, folder, trials=trials, machine=machine,
            budget=budget, seed=seed, resume=resume, storage=storage,
        )  # fmt: skip
    states = [one.state for one in tuned.trials]
    counts = ", ".join(f"{states.count(state)} {state}" for state in ("complete", "pruned", "fail") if state in states)
    say(f"{counts} -> {folder / 'trials.csv'}, {folder / 'trials.png'}", quiet=quiet)
    if tuned.best is None:
        say("no trial is complete: raise --trials or --budget", quiet=quiet)
        return
    say(f"best: trial {tuned.best.number}, validation loss {tuned.best.loss:.4g}; train with it:", quiet=quiet)
    out.print(tuned.command, markup=False)
