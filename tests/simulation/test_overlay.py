"""Scenes laid upon each other keep their truths."""

import numpy as np

from corpuscle.data.scene import Scene, true_links
from corpuscle.simulation.overlay import overlay_scenes
from corpuscle.simulation.worlds import WORLDS


def list_moves(scene: Scene) -> list[list[float]]:
    """List where each true link leads from and to."""
    position = scene.detections.position
    return [[*position[earlier], *position[later]] for earlier, later in true_links(scene.truth).pair]


def test_every_true_link_stays() -> None:
    world = WORLDS["brownian"](particles=4, frames=7, misses=0.2, false_detections=0.3, spacing=9.0)
    scenes = [world.simulate(np.random.default_rng(seed)) for seed in range(3)]
    laid = overlay_scenes(np.random.default_rng(9), scenes)
    assert len(laid.detections) == sum(len(scene.detections) for scene in scenes)

    assert sorted(list_moves(laid)) == sorted(move for scene in scenes for move in list_moves(scene))
    assert len(np.unique(laid.truth.track)) == sum(len(np.unique(scene.truth.track)) for scene in scenes)


def test_scenes_without_detections() -> None:
    scenes = [WORLDS["brownian"](particles=0, frames=3).simulate(np.random.default_rng(0))] * 2
    assert len(overlay_scenes(np.random.default_rng(0), scenes).detections) == 0
