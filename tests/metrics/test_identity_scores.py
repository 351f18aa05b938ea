"""CLEAR-MOT and IDF1 counted by hand."""

import math

import numpy as np
import pytest

from corpuscle.data.scene import Truth
from corpuscle.metrics.identity import score_identity

NONE = np.empty(0, dtype=np.int64)


def line(frames: int, height: float = 0.0) -> np.ndarray:
    return np.stack([np.zeros(frames), np.full(frames, height)], axis=1)


def test_a_pairing_is_kept_although_another_is_nearer() -> None:
    """Track 1 comes nearer in frame 1, but track 0 is still within the gate."""
    truth = Truth(np.zeros(2, dtype=np.int64), np.arange(2), line(2))
    track, frame = np.array([0, 0, 1]), np.array([0, 1, 1])
    position = np.array([[0.0, 1.0], [0.0, 3.0], [0.0, 0.0]])
    score = score_identity(truth, track, frame, position)
    assert (score.matches, score.switches, score.false_positives, score.motp) == (2, 0, 1, 2.0)


def test_a_switch_is_seen_across_a_miss() -> None:
    truth = Truth(np.zeros(5, dtype=np.int64), np.arange(5), line(5))
    score = score_identity(truth, np.array([0, 0, 1, 1]), np.array([0, 1, 3, 4]), line(4))
    assert (score.matches, score.switches, score.misses, score.fragmentations) == (3, 1, 1, 1)
    assert score.mota == pytest.approx(1 - 2 / 5)
    assert (score.idtp, score.idfp, score.idfn) == (2, 2, 3)
    assert score.idf1 == pytest.approx(4 / 9)


def test_of_two_particles_the_later_keeps_the_track() -> None:
    """Track 7 is on particle 0, then on particle 1; in frame 2 both are near, and particle 1 had it last."""
    truth = Truth(np.array([0, 1, 0, 1]), np.array([0, 1, 2, 2]), np.array([[0, 0], [2, 0], [0, 0], [2, 0.0]]))
    score = score_identity(truth, np.full(3, 7), np.arange(3), np.array([[0, 0], [2, 0], [0.5, 0.0]]), gate=3.0)
    assert (score.matches, score.switches, score.misses) == (3, 0, 1)
    assert score.distance == pytest.approx(1.5)


def test_losses_at_the_ends_are_no_fragmentation() -> None:
    truth = Truth(np.zeros(5, dtype=np.int64), np.arange(5), line(5))
    score = score_identity(truth, np.zeros(2, dtype=np.int64), np.array([1, 2]), line(2))
    assert (score.fragmentations, score.misses) == (0, 3)


def test_shares_of_a_particles_life() -> None:
    """Found in 4 of 5 rows, 1 of 5, and 0 of 5."""
    truth = Truth(
        np.repeat(np.arange(3), 5), np.tile(np.arange(5), 3), np.concatenate([line(5), line(5, 50.0), line(5, 90.0)])
    )
    found = np.array([0, 1, 2, 3, 5])
    score = score_identity(truth, truth.track[found], truth.frame[found], truth.position[found])
    assert (score.mostly_tracked, score.partially_tracked, score.mostly_lost) == (1, 1, 1)


def test_errors_can_outnumber_the_objects() -> None:
    truth = Truth(np.zeros(2, dtype=np.int64), np.arange(2), line(2))
    score = score_identity(truth, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), line(4, 80.0))
    assert score.mota == -2.0
    assert math.isnan(score.motp)


def test_errors_without_objects_have_no_mota() -> None:
    score = score_identity(Truth(NONE, NONE, line(0)), np.array([0]), np.array([0]), line(1))
    assert math.isnan(score.mota)
    assert (score.precision, score.recall, score.idf1) == (0.0, 1.0, 0.0)
