"""Windows over hits, and what is made of pairs of hits."""

import math

import numpy as np
import pytest

from corpuscle.data.neighbours import pair_neighbours
from corpuscle.linking.hits.base import measure_apart, wrap
from corpuscle.linking.hits.window import WindowPairs
from corpuscle.metrics.hit_pairs import score_pairs


def test_azimuth_begins_anew() -> None:
    angle = np.array([np.pi - 0.01, -np.pi + 0.01])
    position = np.stack([[30.0, 60.0] * np.cos(angle), [30.0, 60.0] * np.sin(angle), [0.0, 0.0]], axis=1)
    found = WindowPairs(radius=0.05).link(np.zeros(2, int), position, np.array([0, 1]))
    assert found.pair.tolist() == [[0, 1]]
    assert found.distance == pytest.approx([0.02])


def test_wrapping_never_reaches_the_end() -> None:
    place = np.array([[-1e-20], [7.0], [-0.5]])
    assert (wrap(place, (2 * np.pi,)) < 2 * np.pi).all()
    assert measure_apart(place[:1], place[1:2], (2 * np.pi,)) == pytest.approx(7 - 2 * np.pi)


def test_a_long_luminous_region_is_seen_less_of() -> None:
    position = np.array([[30.0, 0.0, 60.0], [60.0, 0.0, 60.0]])  # a track across, 60 mm from the middle
    near, far = (WindowPairs(length=length).place(position)[0][:, 0] for length in (200.0, 0.0))
    assert abs(near[0] - near[1]) < 0.03
    assert abs(far[0] - far[1]) > 0.5


def test_neighbours_are_by_distance_and_noise_follows_nothing() -> None:
    position = np.array([[0, 0, 90.0], [10, 0, 0], [0, 0, 50], [20, 0, 0], [30, 0, 0]])
    event, track = np.array([0, 0, 0, 0, 1]), np.array([2, 2, 2, -1, 2])
    assert pair_neighbours(event, track, position).tolist() == [[1, 2], [2, 0]]
    assert pair_neighbours(event[:0], track[:0], position[:0]).shape == (0, 2)


def test_pairs_are_counted() -> None:
    pair, distance = np.array([[0, 1], [0, 2], [1, 2], [2, 3]]), np.array([0.3, 0.1, 0.2, 0.4])
    truth = np.array([[0, 1], [1, 2], [5, 6]])
    scores = score_pairs(pair, distance, truth, (0.05, 0.25, 0.4))
    assert [(one.found, one.true, one.wanted) for one in scores] == [(0, 0, 3), (2, 1, 3), (4, 2, 3)]
    assert math.isnan(scores[0].purity)
    assert scores[0].f1 == 0.0
    assert scores[2].efficiency == pytest.approx(2 / 3)
    assert scores[2].f1 == pytest.approx(4 / 7)
    assert scores[2].list_values()["purity"] == 0.5
