"""Compiled: Kalman filter and smoother over series whose covariance no measurement changes."""

import numpy as np

from corpuscle.data.compiled import compiled


@compiled
def run_covariance(
    elapsed: np.ndarray, variance: np.ndarray, slot: int, q: float, rate: float, start: float, floor: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Run the covariance of (position, rate) through a series.

    `slot` says where the process noise enters: 0 position, 1 rate, 2 piecewise constant acceleration, 3 white
    acceleration. `start` is the variance of the first position, below 0 where nothing is known of it.

    Returns gains, innovation variances, and the covariances (00, 01, 11) predicted and after the update.
    """
    count = len(elapsed)
    gain = np.zeros((count, 2))
    spread = np.empty(count)
    predicted = np.zeros((count, 3))
    covariance = np.zeros((count, 3))
    a = 0.0
    b = 0.0
    c = rate * rate
    for k in range(count):
        if k == 0:
            if start < 0:
                gain[0, 0] = 1.0
                spread[0] = np.inf
                a = variance[0]
                predicted[0, 0] = np.inf
                predicted[0, 2] = c
                covariance[0, 0] = a
                covariance[0, 2] = c
                continue
            a = start
        else:
            t = elapsed[k]
            a = a + 2 * t * b + t * t * c
            b = b + t * c
            if slot == 0:
                a += q * t
            elif slot == 1:
                c += q * t
            elif slot == 2:
                a += q * t * t * t * t / 4
                b += q * t * t * t / 2
                c += q * t * t
            else:
                a += q * t * t * t / 3
                b += q * t * t / 2
                c += q * t
        predicted[k, 0] = a
        predicted[k, 1] = b
        predicted[k, 2] = c
        s = max(a + variance[k], floor)
        gain[k, 0] = a / s
        gain[k, 1] = b / s
        spread[k] = s
        c = max(c - b * b / s, 0.0)
        b = b - a * b / s
        a = max(a - a * a / s, 0.0)
        covariance[k, 0] = a
        covariance[k, 1] = b
        covariance[k, 2] = c
    return gain, spread, predicted, covariance


@compiled
def run_filter(measured: np.ndarray, elapsed: np.ndarray, gain: np.ndarray, known: bool) -> np.ndarray:
    """Filter series [t n d]; `known`: the first mean is 0, else it is the first measurement. Returns [t n d 2]."""
    count, particles, space = measured.shape
    state = np.zeros((count, particles, space, 2))
    for k in range(count):
        for i in range(particles):
            for d in range(space):
                if k == 0:
                    x = 0.0 if known else measured[0, i, d]
                    v = 0.0
                else:
                    v = state[k - 1, i, d, 1]
                    x = state[k - 1, i, d, 0] + elapsed[k] * v
                e = measured[k, i, d] - x
                state[k, i, d, 0] = x + gain[k, 0] * e
                state[k, i, d, 1] = v + gain[k, 1] * e
    return state


@compiled
def run_smoother(state: np.ndarray, elapsed: np.ndarray, predicted: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Smooth filtered states [t n d 2] backwards (Rauch, Tung and Striebel)."""
    count, particles, space = state.shape[:3]
    smooth = state.copy()
    for k in range(count - 2, -1, -1):
        t = elapsed[k + 1]
        a, b, c = covariance[k, 0], covariance[k, 1], covariance[k, 2]
        # P F': rows position and rate
        f00, f01 = a + t * b, b
        f10, f11 = b + t * c, c
        p, o, r = predicted[k + 1, 0], predicted[k + 1, 1], predicted[k + 1, 2]
        det = p * r - o * o
        if det > 1e-12 * p * r:
            g00, g01 = (f00 * r - f01 * o) / det, (f01 * p - f00 * o) / det
            g10, g11 = (f10 * r - f11 * o) / det, (f11 * p - f10 * o) / det
        else:  # one of the two is known, or both are one: the pseudo-inverse of a matrix of rank one
            size = (p + r) * (p + r)
            w = 1.0 / size if size > 0 else 0.0
            g00, g01 = (f00 * p + f01 * o) * w, (f00 * o + f01 * r) * w
            g10, g11 = (f10 * p + f11 * o) * w, (f10 * o + f11 * r) * w
        for i in range(particles):
            for d in range(space):
                x = state[k, i, d, 0]
                v = state[k, i, d, 1]
                e = smooth[k + 1, i, d, 0] - (x + t * v)
                h = smooth[k + 1, i, d, 1] - v
                smooth[k, i, d, 0] = x + g00 * e + g01 * h
                smooth[k, i, d, 1] = v + g10 * e + g11 * h
    return smooth
