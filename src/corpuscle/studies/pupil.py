"""Nets that a study trains by itself, kept in the folder of its run."""

import dataclasses
import json
import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpuscle.data.settings import build_method
from corpuscle.studies.once import make_once
from corpuscle.studies.store import NETS, name_job
from corpuscle.studies.study import TRANSFORMER

if TYPE_CHECKING:
    from corpuscle.training.machine import Machine

TRAINED = "trained.json"


def place_net(folder: Path, training: Mapping[str, Any], seed: int, trainer: str = TRANSFORMER) -> Path:
    """Name the folder of a net by everything that it comes from."""
    return folder / NETS / name_job([dict(training), seed, *([] if trainer == TRANSFORMER else [trainer])])


def train_net(
    folder: Path, training: Mapping[str, Any], seed: int, trainer: str = TRANSFORMER, accelerator: str = "cpu"
) -> Path:
    """Train a net, if the run has none of these settings and this seed, and give its folder.

    Two processes may train the same net at once (`make_once`).

    Args:
        folder: the folder of the study's run.
        training: settings of the trainer.
        seed: where all chances come from.
        trainer: its name.
        accelerator: where to train: cpu, gpu, or auto, which is chosen where this runs and kept beside the net.

    Raises: ImportError, when what trains is not installed; ValueError, when the accelerator is not there.
    """
    place = place_net(folder, training, seed, trainer)
    if place.exists():
        return place
    from corpuscle.studies.teaching import SOURCE, teach_images
    from corpuscle.training.machine import make_machine

    machine = make_machine(accelerator, devices=1, nodes=1).choose()

    def teach(made: Path) -> None:
        begin = time.perf_counter()
        if SOURCE in training:
            found = teach_images(folder, made, training, seed, trainer, machine)
        else:
            found = teach_net(made, training, seed, trainer, machine)
        spent = round(time.perf_counter() - begin, 3)
        values = {**found, "seconds": spent, "accelerator": machine.accelerator}
        (made / TRAINED).write_text(json.dumps(values) + "\n", encoding="utf-8")

    return make_once(place, teach)


def teach_net(made: Path, training: Mapping[str, Any], seed: int, trainer: str, machine: "Machine") -> dict[str, Any]:
    """Train a net that draws its examples itself into a folder, and give what became of it."""
    from corpuscle.training.base import Trainer
    from corpuscle.training.loop import train
    from corpuscle.training.run import Run
    from corpuscle.training.trainers import TRAINERS

    chosen: Trainer = build_method(TRAINERS[trainer], training)
    run = Run(folder=made, method=trainer, settings=dataclasses.asdict(chosen), seed=seed)
    history = train(chosen, run, machine, checkpoints=False)
    shutil.rmtree(run.checkpoints, ignore_errors=True)
    return {"steps": history[-1].step, "training_loss": history[-1].training_loss}
