"""Intervals that hold the true parameters as often as they say, whatever a fitter's own errors are worth."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.fitting.base import Fit, Fitter

PHI = 2


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conformal:
    """A fitter with intervals that were set on tracks whose truth is known.

    Of new tracks like those, the interval of each parameter holds the truth with a chance of at least `share`, and of
    at most 1/(n + 1) more for n tracks: on average over tracks, not for each momentum, and for whatever fitter.

    Args:
        fitter: what fits.
        share: the chance.
        factor: half of each interval: in the fitter's own standard deviations of d0, z0, phi, theta, q/p, or, of a
            fitter that gives none, in their units.

    Source: Lei et al., JASA 113 (2018) 1094, algorithm 2 (split conformal), with scores in units of the error.
    """

    fitter: Fitter
    share: float
    factor: Float[np.ndarray, "5"]

    def fit(self, hits: TrackHits, apparatus: Apparatus) -> tuple[Fit, Float[np.ndarray, "track 5 2"]]:
        """Fit tracks, and give the lower and upper end of the interval of each parameter."""
        found = self.fitter.fit(hits, apparatus)
        half = (self.factor * measure_errors(found.parameters))[..., None]
        return found, found.parameters.value[..., None] + half * np.array([-1.0, 1.0])


def calibrate(
    fitter: Fitter, hits: TrackHits, apparatus: Apparatus, truth: HelixParameters, *, share: float = 0.6827
) -> Conformal:
    """Set the intervals of a fitter on tracks whose truth is known, and from which it has not learned.

    Args:
        fitter: what fits.
        hits: the tracks.
        apparatus: what they lie in.
        truth: their true parameters, row by row.
        share: the chance that an interval is to hold the truth with.

    Raises: ValueError, when the share is none or too few tracks could be fitted for it.
    """
    if not 0 < share < 1:
        message = f"share: expected a chance between 0 and 1, not {share:g}"
        raise ValueError(message)
    found = fitter.fit(hits, apparatus)
    score = (np.abs(measure_residuals(found.parameters, truth)) / measure_errors(found.parameters))[found.valid]
    rank = math.ceil((len(score) + 1) * share)
    if rank > len(score):
        message = (
            f"intervals of {share:g} need {math.ceil(share / (1 - share))} fitted tracks of known truth or more, "
            f"not {len(score)}"
        )
        raise ValueError(message)
    return Conformal(fitter=fitter, share=share, factor=np.sort(score, axis=0)[rank - 1])


def measure_errors(found: HelixParameters) -> Float[np.ndarray, "track 5"]:
    """Give the standard deviations that a fitter gives; 1 where it gives none."""
    if found.covariance is None:
        return np.ones_like(found.value)
    return np.asarray(np.sqrt(np.diagonal(found.covariance, axis1=1, axis2=2)))


def measure_residuals(found: HelixParameters, truth: HelixParameters) -> Float[np.ndarray, "track 5"]:
    """Give what was found less the truth, phi the shorter way round."""
    apart = found.value - truth.value
    apart[:, PHI] -= 2 * np.pi * np.round(apart[:, PHI] / (2 * np.pi))
    return np.asarray(apart)
