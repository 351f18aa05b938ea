"""Compiled: where a helix crosses a cylinder, and how that changes with its parameters."""

import numpy as np

from corpuscle.data.compiled import compiled

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


@compiled
def predict_hit(value: np.ndarray, field: float, r: float, jacobian: np.ndarray) -> tuple[float, float, float]:
    """Give the azimuth and z where a track crosses the cylinder r, and the path; write how r azimuth and z change.

    The curvature is k = -field q/p / sin theta, so it changes with theta by -k cot theta.
    """
    d, theta = value[0], value[3]
    sine_theta = np.sin(theta)
    cot = np.cos(theta) / sine_theta
    k = -field * value[4] / sine_theta
    sine, cosine, path, path_d, path_k = cross(d, k, r)
    arc_d, arc_k = differentiate_azimuth(d, k, r, sine, cosine)
    jacobian[0, 0], jacobian[0, 1], jacobian[0, 2] = arc_d, 0.0, r
    jacobian[0, 3], jacobian[0, 4] = -arc_k * k * cot, -arc_k * field / sine_theta
    jacobian[1, 0], jacobian[1, 1], jacobian[1, 2] = cot * path_d, 1.0, 0.0
    jacobian[1, 3] = -cot * path_k * k * cot - path / (sine_theta * sine_theta)
    jacobian[1, 4] = -cot * path_k * field / sine_theta
    return value[2] + np.arcsin(sine), value[1] + cot * path, path


@compiled
def carry_kick(value: np.ndarray, field: float, path: float, carried: np.ndarray) -> None:
    """Write how the perigee changes with what happens to a track at a path from it.

    The columns are a turn of phi there, one of theta at constant momentum, and a growth of q/p by a share. A turn moves
    the point at the perigee's path by D; from there it slides along the track by ds until it is closest to the axis:
    with (T, N) along and across the track at the perigee, b = -k path, the change of k (dk) and of phi at the kick,

    D = dphi ((1 - cos b)/k, sin(b)/k) + dk ((-path - sin(b)/k)/k, (1 - cos b)/k^2),
    ds = -[D_T + d (dphi - path dk)]/(1 + k d), d(d0) = D_N, d(phi) = dphi - path dk + k ds,
    d(z0) = path/sin^2(theta) dtheta + cot(theta) ds.
    """
    d, theta, share = value[0], value[3], value[4]
    sine = np.sin(theta)
    cot = np.cos(theta) / sine
    k = -field * share / sine
    bend = -k * path
    half = 0.5 * bend
    round_half = 1.0 - half * half / 6.0 if abs(half) < 1e-4 else np.sin(half) / half
    round_whole = 1.0 - bend * bend / 6.0 if abs(bend) < 1e-4 else np.sin(bend) / bend
    if abs(bend) < 0.1:
        lag = bend * (1.0 / 6.0 - bend * bend * (1.0 / 120.0 - bend * bend / 5040.0))
    else:
        lag = (1.0 - round_whole) / bend
    square = 0.5 * path * path * round_half * round_half
    for c in range(3):
        by_phi = 1.0 if c == 0 else 0.0
        by_theta = 1.0 if c == 1 else 0.0
        by_k = 0.0 if c == 0 else (-k * cot if c == 1 else k)
        along = by_phi * k * square + by_k * path * path * lag
        across = -by_phi * path * round_whole + by_k * square
        turn = by_phi - path * by_k
        slide = -(along + d * turn) / (1.0 + k * d)
        carried[0, c] = across
        carried[1, c] = by_theta * path / (sine * sine) + cot * slide
        carried[2, c] = turn + k * slide
        carried[3, c] = by_theta
        carried[4, c] = share if c == 2 else 0.0
