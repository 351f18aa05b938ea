"""trackpy and laptrack as linkers: what is easy they find, their settings reach them, their order does not matter."""

from typing import Any

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.linking.base import Linker
from corpuscle.metrics.links import score_links
from corpuscle.simulation.worlds import WORLDS
from corpuscle.studies.entrants import ENTRANTS

PEERS = ("trackpy", "laptrack")
each_peer = pytest.mark.parametrize("name", PEERS)


def build(name: str, **settings: Any) -> Linker:
    pytest.importorskip(name)
    linker: Linker = ENTRANTS[name](**settings)
    return linker


def easy(**more: Any) -> Any:
    settings = {"particles": 20, "frames": 12, "spacing": 20.0, "step": 1.0, **more}
    return WORLDS["brownian"](**settings).simulate(np.random.default_rng(0))


@each_peer
@pytest.mark.parametrize("dimensions", [2, 3])
def test_far_apart_particles_are_all_found_in_any_order(name: str, dimensions: int) -> None:
    scene = easy(dimensions=dimensions, spacing=30.0)
    linker = build(name, gate=6.0)
    assert score_links(linker.link(scene.detections), scene.truth).jaccard == 1.0
    order = np.random.default_rng(1).permutation(len(scene.detections))
    shuffled = Detections(scene.detections.frame[order], scene.detections.position[order])
    pairs = {(int(order[a]), int(order[b])) for a, b in linker.link(shuffled).pair}
    assert pairs == {(int(a), int(b)) for a, b in linker.link(scene.detections).pair}


@each_peer
def test_gaps_are_bridged_when_asked_for(name: str) -> None:
    scene = easy(misses=0.1, spacing=30.0)
    without, with_gaps = (
        score_links(build(name, gate=8.0, gap=gap).link(scene.detections), scene.truth).jaccard for gap in (0, 2)
    )
    assert with_gaps > without + 0.05


@each_peer
def test_nothing_to_link_gives_nothing(name: str) -> None:
    for count in (0, 1, 3):
        detections = Detections(np.zeros(count, np.int64), np.arange(2.0 * count).reshape(count, 2))
        assert len(build(name).link(detections)) == 0


def test_trackpy_predicts_when_asked_to() -> None:
    settings = {"particles": 30, "frames": 12, "spacing": 8.0, "speed": 5.0, "step": 0.2, "field": "crossing"}
    scene = WORLDS["straight"](**settings).simulate(np.random.default_rng(0))
    plain, ahead = (
        score_links(build("trackpy", gate=6.0, predict=predict).link(scene.detections), scene.truth).jaccard
        for predict in (False, True)
    )
    assert ahead > plain + 0.05


def test_trackpy_gives_up_with_no_links() -> None:
    close = np.random.default_rng(0).normal(0.0, 1e-9, (400, 2))
    detections = Detections(np.repeat([0, 1], 200), close)
    assert len(build("trackpy", gate=50.0).link(detections)) == 0
