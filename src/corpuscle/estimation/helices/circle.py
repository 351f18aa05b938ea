"""The closed-form fit: Karimaki's circle across the field, a line along it; their covariance."""

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.helix import LIGHT
from corpuscle.estimation.helices.circle_kernel import fit_tracks
from corpuscle.estimation.helices.helix import Measured, weigh_hits

BATCH = 10_000
"""Tracks weighed at once."""


def fit_circles(
    position: Float[np.ndarray, "hit 3"],
    offset: Int[np.ndarray, " track_and_1"],
    variance: Float[np.ndarray, "hit 2"],
    *,
    field: float,
    wanted: Bool[np.ndarray, " track"] | None = None,
) -> tuple[Float[np.ndarray, "track 5"], Float[np.ndarray, "track 5 5"], Float[np.ndarray, " track"]]:
    """Fit circles and lines to the hits of tracks.

    The circle has the least sum of weight (a r^2 + b - y cos phi + x sin phi)^2, which is closed; the weights are
    those of errors along each hit's cylinder. The covariance is that of the measurement, without scattering.

    Args:
        position: x, y, z of each hit [mm].
        offset: where the hits of each track begin, and the number of all hits.
        variance: variance of each hit along r phi and along z [mm^2].
        field: the magnetic field along +z [T].
        wanted: which tracks to fit (default: all).

    Returns:
        d0, z0, phi, theta, q/p of each track [mm, mm, rad, rad, 1/GeV], their covariance and chi2; NaN where a track is
        not wanted or turns back before a hit.

    Source: Karimaki, NIM A305 (1991) 187, in the form that has d0 and phi with the signs of ACTS.

    >>> hits = np.array([[100.0, 0.5, 10.0], [200.0, 2.0, 20.0], [300.0, 4.5, 30.0]])
    >>> value, covariance, chi2 = fit_circles(hits, np.array([0, 3]), np.full((3, 2), 1e-4), field=2.0)
    >>> value.round(3)
    array([[-0.   ,  0.002,  0.   ,  1.471, -0.166]])
    """
    tracks = len(offset) - 1
    value, covariance = np.full((tracks, 5), np.nan), np.full((tracks, 5, 5), np.nan)
    chi2 = np.full(tracks, np.nan)
    wanted = np.ones(tracks, dtype=bool) if wanted is None else wanted
    fit_tracks(
        np.ascontiguousarray(position, dtype=float), offset, variance, wanted, LIGHT * field, value, covariance, chi2
    )
    value[np.isnan(chi2)] = np.nan
    return value, covariance, chi2


def spread_circles(
    measured: Measured, value: Float[np.ndarray, "track 5"], angle: Float[np.ndarray, "track layer"]
) -> Float[np.ndarray, "track 5 5"]:
    """Give the covariance of circles and lines when tracks scatter.

    The fit is where B (m - h(p)) = 0: B has the weights of the circle's three derivatives of r phi and of the line's
    two of z. Its gain is K = (B J)^-1 B, its covariance K C K', with C that of the hits (see `weigh_hits`).

    Args:
        measured: the hits.
        value: d0, z0, phi, theta, q/p that were found.
        angle: standard deviation of the deflection at each cylinder [rad].
    """
    covariance = np.empty((len(value), 5, 5))
    for begin in range(0, len(value), BATCH):
        rows = np.arange(begin, min(begin + BATCH, len(value)))
        some, found = measured.choose(rows), value[rows]
        most = int(np.diff(some.offset).max())
        jacobian, spread = weigh_hits(some, found, angle[rows], most=most)
        weight = np.zeros((len(rows), 2 * most))
        real = np.arange(most) < np.diff(some.offset)[:, None]
        weight[:, 0::2][real], weight[:, 1::2][real] = 1 / some.variance.T
        asked = weight[:, :, None] * derive_closed(jacobian, found)
        gain = np.linalg.solve(asked.swapaxes(1, 2) @ jacobian, asked.swapaxes(1, 2))
        covariance[rows] = gain @ spread @ gain.swapaxes(1, 2)
    return covariance


def derive_closed(
    jacobian: Float[np.ndarray, "track coordinate 5"], value: Float[np.ndarray, "track 5"]
) -> Float[np.ndarray, "track coordinate 5"]:
    """Give what the closed form looks at: r phi by d0, phi and q/p, z by z0 and cot theta at a fixed path.

    dz/dtheta = -s/sin^2(theta) - cot(theta) q/p dz/d(q/p), from which the path s.
    """
    theta, q_over_p = value[:, 3, None], value[:, 4, None]
    asked = np.zeros_like(jacobian)
    asked[:, 0::2, :3] = jacobian[:, 0::2][:, :, [0, 2, 4]]
    along = jacobian[:, 1::2]
    asked[:, 1::2, 3] = along[:, :, 1]
    asked[:, 1::2, 4] = -(np.sin(theta) ** 2) * (along[:, :, 3] + along[:, :, 4] * q_over_p / np.tan(theta))
    return asked
