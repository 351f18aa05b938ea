"""Pairing equals the best over all ways to pair."""

from itertools import combinations, permutations

import numpy as np
import pytest

from corpuscle.metrics.pairing import pair_positions


def pair_by_hand(ours: np.ndarray, theirs: np.ndarray, gate: float) -> tuple[int, float]:
    """Try every way to pair one frame; give how many pairs the best has, and its summed distance."""
    distance = np.linalg.norm(ours[:, None] - theirs[None], axis=2)
    for count in range(min(distance.shape), 0, -1):
        sums = [
            float(distance[list(rows), list(columns)].sum())
            for rows in combinations(range(len(ours)), count)
            for columns in permutations(range(len(theirs)), count)
            if (distance[list(rows), list(columns)] < gate).all()
        ]
        if sums:
            return count, min(sums)
    return 0, 0.0


@pytest.mark.parametrize("seed", range(40))
def test_as_many_as_possible_then_the_nearest(seed: int) -> None:
    random = np.random.default_rng(seed)
    frames, theirs = np.repeat([0, 3], random.integers(0, 5, 2)), np.repeat([3, 0], random.integers(0, 5, 2))
    truth, position = random.uniform(0, 6, (len(frames), 2)), random.uniform(0, 6, (len(theirs), 2))
    pairs = pair_positions(frames, truth, theirs, position, gate=3.0)
    assert (frames[pairs[:, 0]] == theirs[pairs[:, 1]]).all()
    assert len(np.unique(pairs[:, 0])) == len(np.unique(pairs[:, 1])) == len(pairs)
    distance = np.linalg.norm(truth[pairs[:, 0]] - position[pairs[:, 1]], axis=1)
    for frame in (0, 3):
        count, total = pair_by_hand(truth[frames == frame], position[theirs == frame], 3.0)
        here = frames[pairs[:, 0]] == frame
        assert here.sum() == count
        assert distance[here].sum() == pytest.approx(total)


def test_a_pair_at_the_gate_is_none() -> None:
    frame, ours, theirs = np.array([0]), np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])
    assert len(pair_positions(frame, ours, frame, theirs, gate=5.0)) == 0
    assert pair_positions(frame, ours, frame, theirs, gate=5.000001).tolist() == [[0, 0]]


def test_more_pairs_go_before_nearer_ones() -> None:
    frame = np.zeros(2, dtype=np.int64)
    ours, theirs = np.array([[0.0, 0.0], [4.0, 0.0]]), np.array([[3.9, 0.0], [8.0, 0.0]])
    assert pair_positions(frame, ours, frame, theirs, gate=5.0).tolist() == [[0, 0], [1, 1]]
