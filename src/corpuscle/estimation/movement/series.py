"""Kalman filter and smoother over whole series that share one covariance, because no measurement changes it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from corpuscle.estimation.movement.series_kernel import run_covariance, run_filter, run_smoother

Slot = Literal["position", "velocity", "dwna", "acceleration"]
SLOTS: dict[Slot, int] = {"position": 0, "velocity": 1, "dwna": 2, "acceleration": 3}


@dataclass(frozen=True, slots=True, eq=False)
class Gains:
    """What a Kalman filter over (position, rate) does in each frame, whatever it measures.

    Args:
        elapsed: time since the frame before [frames]; the first counts for nothing.
        gain: how much of the residual goes to position and rate.
        spread: variance of the residual (S); infinite in a first frame of which nothing was known.
        predicted: covariance before the update, as (position, both, rate).
        covariance: covariance after it.
        known: whether the first position was known to be near 0; else it is what the first frame measures.
    """

    elapsed: Float[np.ndarray, " t"]
    gain: Float[np.ndarray, "t 2"]
    spread: Float[np.ndarray, " t"]
    predicted: Float[np.ndarray, "t 3"]
    covariance: Float[np.ndarray, "t 3"]
    known: bool


def find_gains(
    clock: Float[np.ndarray, " t"],
    variance: Float[np.ndarray, " t"],
    *,
    slot: Slot,
    process_noise: float,
    rate: float,
    start: float | None = None,
) -> Gains:
    """Find the gains of a filter over a series.

    P = F P F' + Q with F = [[1, t], [0, 1]], S = P_00 + variance, gain = P H' / S, P = (1 - gain H) P. The first
    covariance is diag(variance, rate^2), or before the first measurement diag(start^2, rate^2) where `start` is given.

    Args:
        clock: time of each frame [frames].
        variance: variance of a coordinate measured in each frame.
        slot: where the noise enters: Q = q^2 t [[1, 0], [0, 0]] (`position`), q^2 t [[0, 0], [0, 1]] (`velocity`),
            q^2 [[t^4/4, t^3/2], [t^3/2, t^2]] (`dwna`), q^2 [[t^3/3, t^2/2], [t^2/2, t]] (`acceleration`).
        process_noise: its standard deviation (q).
        rate: standard deviation of the first rate.
        start: standard deviation of the first position about 0; None where nothing is known of it.

    Source: Mishra and Roudot, EUSIPCO (2024), Eq 4; Bar-Shalom, Li and Kirubarajan (2001), 6.2 and 6.3.

    >>> find_gains(np.arange(2.0), np.ones(2), slot="position", process_noise=1.0, rate=0.0).spread
    array([inf,  3.])
    """
    elapsed = np.diff(clock, prepend=clock[:1])
    floor = 1e-9 * max(process_noise**2, float(variance.max(initial=0.0)), rate**2, 1e-200)
    first = -1.0 if start is None else start**2
    found = run_covariance(elapsed, variance, SLOTS[slot], process_noise**2, rate, first, floor)
    return Gains(elapsed, *found, known=start is not None)


def filter_series(measured: Float[np.ndarray, "t n d"], gains: Gains) -> Float[np.ndarray, "t n d 2"]:
    """Filter series: the mean of position and rate after each frame.

    >>> gains = find_gains(np.arange(2.0), np.ones(2), slot="position", process_noise=1.0, rate=0.0)
    >>> filter_series(np.array([[[0.0]], [[3.0]]]), gains)[1, 0, 0]
    array([2., 0.])
    """
    return run_filter(np.ascontiguousarray(measured), gains.elapsed, gains.gain, gains.known)


def smooth(state: Float[np.ndarray, "t n d 2"], gains: Gains) -> Float[np.ndarray, "t n d 2"]:
    """Smooth what was filtered by what came later: m = m + P F' P'^-1 (m' - F m), from the last frame backwards.

    Source: Rauch, Tung and Striebel, AIAA Journal 3 (1965) 1445.

    >>> gains = find_gains(np.arange(2.0), np.ones(2), slot="position", process_noise=1.0, rate=0.0)
    >>> smooth(filter_series(np.array([[[0.0]], [[3.0]]]), gains), gains)[0, 0, 0]
    array([1., 0.])
    """
    return run_smoother(state, gains.elapsed, gains.predicted, gains.covariance)
