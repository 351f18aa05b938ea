"""Filter and smoother over series, against the joint Gaussian."""

import numpy as np
import pytest

from corpuscle.estimation.movement.series import Slot, filter_series, find_gains, smooth

CLOCK = np.array([0.0, 1.0, 2.0, 4.0, 5.0])


def add_noise(slot: Slot, t: float) -> np.ndarray:
    """Write down the process noise over some frames."""
    return {
        "position": np.array([[t, 0], [0, 0]]),
        "velocity": np.array([[0, 0], [0, t]]),
        "dwna": np.array([[t**4 / 4, t**3 / 2], [t**3 / 2, t**2]]),
        "acceleration": np.array([[t**3 / 3, t**2 / 2], [t**2 / 2, t]]),
    }[slot]


def condition(measured: np.ndarray, slot: Slot, rate: float, noise: float, upto: int) -> np.ndarray:
    """Give the mean position in every frame given the first measurements, by conditioning the joint Gaussian."""
    wide = 1e5
    spread = np.zeros((2 * len(CLOCK), 2 * len(CLOCK)))
    moves = [np.array([[1, t], [0, 1]]) for t in np.diff(CLOCK)]
    spread[:2, :2] = np.diag([wide**2, rate**2])
    for k, move in enumerate(moves):
        here, there = slice(2 * k, 2 * k + 2), slice(2 * k + 2, 2 * k + 4)
        spread[there, : 2 * k + 2] = move @ spread[here, : 2 * k + 2]
        spread[: 2 * k + 2, there] = spread[there, : 2 * k + 2].T
        spread[there, there] = move @ spread[here, here] @ move.T + 1.5**2 * add_noise(slot, np.diff(CLOCK)[k])
    seen = spread[: 2 * upto : 2, : 2 * upto : 2] + noise**2 * np.eye(upto)
    # measured relative to the first one, so that the wide start does not swallow the digits
    mean: np.ndarray = spread[::2, : 2 * upto : 2] @ np.linalg.solve(seen, measured[:upto] - measured[0]) + measured[0]
    return mean


@pytest.mark.parametrize("slot", ["position", "velocity", "dwna", "acceleration"])
@pytest.mark.parametrize("rate", [0.0, 0.8])
def test_they_are_the_joint_gaussian_conditioned(slot: Slot, rate: float) -> None:
    measured = np.random.default_rng(0).normal(0, 3, len(CLOCK))
    gains = find_gains(CLOCK, np.full(len(CLOCK), 4.0), slot=slot, process_noise=1.5, rate=rate)
    state = filter_series(measured[:, None, None], gains)
    for k in range(len(CLOCK)):
        expected = condition(measured, slot, rate, 2.0, k + 1)[k]
        assert state[k, 0, 0, 0] == pytest.approx(expected, abs=1e-4)
    np.testing.assert_allclose(
        smooth(state, gains)[:, 0, 0, 0], condition(measured, slot, rate, 2.0, len(CLOCK)), atol=1e-4
    )


def test_a_start_that_is_known_draws_the_first_measurement_to_it() -> None:
    gains = find_gains(np.arange(2.0), np.ones(2), slot="position", process_noise=1.0, rate=0.0, start=1.0)
    assert filter_series(np.array([[[4.0]], [[4.0]]]), gains)[0, 0, 0, 0] == 2.0
