"""Methods that name images learn from a source in the folder of a study's run."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpuscle.data.settings import build_method
from corpuscle.studies.sources import keep_store

if TYPE_CHECKING:
    from corpuscle.training.machine import Machine

SOURCE = "source"
"""The setting of a training that says where images come from."""


def teach_images(
    folder: Path, made: Path, training: Mapping[str, Any], seed: int, method: str, machine: "Machine"
) -> dict[str, Any]:
    """Train a method that names images into a folder, and give what became of it.

    Args:
        folder: the folder of the study's run.
        made: the folder to make.
        training: settings of the trainer, and of the net that it trains; `source` says what is learned from.
        seed: where all chances come from, those of the split too.
        method: the name of the method.
        machine: where a net is trained.
    """
    from corpuscle.training.trainers import CLASSICAL_TRAINERS

    given = {name: value for name, value in training.items() if name != SOURCE}
    source = training[SOURCE]
    source = {**source, "deal": seed} if source.get("shuffled") else source
    settings = {**given, "data": str(keep_store(folder, source))}
    if method in CLASSICAL_TRAINERS:
        return teach_classical(method, settings, made, seed)
    return teach_net(method, settings, made, seed, machine)


def teach_classical(method: str, settings: Mapping[str, Any], made: Path, seed: int) -> dict[str, Any]:
    """Fit a classical method."""
    from corpuscle.training.classical import ClassicalTrainer, fit_classical
    from corpuscle.training.trainers import CLASSICAL_TRAINERS

    trainer: ClassicalTrainer = build_method(CLASSICAL_TRAINERS[method], settings, name=method)
    done = fit_classical(trainer, made, seed=seed)
    last = done.fitted.history[-1]
    return {
        "steps": last.step, "training_loss": last.training_loss, "validation_auc": done.scores.ranking.value,
        "validation_accuracy": done.scores.right / done.scores.images,
    }  # fmt: skip


def teach_net(method: str, settings: Mapping[str, Any], made: Path, seed: int, machine: "Machine") -> dict[str, Any]:
    """Train a net on one thread of the CPU, so that its weights do not depend on how many there are."""
    from corpuscle.nets.threads import one_thread
    from corpuscle.training.image_net import make_image_trainer
    from corpuscle.training.loop import train
    from corpuscle.training.run import Run

    trainer = make_image_trainer(method, settings, seed=seed)
    run = Run(folder=made, method=method, settings=trainer.gather_settings(), seed=seed)
    with one_thread():
        history = train(trainer, run, machine, checkpoints=False)
    shutil.rmtree(run.checkpoints, ignore_errors=True)
    last = history[-1]
    return {
        "steps": last.step, "training_loss": last.training_loss, "validation_auc": last.validation_auc,
        "validation_accuracy": last.validation_accuracy,
    }  # fmt: skip
