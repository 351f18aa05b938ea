"""Search settings by training, one trial after another, in a folder that processes share."""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpuscle.data.optional import import_optional
from corpuscle.data.progress import tell
from corpuscle.training.history import Epoch
from corpuscle.training.image_net import ImageNetTrainer, make_image_trainer
from corpuscle.training.loop import train
from corpuscle.training.machine import Machine
from corpuscle.training.run import Run
from corpuscle.training.space import Span, list_spans

INSTALL = "pip install 'corpuscle[tune]'"

DATABASE = "search.db"

STARTUP = 5
"""Trials drawn at random before the sampler learns from them; none is stopped early among them."""


STUCK = 100
"""Draws in a row that cannot be trained before a search gives up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is searched.

    Args:
        method: the net.
        settings: what is the same in every trial, `data` among them.
        budget: the most multiply-adds of one image; None: any number.
        seed: of the net's weights and the split; the sampler's begins there.
    """

    method: str
    settings: Mapping[str, object]
    budget: int | None = None
    seed: int = 0

    def describe(self) -> dict[str, Any]:
        """Write this down, to tell whether a folder's search is the same."""
        settings = {name: str(value) for name, value in self.settings.items()}
        return {"method": self.method, "settings": settings, "budget": self.budget, "seed": self.seed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One trial.

    Args:
        number: from 0.
        settings: what was tried.
        loss: the least validation loss of its epochs; None where no epoch ended.
        state: complete; pruned: worse than others at the same epoch, or illegal, or beyond the budget; running; fail.
        reason: why it was pruned, where that is not the loss.
    """

    number: int
    settings: dict[str, float]
    loss: float | None
    state: str
    reason: str


def search(
    search: Search, folder: Path, *, trials: int, machine: Machine, resume: bool = False, storage: str | None = None
) -> list[Trial]:
    """Search until the folder has so many trials, those of other processes and earlier calls among them.

    Settings beyond the budget are drawn again. A trial ends early when its validation loss is worse than the median of
    others at the same epoch. One that was stopped with its process counts as none, and another is begun.

    Args:
        search: what is searched.
        folder: where the trials and the database are.
        trials: how many are to be trained; those that are illegal or beyond the budget do not count.
        machine: where to train, chosen.
        resume: go on in the folder, which another process may be at work in.
        storage: the database, as Optuna names it; a file of the folder where None.

    Returns:
        The trials so far.

    Raises: ValueError, when the folder has another search, or is in use and nobody said to go on; ImportError, when
        Optuna is not installed.
    """
    optuna = import_optuna()
    spans = list_spans(search.method, search.settings)
    make_image_trainer(
        search.method, search.settings, seed=search.seed
    )  # refuses what is wrong before a folder is made
    begin_folder(folder, resume=resume)
    with calm():
        study = optuna.create_study(
            study_name="search",
            storage=storage or f"sqlite:///{folder / DATABASE}",
            pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP, n_warmup_steps=1),
            load_if_exists=True,
        )
        check_same(study, search, folder)
        study.sampler = optuna.samplers.TPESampler(
            seed=search.seed + len(study.trials), n_startup_trials=STARTUP, constant_liar=True
        )
        while count_done(study) < trials:
            refuse_stuck(study)
            attempt(study, search, spans, folder, machine, optuna)
            tell("trials", min(count_done(study), trials), trials)
        return list_trials(study)


def attempt(
    study: Any,  # noqa: ANN401 - Optuna's, which need not be installed
    search: Search,
    spans: Mapping[str, Span],
    folder: Path,
    machine: Machine,
    optuna: Any,  # noqa: ANN401
) -> None:
    """Try one set of settings."""
    trial = study.ask()
    try:
        trainer = suggest(trial, search, spans)
        run = Run(
            folder=folder / "trials" / f"{trial.number:04d}",
            method=search.method,
            settings=trainer.gather_settings(),
            seed=search.seed,
        )

        def watch(row: Epoch) -> None:
            trial.report(row.validation_loss, row.epoch)
            if trial.should_prune():
                raise optuna.TrialPruned  # noqa: TRY301 - it has to end the training first

        history = train(trainer, run, machine, watch=watch)
        study.tell(trial, min(row.validation_loss for row in history))
    except optuna.TrialPruned:
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    except ValueError as error:  # settings that do not go together, or beyond the budget
        trial.set_user_attr("reason", str(error))
        study.tell(trial, state=optuna.trial.TrialState.PRUNED)
    except BaseException:
        study.tell(trial, state=optuna.trial.TrialState.FAIL)
        raise


def suggest(trial: Any, search: Search, spans: Mapping[str, Span]) -> ImageNetTrainer:  # noqa: ANN401 - Optuna's
    """Make the trainer of the settings that a trial suggests.

    Raises: ValueError, when they do not go together, or are beyond the budget.
    """
    chosen: dict[str, object] = {}
    for name, span in spans.items():
        if span.step is None:
            chosen[name] = trial.suggest_float(name, span.low, span.high, log=span.log)
        else:
            chosen[name] = trial.suggest_int(name, int(span.low), int(span.high), step=span.step)
    trainer = make_image_trainer(search.method, {**search.settings, **chosen}, seed=search.seed)
    count = trainer.shape.count().multiply_adds
    if search.budget is not None and count > search.budget:
        message = f"{count:,} multiply-adds of an image, above the budget of {search.budget:,}"
        raise ValueError(message)
    return trainer


def begin_folder(folder: Path, *, resume: bool) -> None:
    """Make the folder of a search, or check that it may be gone on with.

    Raises: ValueError, when it is in use.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        if not (folder / DATABASE).exists():
            message = f"{folder} exists and has no search ({DATABASE}); name another folder"
            raise ValueError(message)
        if not resume:
            message = f"{folder} has a search already; go on with it, or share it: --resume, or name another folder"
            raise ValueError(message)
    folder.mkdir(parents=True, exist_ok=True)


def check_same(study: Any, search: Search, folder: Path) -> None:  # noqa: ANN401 - Optuna's
    """Refuse to go on with another search than was begun.

    Raises: ValueError, naming the first difference.
    """
    before, now = study.user_attrs.get("search"), search.describe()
    if before is None:
        study.set_user_attr("search", now)
        return
    for name in now:
        if name != "seed" and before.get(name) != now[name]:
            message = f"{folder} was begun with {name} {before.get(name)}, not {now[name]}; name another folder"
            raise ValueError(message)


def count_done(study: Any) -> int:  # noqa: ANN401 - Optuna's
    """Count the trials that were trained, to their end or until they were stopped early."""
    return sum(one.state in {"complete", "pruned"} and one.loss is not None for one in list_trials(study))


def refuse_stuck(study: Any) -> None:  # noqa: ANN401 - Optuna's
    """End a search that finds nothing it may train.

    Raises: ValueError, when so many draws in a row were illegal or beyond the budget.
    """
    last = list_trials(study)[-STUCK:]
    if len(last) == STUCK and all(one.reason for one in last):
        message = (
            f"the last {STUCK} draws could not be trained ({last[-1].reason}): raise --budget, or fix some with --set"
        )
        raise ValueError(message)


def list_trials(study: Any) -> list[Trial]:  # noqa: ANN401 - Optuna's
    """List the trials of a study."""
    return [
        Trial(
            number=one.number,
            settings=dict(one.params),
            loss=min(one.intermediate_values.values(), default=None),
            state=one.state.name.lower(),
            reason=one.user_attrs.get("reason", ""),
        )
        for one in study.get_trials(deepcopy=False)
    ]


def choose_best(trials: list[Trial]) -> Trial | None:
    """Give the complete trial with the least loss; None where none is complete."""
    complete = [one for one in trials if one.state == "complete" and one.loss is not None]
    return min(complete, key=lambda one: (one.loss, one.number), default=None)


def import_optuna() -> Any:  # noqa: ANN401 - a module
    """Import Optuna.

    Raises: ImportError, saying what to install.
    """
    return import_optional("optuna", f"searching settings needs Optuna: {INSTALL}")


@contextmanager
def calm() -> Iterator[None]:
    """Keep Optuna's remarks to itself: trials are told by the command."""
    logger = logging.getLogger("optuna")
    level = logger.level
    try:
        logger.setLevel(logging.WARNING)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="optuna")
            warnings.filterwarnings("ignore", message=".*constant_liar.*")
            yield
    finally:
        logger.setLevel(level)
