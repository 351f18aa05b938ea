"""Compiled: where a helix crosses a cylinder, and how that changes with its parameters."""

import numpy as np

from corpuscle.estimation.compiled import compiled

SERIES = 0.02
"""Below half this turn a series is more exact than the formula."""


@compiled
def cross(d: float, k: float, r: float) -> tuple[float, float, float, float, float]:
    """Give where a circle of curvature k, at distance d from the axis, first crosses the cylinder r.

    A = [k (r^2 + d^2) + 2 d] / (2 r m), m = 1 + k d; s = (2/k) asin(k c/2), c^2 = (r^2 - d^2)/m.

    Returns:
        The sine A and the cosine of azimuth - phi, the path s, and ds/dd, ds/dk; NaN where it does not cross.
    """
    m = 1.0 + k * d
    sine = (k * (r * r + d * d) + 2.0 * d) / (2.0 * r * m)
    squared = (r * r - d * d) / m
    half = 0.5 * k * np.sqrt(squared) if squared > 0.0 else np.nan
    if not (sine * sine < 1.0 and half * half < 1.0):
        return np.nan, np.nan, np.nan, np.nan, np.nan
    chord = np.sqrt(squared)
    turn = half * half
    root = np.sqrt(1.0 - turn)
    if turn < SERIES * SERIES:
        stretch = 1.0 + turn * (1.0 / 6.0 + turn * (3.0 / 40.0 + turn * 15.0 / 336.0))
        slope = half * (1.0 / 3.0 + turn * (0.3 + turn * (15.0 / 56.0)))
    else:
        stretch = np.arcsin(half) / half
        slope = (1.0 / root - stretch) / half
    longer = 1.0 / (2.0 * chord * root)
    by_d = -longer * (2.0 * d + squared * k) / m
    by_k = 0.5 * squared * slope - longer * squared * d / m
    return sine, np.sqrt(1.0 - sine * sine), chord * stretch, by_d, by_k


@compiled
def differentiate_azimuth(d: float, k: float, r: float, sine: float, cosine: float) -> tuple[float, float]:
    """Give how the arc r azimuth of a crossing changes with d and with k.

    d(r azimuth)/dd = [1 - k r A/m]/cos, d(r azimuth)/dk = [(r^2 + d^2)/2 - d r A]/(m cos), m = 1 + k d.
    """
    m = 1.0 + k * d
    return (1.0 - k * r * sine / m) / cosine, (0.5 * (r * r + d * d) - d * r * sine) / (m * cosine)
