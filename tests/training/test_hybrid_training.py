"""The learned linkers of many particles are trained by the same loop, and used from its folder."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.api.cost import Load, cost_of
from corpuscle.data.settings import build_method
from corpuscle.linking.linkers import LINKERS
from corpuscle.simulation.worlds import WORLDS
from corpuscle.training.examples import MOTIONS, SceneTrainer
from corpuscle.training.loop import train
from corpuscle.training.machine import Machine
from corpuscle.training.run import Run
from corpuscle.training.trainers import TRAINERS

TINY: dict[str, Any] = {
    "epochs": 3, "batches": 2, "experiments": 2, "validation": 2, "particles": 10, "frames": 8, "turns": 1, "width": 8,
    "inner": 4, "heads": 2, "hidden": 8, "layers": 1, "pair": 4,
}  # fmt: skip
KNOWN: dict[str, Any] = {
    "step": 1.5, "drift": 0.0, "measurement_noise": 0.5, "misses": 0.0, "false_detections": 0.0, "births": 0.0,
    "deaths": 0.0,
}  # fmt: skip
NAMES = ("hybrid-transformer", "attention-bayesian")


@pytest.mark.parametrize("name", NAMES)
def test_a_tiny_net_learns_and_links(name: str, tmp_path: Path) -> None:
    trainer: SceneTrainer = build_method(TRAINERS[name], TINY)
    run = Run(folder=tmp_path / "run", method=name, settings=dataclasses.asdict(trainer), seed=0)
    history = train(trainer, run, Machine(accelerator="cpu"))
    assert history[-1].training_loss < history[0].training_loss
    detections = WORLDS["brownian"](particles=12, frames=6, spacing=8.0).simulate(np.random.default_rng(1)).detections
    linker = LINKERS[name](**KNOWN, weights=str(run.folder))
    assert len(linker.link(detections)) > 40
    cost = cost_of(str(run.folder), KNOWN, Load(frames=6, particles=12))
    assert 0 < cost.parameters < 5000


@pytest.mark.parametrize("motion", MOTIONS)
def test_scenes_to_learn_from_are_what_they_say(motion: str) -> None:
    trainer: SceneTrainer = build_method(TRAINERS[NAMES[0]], TINY)
    for seed in range(4):
        scene = trainer.draw_scene(np.random.default_rng(seed), motion)
        assert len(scene.detections) > 20
        assert scene.truth.detection is not None


def test_an_example_knows_what_follows() -> None:
    trainer: SceneTrainer = build_method(TRAINERS[NAMES[0]], TINY)
    example = trainer.draw_example(np.random.default_rng(0))
    later = np.flatnonzero(example.following >= 0)
    frame = example.scenery.frame
    assert len(later) > 20
    assert (frame[example.following[later]] > frame[later]).all()
    assert len(np.unique(example.following[later])) == len(later)
