"""Train a method into a folder."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from corpuscle.api.classical import train_classical
from corpuscle.data.settings import build_method
from corpuscle.identification.learned.form import MEMBER
from corpuscle.identification.nets import IMAGE_NETS
from corpuscle.report.learning import draw_learning
from corpuscle.training.base import Trainer
from corpuscle.training.history import Epoch
from corpuscle.training.image_net import ImageNetTrainer, make_image_trainer
from corpuscle.training.loop import train
from corpuscle.training.machine import Machine, is_first_process
from corpuscle.training.masked import begin_from, make_masked_trainer
from corpuscle.training.run import Run, begin_run
from corpuscle.training.trainers import CLASSICAL_TRAINERS, TRAINERS

PRETRAINED = "pretrained"
"""The folder in which a run keeps what its net learned before it learned what images show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """What a training gave: its folder, the weights, and the losses of its epochs."""

    run: Run
    history: list[Epoch]


def train_method(
    method: str,
    settings: Mapping[str, object],
    folder: Path,
    *,
    machine: Machine,
    seed: int = 0,
    ensemble: int | None = None,
    resume: bool = False,
    wandb: bool = False,
) -> Trained:
    """Train a method into a folder: checkpoints, logs, weights, and a picture of the losses.

    Args:
        method: the name of the method.
        settings: the trainer's settings, as numbers or text; of a net that reads images, the net's too, and `data`.
        folder: the folder to make, or to go on in.
        machine: where to train, chosen.
        seed: where all chances come from.
        ensemble: how many nets to train, from seeds that follow each other, on one split; None: one net.
        resume: go on with the run that stands in the folder; a run that is not there begins.
        wandb: log to Weights & Biases as well.

    Raises: ValueError, when the method, a setting or the folder is not what it must be.
    """
    if seed < 0:
        message = f"expected a seed that is a whole number from 0, not {seed}"
        raise ValueError(message)
    if method in CLASSICAL_TRAINERS:
        done = train_classical(method, settings, folder, seed=seed, resume=resume)
        return Trained(run=done.run, history=done.fitted.history)
    trainer = make_trainer(method, settings, seed=seed)
    ours = trainer.gather_settings()
    run = Run(folder=folder, method=method, settings=ours, seed=seed)
    if ensemble is None:
        return train_one(trainer, run, machine, resume=resume, wandb=wandb)
    if method not in IMAGE_NETS or ensemble < 2:
        message = f"an ensemble is of 2 or more nets that read images, not of {ensemble} {method}"
        raise ValueError(message)
    whole = Run(folder=folder, method=method, settings={**ours, "ensemble": ensemble}, seed=seed)
    if is_first_process():
        begin_run(whole, resume=resume)
    for number in range(ensemble):
        member = Run(folder=folder / MEMBER.format(number), method=method, settings=ours, seed=seed + number)
        trained = train_one(trainer, member, machine, resume=True, wandb=wandb)
    return Trained(run=whole, history=trained.history)


def make_trainer(method: str, settings: Mapping[str, object], *, seed: int = 0) -> Trainer:
    """Make the trainer of a method by name."""
    if method in IMAGE_NETS:
        return make_image_trainer(method, settings, seed=seed)
    trainer: Trainer = build_method(TRAINERS[method], settings)
    return trainer


def train_one(trainer: Trainer, run: Run, machine: Machine, *, resume: bool, wandb: bool) -> Trained:
    """Train one net into its folder, and draw its losses; what comes before stands in a folder of its own there."""
    if isinstance(trainer, ImageNetTrainer) and trainer.pretrain:
        masked, before = make_masked_trainer(trainer), replace(run, folder=run.folder / PRETRAINED)
        if is_first_process():
            begin_run(run, resume=resume)
        train_one(masked, before, machine, resume=True, wandb=wandb)
        trainer, resume = begin_from(trainer, before.weights), True
    history = train(trainer, run, machine, resume=resume, wandb=wandb)
    if is_first_process():
        draw_learning(run.curve, history, title=f"{run.method}, seed {run.seed}: {history[-1].step} steps")
    return Trained(run=run, history=history)
