"""Compiled: the closed-form circle through the hits of each track, and the line along the field."""

import numpy as np

from corpuscle.data.compiled import compiled
from corpuscle.estimation.helices.helix_kernel import cross, differentiate_azimuth
from corpuscle.estimation.helices.symmetric_kernel import invert

STEEPEST = 0.05
"""The least squared cosine between a track and a cylinder's normal that a weight is divided by."""


@compiled
def fit_circle(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[float, float, float]:
    """Give d0, phi and curvature of the circle of least sum of weight (a r^2 + b - y cos phi + x sin phi)^2.

    phi from tan 2 phi = 2 D/(B - A), with A, B, D the covariances of y, x and both when r^2 is held; then
    m = (1 - 4 a b)^(-1/2), k = 2 a m, d = 2 b m/(1 + m).
    """
    whole, mx, my, mr = 0.0, 0.0, 0.0, 0.0
    for i in range(len(x)):
        w = weight[i]
        whole += w
        mx += w * x[i]
        my += w * y[i]
        mr += w * (x[i] * x[i] + y[i] * y[i])
    mx, my, mr = mx / whole, my / whole, mr / whole
    xx, xy, yy, xr, yr, rr = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(x)):
        w = weight[i]
        dx, dy, dr = x[i] - mx, y[i] - my, x[i] * x[i] + y[i] * y[i] - mr
        xx += w * dx * dx
        xy += w * dx * dy
        yy += w * dy * dy
        xr += w * dx * dr
        yr += w * dy * dr
        rr += w * dr * dr
    both = xy - xr * yr / rr
    phi = 0.5 * np.arctan2(2.0 * both, (xx - xr * xr / rr) - (yy - yr * yr / rr))
    if np.cos(phi) * mx + np.sin(phi) * my < 0.0:
        phi += np.pi
    cosine, sine = np.cos(phi), np.sin(phi)
    a = (cosine * yr - sine * xr) / rr
    b = cosine * my - sine * mx - a * mr
    m = 1.0 / np.sqrt(1.0 - 4.0 * a * b)
    return 2.0 * b * m / (1.0 + m), phi, 2.0 * a * m


@compiled
def fit_track(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, variance: np.ndarray, field: float, weight: np.ndarray,
    value: np.ndarray, covariance: np.ndarray,
) -> float:  # fmt: skip
    """Fit one track; give its chi2, or NaN where it turns back before a hit.

    A hit's error lies along its cylinder, the circle's residual across the track: after a first circle the weights are
    divided by the squared cosine between the two. The covariance of the line knows of the circle's.
    """
    for i in range(len(x)):
        weight[i] = 1.0 / variance[i, 0]
    d, phi, k = fit_circle(x, y, weight)
    for i in range(len(x)):
        r = np.sqrt(x[i] * x[i] + y[i] * y[i])
        slant = (k * (r * r - d * d) - 2.0 * d) / (2.0 * r)
        weight[i] /= max(1.0 - slant * slant, STEEPEST)
    d, phi, k = fit_circle(x, y, weight)
    if phi > np.pi:
        phi -= 2.0 * np.pi

    known = np.zeros((3, 3))
    line = np.zeros((2, 2))
    moved = np.zeros((2, 3))
    right = np.zeros(2)
    cosine, sine = np.cos(phi), np.sin(phi)
    chi2 = 0.0
    for i in range(len(x)):
        r = np.sqrt(x[i] * x[i] + y[i] * y[i])
        across, along, path, path_d, path_k = cross(d, k, r)
        weight[i] = path
        by_d, by_k = differentiate_azimuth(d, k, r, across, along)
        w = 1.0 / variance[i, 0]
        known[0, 0] += w * by_d * by_d
        known[1, 0] += w * by_d * r
        known[1, 1] += w * r * r
        known[2, 0] += w * by_d * by_k
        known[2, 1] += w * r * by_k
        known[2, 2] += w * by_k * by_k
        off = (y[i] * cosine - x[i] * sine - r * across) / along
        chi2 += w * off * off
        w = 1.0 / variance[i, 1]
        line[0, 0] += w
        line[1, 0] += w * path
        line[1, 1] += w * path * path
        right[0] += w * z[i]
        right[1] += w * path * z[i]
        moved[0, 0] += w * path_d
        moved[1, 0] += w * path * path_d
        moved[0, 2] += w * path_k
        moved[1, 2] += w * path * path_k
    if not (np.isfinite(chi2) and invert(known, 3) and invert(line, 2)):
        return np.nan
    z0 = line[0, 0] * right[0] + line[0, 1] * right[1]
    cot = line[1, 0] * right[0] + line[1, 1] * right[1]
    for i in range(len(x)):
        off = z[i] - z0 - cot * weight[i]
        chi2 += off * off / variance[i, 1]
    write_perigee(d, phi, k, z0, cot, field, value)
    write_covariance(known, line, -cot * (line @ moved), value, k, field, covariance)
    return chi2


@compiled
def write_perigee(d: float, phi: float, k: float, z0: float, cot: float, field: float, value: np.ndarray) -> None:
    """Write d0, z0, phi, theta, q/p of a circle and a line; `field` is that of one GeV [1/mm]."""
    value[0], value[1], value[2], value[3] = d, z0, phi, np.arctan2(1.0, cot)
    value[4] = -k * np.sin(value[3]) / field


@compiled
def write_covariance(
    circle: np.ndarray, line: np.ndarray, carried: np.ndarray, value: np.ndarray, k: float, field: float,
    covariance: np.ndarray,
) -> None:  # fmt: skip
    """Write the covariance of d0, z0, phi, theta, q/p from those of (d, phi, k) and of (z0, cot theta).

    `carried` is what an error of (d, phi, k) does to (z0, cot theta).
    """
    sine, cosine = np.sin(value[3]), np.cos(value[3])
    both = carried @ circle
    own = line + both @ carried.T
    whole = np.empty((5, 5))
    whole[:3, :3] = circle
    whole[3:, :3] = both
    whole[:3, 3:] = both.T
    whole[3:, 3:] = own
    turn = np.zeros((5, 5))
    turn[0, 0], turn[1, 3], turn[2, 1] = 1.0, 1.0, 1.0
    turn[3, 4] = -sine * sine
    turn[4, 2] = -sine / field
    turn[4, 4] = k * cosine * sine * sine / field
    covariance[:, :] = turn @ whole @ turn.T


@compiled
def fit_tracks(
    position: np.ndarray, offset: np.ndarray, variance: np.ndarray, wanted: np.ndarray, field: float,
    value: np.ndarray, covariance: np.ndarray, chi2: np.ndarray,
) -> None:  # fmt: skip
    """Fit all wanted tracks."""
    longest = 0
    for t in range(len(wanted)):
        longest = max(longest, offset[t + 1] - offset[t])
    weight = np.empty(longest)
    for t in range(len(wanted)):
        if wanted[t]:
            first, last = offset[t], offset[t + 1]
            x, y, z = position[first:last, 0], position[first:last, 1], position[first:last, 2]
            chi2[t] = fit_track(
                x, y, z, variance[first:last], field, weight[: last - first], value[t], covariance[t]
            )  # fmt: skip
