"""Which tracks no fit can use, and why; what was found, with those marked."""

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.fitting.base import DIVERGED, GOOD, Fit
from corpuscle.fitting.screen_kernel import screen_tracks


def screen(hits: TrackHits) -> Int[np.ndarray, " track"]:
    """Give the number of the reason why each track cannot be fitted (`REASONS`); 0: it can.

    A track turns back when a hit lies behind its perigee, seen along its direction of flight there.

    >>> position = np.array([[30.0, 0.0, 1.0], [70.0, 0.0, 2.0], [110.0, 0.1, 3.0], [110.0, 0.1, 3.0]])
    >>> names, layer = np.arange(2), np.zeros(4, dtype=int)
    >>> hits = TrackHits(event=names, track=names, offset=np.array([0, 3, 4]), position=position, layer=layer)
    >>> screen(hits)
    array([0, 1])
    """
    reason = np.zeros(len(hits), dtype=np.int64)
    screen_tracks(np.ascontiguousarray(hits.position, dtype=float), hits.offset, reason)
    return reason


def measure_variance(hits: TrackHits, apparatus: Apparatus) -> Float[np.ndarray, "hit 2"]:
    """Give the variance of each hit along r phi and along z, those of its cylinder [mm^2]."""
    place = place_hits(hits, apparatus)
    return np.stack([apparatus.resolution[place] ** 2, apparatus.resolution_z[place] ** 2], axis=1)


def place_hits(hits: TrackHits, apparatus: Apparatus) -> Int[np.ndarray, " hit"]:
    """Give the cylinder whose values apply to each hit."""
    return apparatus.place(hits.layer, np.hypot(hits.position[:, 0], hits.position[:, 1]))


def mark(
    hits: TrackHits,
    value: Float[np.ndarray, "track 5"],
    covariance: Float[np.ndarray, "track 5 5"] | None,
    chi2: Float[np.ndarray, " track"],
    reason: Int[np.ndarray, " track"],
) -> Fit:
    """Give what was found as a fit: what is not finite, or has a reason, is NaN throughout and marked.

    Args:
        hits: the tracks.
        value: d0, z0, phi, theta, q/p.
        covariance: their covariance, where the fitter gives one.
        chi2: how far the hits lie from the track, in units of their errors.
        reason: why a track could not be fitted; what has none and is not finite did not converge.
    """
    finite = np.isfinite(value).all(axis=1) & (value[:, 3] > 0) & (value[:, 3] < np.pi)
    if covariance is not None:
        variance = np.diagonal(covariance, axis1=1, axis2=2)
        finite &= np.isfinite(covariance).all(axis=(1, 2)) & (variance >= 0).all(axis=1)
    reason = np.where((reason == GOOD) & ~finite, DIVERGED, reason)
    good = reason == GOOD
    known = None if covariance is None else np.where(good[:, None, None], covariance, np.nan)
    return Fit(
        parameters=HelixParameters(np.where(good[:, None], value, np.nan), known),
        chi2=np.where(good, chi2, np.nan),
        ndf=np.where(good, 2 * hits.length - 5, 0),
        reason=reason,
    )
