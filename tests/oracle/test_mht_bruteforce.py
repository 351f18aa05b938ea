"""Multiple hypothesis tracking with a full window, against every permutation of the whole sequence."""

import itertools
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from corpuscle.data.detections import Detections
from corpuscle.linking.probabilistic.mht import MultipleHypotheses

STEP, NOISE, SPREAD = 1.5, 2.0, 0.7


def make_noise(slot: str) -> np.ndarray:
    """Write down the process noise of one axis over one frame."""
    return (
        STEP**2
        * {
            "position": np.diag([1.0, 0.0]),
            "velocity": np.diag([0.0, 1.0]),
            "dwna": np.array([[0.25, 0.5], [0.5, 1.0]]),
        }[slot]
    )


def filter_path(path: np.ndarray, slot: str) -> float:
    """Sum the squared Mahalanobis distances of one particle's path, by a filter written out with 4 x 4 matrices."""
    move = np.kron(np.array([[1.0, 1.0], [0.0, 1.0]]), np.eye(2))
    see = np.eye(2, 4)
    noise = np.kron(make_noise(slot), np.eye(2))
    mean = np.append(path[0], np.zeros(2))
    spread = np.diag([NOISE**2, NOISE**2, SPREAD**2, SPREAD**2])
    total = 0.0
    for measured in path[1:]:
        mean, spread = move @ mean, move @ spread @ move.T + noise
        residual = measured - see @ mean
        covariance = see @ spread @ see.T + NOISE**2 * np.eye(2)
        total += residual @ np.linalg.solve(covariance, residual)
        gain = spread @ see.T @ np.linalg.inv(covariance)
        mean, spread = mean + gain @ residual, spread - gain @ see @ spread
    return float(total)


def find_best(position: np.ndarray, slot: str) -> tuple[float, np.ndarray]:
    """Try all permutations of all frames but the first."""
    frames, particles = position.shape[:2]
    orders = list(itertools.permutations(range(particles)))
    best, found = np.inf, np.empty(0)
    for chosen in itertools.product(orders, repeat=frames - 1):
        place = np.array([range(particles), *chosen])
        total = sum(filter_path(position[np.arange(frames), place[:, i]], slot) for i in range(particles))
        if total < best:
            best, found = total, place
    return best, found


def link_all(position: np.ndarray, **settings: Any) -> set[tuple[int, int]]:
    frames, particles = position.shape[:2]
    detections = Detections(np.repeat(np.arange(frames), particles), position.reshape(-1, 2))
    wanted = {"process_noise": STEP, "measurement_noise": NOISE, "velocity_spread": SPREAD} | settings
    return {tuple(pair) for pair in MultipleHypotheses(**wanted).link(detections).pair.tolist()}


def read_pairs(place: np.ndarray) -> set[tuple[int, int]]:
    rows = place + place.shape[1] * np.arange(len(place))[:, None]
    return {(int(a), int(b)) for before, after in itertools.pairwise(rows) for a, b in zip(before, after, strict=True)}


@pytest.mark.parametrize("slot", ["position", "velocity", "dwna"])
@pytest.mark.parametrize(("particles", "frames"), [(2, 7), (3, 4)])
@pytest.mark.parametrize("seed", range(4))
def test_a_full_window_is_brute_force(slot: str, particles: int, frames: int, seed: int) -> None:
    position = np.random.default_rng(seed).uniform(0, 6, (frames, particles, 2))
    place = find_best(position, slot)[1]
    assert link_all(position, window=frames - 1, noise_slot=slot) == read_pairs(place)
    assert link_all(position, window=frames + 3, noise_slot=slot) == read_pairs(place)


@given(seed=st.integers(0, 2**32 - 1), particles=st.integers(2, 3), window=st.integers(1, 4))
def test_a_beam_that_holds_all_is_the_search_of_all(seed: int, particles: int, window: int) -> None:
    position = np.random.default_rng(seed).uniform(0, 6, (7, particles, 2))
    wide = 6**window
    assert link_all(position, window=window, limit=particles * wide if particles**window > 1 else 1, beam=wide) == (
        link_all(position, window=window)
    )
