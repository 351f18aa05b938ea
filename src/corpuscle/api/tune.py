"""Search settings of a net that names images, and give the best as a command."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from corpuscle.identification.nets import IMAGE_NETS
from corpuscle.report.tuning import draw_trials
from corpuscle.training.machine import Machine
from corpuscle.training.space import list_spans
from corpuscle.training.tune import Search, Trial, choose_best, search


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuned:
    """What a search gave.

    Args:
        trials: all of them.
        best: the complete one with the least validation loss; None where none is complete.
        command: the command that trains with its settings; empty where none is complete.
    """

    trials: list[Trial]
    best: Trial | None
    command: str


def tune_method(
    method: str,
    settings: Mapping[str, object],
    folder: Path,
    *,
    trials: int,
    machine: Machine,
    budget: int | None = None,
    seed: int = 0,
    resume: bool = False,
    storage: str | None = None,
) -> Tuned:
    """Search the settings of a net by its validation loss, into a folder: trials, their table, and a picture.

    Args:
        method: the name of the net.
        settings: what is the same in every trial, `data` among them; what is set is not searched.
        folder: the folder to make, or to go on in.
        trials: how many the folder is to have, those of other processes among them.
        machine: where to train, chosen.
        budget: the most multiply-adds of one image; None: any number.
        seed: of weights, split and sampler.
        resume: go on with the search in the folder.
        storage: another database than the file in the folder, as Optuna names it.

    Raises: ValueError, when the net, a setting or the folder is not what it must be; ImportError, when Optuna is not
        installed.
    """
    if method not in IMAGE_NETS:
        IMAGE_NETS[method]  # says what there is
    what = Search(method=method, settings=settings, budget=budget, seed=seed)
    found = search(what, folder, trials=trials, machine=machine, resume=resume, storage=storage)
    spans = list_spans(method, settings)
    write_trials(folder / "trials.csv", found, list(spans))
    draw_trials(folder / "trials.png", found, spans, title=f"{method}: {len(found)} trials, seed {seed}")
    best = choose_best(found)
    return Tuned(trials=found, best=best, command="" if best is None else make_command(what, best))


def make_command(search: Search, best: Trial) -> str:
    """Make the command that trains with the settings of a trial.

    >>> trial = Trial(number=0, settings={"depth": 2, "dropout": 0.123456}, loss=0.5, state="complete", reason="")
    >>> make_command(Search(method="vit", settings={"data": "store", "epochs": "3"}), trial)
    'corpuscle train vit store -o RUN --seed 0 --set epochs=3 --set depth=2 --set dropout=0.123456'
    """
    fixed = {name: value for name, value in search.settings.items() if name != "data"}
    parts = [f"--set {name}={value}" for name, value in fixed.items()]
    parts += [f"--set {name}={value:.6g}" for name, value in best.settings.items()]
    return " ".join([f"corpuscle train {search.method} {search.settings['data']} -o RUN --seed {search.seed}", *parts])


def write_trials(path: Path, trials: list[Trial], names: list[str]) -> None:
    """Write the trials as a table."""
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["trial", "state", "validation_loss", *names, "reason"])
        for one in trials:
            table.writerow([
                one.number, one.state, one.loss, *(one.settings.get(name) for name in names), one.reason,
            ])  # fmt: skip
