"""The training loop: Lightning, one run in one folder, which goes on where it was stopped."""

import contextlib
import logging
import warnings
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

from corpuscle.nets.weights import Card, write_weights
from corpuscle.training.base import Trainer
from corpuscle.training.history import Epoch, write_history
from corpuscle.training.machine import Machine, is_first_process
from corpuscle.training.run import Run, begin_run

Watch = Callable[[Epoch], None]

INSTALL = "pip install 'corpuscle[train]'"


def train(
    trainer: Trainer,
    run: Run,
    machine: Machine,
    *,
    resume: bool = False,
    wandb: bool = False,
    watch: Watch | None = None,
    checkpoints: bool = True,
) -> list[Epoch]:
    """Train a net into a folder.

    Every batch comes from the seed, the epoch and its number, so that a run that was stopped and goes on ends in the
    same weights as one that was not. After every epoch a checkpoint is written. A small net is trained on one thread,
    so that its weights do not depend on how many there are.

    Args:
        trainer: net, examples and loss.
        run: the folder, and what was asked for.
        machine: where to train, chosen.
        resume: go on with the run in the folder, if one was begun.
        wandb: log to Weights & Biases as well.
        watch: told each epoch when it ends; training ends with what it raises.
        checkpoints: whether to write them; a run without any begins anew.

    Returns:
        The losses, epoch by epoch, those before a resumption included.

    Raises: ValueError, when the folder has another run; ImportError, when Lightning is not installed.
    """
    try:
        from corpuscle.training import lesson
    except ImportError as error:
        message = f"training needs Lightning, TensorBoard and torch: {INSTALL}"
        raise ImportError(message) from error
    if wandb and find_spec("wandb") is None:
        raise ImportError("--wandb needs Weights & Biases: pip install wandb")
    first = is_first_process()
    if first:
        begin_run(run, resume=resume)
    from corpuscle.nets.threads import one_thread

    with calm(), one_thread() if trainer.small else contextlib.nullcontext():
        done = lesson.teach(trainer, run, machine, wandb=wandb, watch=watch, checkpoints=checkpoints)
    if first:
        write_history(run, done.history)
        write_weights(done.net, run.weights, describe(trainer, run))
    return done.history


def describe(trainer: Trainer, run: Run) -> Card:
    """Describe the weights of a run."""
    return Card(
        net=trainer.net,
        layout=trainer.layout,
        settings=dict(trainer.describe_net()),
        training=dict(run.settings),
        seed=run.seed,
        version=run.version,
    )


@contextlib.contextmanager
def calm() -> Iterator[None]:
    """Keep Lightning's advice to itself: what was chosen is printed by the command, errors are raised."""
    names = ("lightning.pytorch", "lightning.fabric", "lightning")
    loggers: list[Any] = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="lightning")
            warnings.filterwarnings("ignore", message=".*(num_workers|tensorboardX|GPU available but not used).*")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
