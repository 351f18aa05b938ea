"""Fits of the innermost hits of a track, which have lost least to what the particle meets later."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import LIGHT, HelixParameters
from corpuscle.data.settings import setting
from corpuscle.fitting.base import FEW, GOOD, STRAIGHT, Fit, Fitter, Promises
from corpuscle.fitting.fitters import FITTERS

NOTHING = Promises(covariance=False, covariance_scattering=False, equivariant=False, exact=False)


def choose_innermost(hits: TrackHits, count: int) -> TrackHits:
    """Give the innermost hits of each track, by their distance from the axis; 0: all of them, from the inside out."""
    radius = np.hypot(hits.position[:, 0], hits.position[:, 1])
    order = np.lexsort((radius, hits.owner))
    place = np.arange(len(order)) - hits.offset[:-1][hits.owner]
    rows = order[place < count] if count else order
    length = np.minimum(hits.length, count) if count else hits.length
    return TrackHits(
        event=hits.event,
        track=hits.track,
        offset=np.append(0, np.cumsum(length)),
        position=hits.position[rows],
        layer=hits.layer[rows],
    )


def fit_circles(hits: TrackHits) -> Float[np.ndarray, " track"]:
    """Give the radius of the circle through the hits of each track, by least squares of x^2 + y^2 - 2 a x - 2 b y - c.

    Raises: nothing; NaN where there are fewer than three hits, or no circle.

    Source: Kasa, IEEE Transactions on Instrumentation and Measurement 25 (1976) 8.
    """
    radius = np.full(len(hits), np.nan)
    for track in np.flatnonzero(hits.length >= 3):
        x, y = hits.position[hits.offset[track] : hits.offset[track + 1], :2].T
        design = np.stack([2 * x, 2 * y, np.ones(len(x))], axis=1)
        if np.isfinite(design).all():
            (a, b, c), _, rank, _ = np.linalg.lstsq(design, x**2 + y**2, rcond=None)
            radius[track] = np.sqrt(max(c + a**2 + b**2, 0.0)) if rank == 3 else np.nan
    return radius


@dataclass(frozen=True, slots=True, kw_only=True)
class Kasa(Fitter):
    """Kasa's circle through the innermost hits: a transverse momentum, and nothing else (charge 1, pz 0).

    Source: Kasa, IEEE Transactions on Instrumentation and Measurement 25 (1976) 8.
    """

    promises: ClassVar[Promises] = NOTHING

    hits: int = setting(0, "how many hits, from the inside out; 0: all", least=0)

    def fit(self, hits: TrackHits, apparatus: Apparatus) -> Fit:
        """Fit circles."""
        chosen = choose_innermost(hits, self.hits)
        momentum = LIGHT * abs(apparatus.field) * fit_circles(chosen)
        known = np.isfinite(momentum) & (momentum > 0)
        reason = np.where(known, GOOD, np.where(chosen.length < 3, FEW, STRAIGHT))
        return Fit(
            parameters=say_momenta(np.where(known, momentum, np.nan)),
            chi2=np.full(len(hits), np.nan),
            ndf=2 * chosen.length - 5,
            reason=reason,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Innermost(Fitter):
    """Another fitter, given the innermost hits alone."""

    promises: ClassVar[Promises] = NOTHING

    method: Literal["karimaki", "gls", "kalman", "corrector", "trackformer"] = setting("karimaki", "the fitter")
    hits: int = setting(0, "how many hits, from the inside out; 0: all", least=0)

    def fit(self, hits: TrackHits, apparatus: Apparatus) -> Fit:
        """Fit tracks as the other fitter does."""
        fitter: Fitter = FITTERS[self.method]()
        return fitter.fit(choose_innermost(hits, self.hits), apparatus)


def say_momenta(
    momentum: Float[np.ndarray, " track"], along: Float[np.ndarray, " track"] | None = None
) -> HelixParameters:
    """Give perigees of which only the momentum is known: on the axis, along x, of charge 1.

    Args:
        momentum: transverse momentum [GeV]; NaN where nothing is known.
        along: momentum along the field [GeV]; default: none.
    """
    forward = np.zeros(len(momentum)) if along is None else along
    nothing = np.zeros(len(momentum))
    value = np.stack(
        [nothing, nothing, nothing, np.arctan2(momentum, forward), 1 / np.hypot(momentum, forward)], axis=1
    )
    return HelixParameters(np.where(np.isfinite(momentum)[:, None], value, np.nan))
