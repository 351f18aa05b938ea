"""The closed-form fit: Karimaki's circle across the field, a straight line of z against the path along it."""

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.helix import LIGHT
from corpuscle.estimation.circle_kernel import fit_tracks


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
