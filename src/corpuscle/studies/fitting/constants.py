"""A fitter that looks at no hit: what a score is worth shows in what a constant gets."""

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.data.settings import setting
from corpuscle.fitting.base import GOOD, Fit, Fitter, Promises


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant(Fitter):
    """Say the same of every track: the mean or the median momentum of a spectrum that is uniform in log pT, and pz 0.

    The mean of pT is (high - low) / ln(high / low), the median sqrt(low high).

    >>> Constant(statistic="median").transverse_momentum
    5.0
    """

    promises: ClassVar[Promises] = Promises(
        covariance=False, covariance_scattering=False, equivariant=False, exact=False
    )

    statistic: Literal["mean", "median"] = setting(
        "mean", "which of the two: of squared or of absolute errors the best"
    )
    lowest_pt: float = setting(0.5, "least transverse momentum", unit="GeV", above=0)
    highest_pt: float = setting(50.0, "largest transverse momentum", unit="GeV", above=0)

    @property
    def transverse_momentum(self) -> float:
        """What it says of pT [GeV]."""
        if self.statistic == "median":
            return math.sqrt(self.lowest_pt * self.highest_pt)
        return (self.highest_pt - self.lowest_pt) / math.log(self.highest_pt / self.lowest_pt)

    def fit(self, hits: TrackHits, apparatus: Apparatus) -> Fit:
        """Say it, of a positive charge; `apparatus` has no say."""
        value = np.tile([0.0, 0.0, 0.0, math.pi / 2, 1 / self.transverse_momentum], (len(hits), 1))
        return Fit(
            parameters=HelixParameters(value),
            chi2=np.full(len(hits), np.nan),
            ndf=2 * hits.length - 5,
            reason=np.full(len(hits), GOOD),
        )
