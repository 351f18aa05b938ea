"""The closed-form fit: a circle across the field, a line along it."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.material import PION
from corpuscle.data.settings import setting
from corpuscle.estimation.helices.circle import fit_circles, spread_circles
from corpuscle.estimation.helices.helix import Measured
from corpuscle.estimation.helices.passage import pass_cylinders
from corpuscle.fitting.base import GOOD, LOOPING, Fit, Fitter, Promises
from corpuscle.fitting.measured import measure
from corpuscle.fitting.screen import mark, measure_variance, screen


@dataclass(frozen=True, slots=True, kw_only=True)
class Karimaki(Fitter):
    """Closed-form circle and line: no iteration, and nothing is known of scattering.

    The covariance is that of the measurement alone, which is far too small where tracks scatter, unless `scattering`
    asks for more, at several times the cost; the parameters stay the same.

    Source: Karimaki, NIM A305 (1991) 187.

    >>> from corpuscle.data.apparatus import lay_barrel
    >>> position = np.array([[32.0, 0.1, 16.0], [72.0, 0.6, 36.0], [116.0, 1.6, 58.0]])
    >>> name, layer = np.zeros(1, dtype=int), np.arange(3)
    >>> hits = TrackHits(event=name, track=name, offset=np.array([0, 3]), position=position, layer=layer)
    >>> Karimaki().fit(hits, lay_barrel()).parameters.transverse_momentum.round(1)
    array([2.5])
    """

    promises: ClassVar[Promises] = Promises(covariance_scattering=False)

    scattering: bool = setting(False, "whether the covariance knows that cylinders scatter")
    mass: float = setting(PION, "mass of the particles, for scattering", unit="GeV", above=0)

    def fit(self, hits: TrackHits, apparatus: Apparatus) -> Fit:
        """Fit tracks in closed form; what cannot be fitted is marked with its reason."""
        reason = screen(hits)
        value, covariance, chi2 = fit_circles(
            hits.position, hits.offset, measure_variance(hits, apparatus), field=apparatus.field, wanted=reason == GOOD
        )
        reason = np.where((reason == GOOD) & np.isnan(chi2), LOOPING, reason)
        if self.scattering:
            good = np.flatnonzero(reason == GOOD)
            covariance[good] = self.spread(measure(hits, apparatus).choose(good), value[good], apparatus)
        return mark(hits, value, covariance, chi2, reason)

    def spread(
        self, measured: Measured, value: Float[np.ndarray, "track 5"], apparatus: Apparatus
    ) -> Float[np.ndarray, "track 5 5"]:
        """Give the covariance with scattering."""
        angle, _ = pass_cylinders(value, apparatus.material, measured.first, mass=self.mass)
        return spread_circles(measured, value, angle)
