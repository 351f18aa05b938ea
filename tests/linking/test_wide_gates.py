"""A gate or a price that is wider than the field changes nothing."""

import numpy as np
import pytest

from corpuscle.api.simulate import simulate_scene
from corpuscle.linking.linkers import LINKERS
from corpuscle.metrics.links import score_links

SCENE = simulate_scene("brownian", {"particles": 30, "frames": 20, "step": 1.0, "spacing": 10.0}, 0)


@pytest.mark.parametrize("name", ["nearest", "lap", "cover"])
@pytest.mark.parametrize("gate", [1e4, 1e8, 1e12, 1e100])
def test_a_gate_wider_than_the_field_changes_nothing(name: str, gate: float) -> None:
    wide = LINKERS[name](gate=1e3).link(SCENE.detections).pair
    np.testing.assert_array_equal(LINKERS[name](gate=gate).link(SCENE.detections).pair, wide)


@pytest.mark.parametrize("gate", [1e4, 1e8, 1e12, 1e100])
def test_a_kalman_gate_wider_than_the_field_still_links(gate: float) -> None:
    assert score_links(LINKERS["kalman"](gate=gate).link(SCENE.detections), SCENE.truth).jaccard > 0.95


def test_a_price_above_all_changes_nothing() -> None:
    high = LINKERS["lap"](gate=20.0, start_cost=1e6).link(SCENE.detections).pair
    np.testing.assert_array_equal(LINKERS["lap"](gate=20.0, start_cost=1e100).link(SCENE.detections).pair, high)
