"""What fits by iteration share: from the closed-form fit, step by step, to where a step no longer counts."""

from abc import abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.material import PION
from corpuscle.data.settings import setting
from corpuscle.estimation.helices.circle import fit_circles
from corpuscle.estimation.helices.helix import Measured
from corpuscle.estimation.helices.passage import pass_cylinders
from corpuscle.fitting.base import DIVERGED, GOOD, LOOPING, Fit, Fitter
from corpuscle.fitting.measured import measure
from corpuscle.fitting.screen import mark, screen

TOLERANCE = 1e-6
"""A squared step, in units of the covariance, that no longer counts."""


@dataclass(slots=True, eq=False, kw_only=True)
class Progress:
    """How far the fit of each track has come; fitters write into it.

    Args:
        value: d0, z0, phi, theta, q/p.
        covariance: their covariance.
        chi2: of the last step.
        moved: the square of the last step in units of the covariance; NaN where none could be taken.
    """

    value: Float[np.ndarray, "track 5"]
    covariance: Float[np.ndarray, "track 5 5"]
    chi2: Float[np.ndarray, " track"]
    moved: Float[np.ndarray, " track"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IteratedFitter(Fitter):
    """A fitter that starts from the closed-form fit and takes steps."""

    scattering: bool = setting(True, "whether the cylinders scatter")
    energy_loss: bool = setting(False, "whether the cylinders take the mean energy of the Bethe equation")
    mass: float = setting(PION, "mass of the particles", unit="GeV", above=0)
    iterations: int = setting(10, "steps at most; a track that is not at rest after them is marked", least=1)

    @abstractmethod
    def step(
        self,
        measured: Measured,
        rows: Int[np.ndarray, " row"],
        angle: Float[np.ndarray, "row layer"],
        growth: Float[np.ndarray, "row layer"],
        progress: Progress,
    ) -> None:
        """Take one step of the tracks in `rows`: write what is better into `progress`.

        Args:
            measured: the hits of all tracks.
            rows: the tracks to improve.
            angle: standard deviation of the deflection of each of them at each cylinder [rad].
            growth: by which share of its first value their q/p grows at each cylinder.
            progress: how far all tracks have come.
        """

    def fit(self, hits: TrackHits, apparatus: Apparatus) -> Fit:
        """Fit tracks until their steps no longer count; what cannot be fitted is marked with its reason."""
        progress, reason = self.iterate(measure(hits, apparatus), hits, apparatus)
        return mark(hits, progress.value, progress.covariance, progress.chi2, reason)

    def iterate(
        self, measured: Measured, hits: TrackHits, apparatus: Apparatus
    ) -> tuple[Progress, Int[np.ndarray, " track"]]:
        """Take steps of all tracks that can be fitted; give where they end, and why others do not."""
        reason = screen(hits)
        value, covariance, chi2 = fit_circles(
            hits.position, hits.offset, measured.variance, field=apparatus.field, wanted=reason == GOOD
        )
        reason[(reason == GOOD) & np.isnan(chi2)] = LOOPING
        progress = Progress(value=value, covariance=covariance, chi2=chi2, moved=np.full(len(hits), np.inf))
        rows = np.flatnonzero(reason == GOOD)
        for _ in range(self.iterations):
            angle, growth = self.pass_material(measured, apparatus, value, rows)
            self.step(measured, rows, angle, growth, progress)
            keep_bounds(progress, rows)
            rows = rows[progress.moved[rows] > TOLERANCE]
            if not len(rows):
                break
        reason[(reason == GOOD) & ~(progress.moved <= TOLERANCE)] = DIVERGED
        return progress, reason

    def pass_material(
        self,
        measured: Measured,
        apparatus: Apparatus,
        value: Float[np.ndarray, "track 5"],
        rows: Int[np.ndarray, " row"],
    ) -> tuple[Float[np.ndarray, "row layer"], Float[np.ndarray, "row layer"]]:
        """Give what the cylinders do to tracks: how far they deflect them, by how much their q/p grows."""
        angle, growth = pass_cylinders(
            value[rows], apparatus.material, measured.first[rows], mass=self.mass, energy_loss=self.energy_loss
        )
        return (angle if self.scattering else np.zeros_like(angle)), growth


def keep_bounds(progress: Progress, rows: Int[np.ndarray, " row"]) -> None:
    """Bring phi back to within half a turn of 0; a theta that left its range has no step to take."""
    phi = progress.value[rows, 2]
    progress.value[rows, 2] = phi - 2 * np.pi * np.round(phi / (2 * np.pi))
    theta = progress.value[rows, 3]
    progress.moved[rows[~((theta > 0) & (theta < np.pi))]] = np.nan
