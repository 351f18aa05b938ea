"""The Kalman filter from the outermost hit inwards, and its smoother."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.estimation.helices.helix import Measured
from corpuscle.fitting.base import GOOD
from corpuscle.fitting.classical.iterated import IteratedFitter, Progress
from corpuscle.fitting.classical.kalman_kernel import filter_tracks
from corpuscle.fitting.measured import measure


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """What the hits of a track together say at each of them.

    Args:
        parameters: the perigee of the helix that leads to each hit, from all hits; NaN where its track has none.
        residual: how far each hit lies beyond what the others say, along r phi and along z [mm]; NaN where they do not
            tell a track without it.
        covariance: that of the residual [mm^2].
    """

    parameters: HelixParameters
    residual: Float[np.ndarray, "hit 2"]
    covariance: Float[np.ndarray, "hit 2 2"]

    @property
    def chi2(self) -> Float[np.ndarray, " hit"]:
        """How far each hit lies from its track, in units of the errors; of two degrees of freedom."""
        (x, y), v = self.residual.T, self.covariance
        area = v[:, 0, 0] * v[:, 1, 1] - v[:, 0, 1] ** 2
        return np.asarray((v[:, 1, 1] * x**2 - 2 * v[:, 0, 1] * x * y + v[:, 0, 0] * y**2) / area)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kalman(IteratedFitter):
    """Kalman filter: hit by hit from the outside in, with noise wherever a cylinder scatters; the smoother goes back.

    The state is the perigee of the helix that leads to the cylinder where the filter stands, linear about the
    parameters so far. In its information form the filter needs no first guess: a hit adds h'h/variance, a cylinder
    takes away what its kick hides, P = P + G Q G', with G how the perigee changes with a kick there. Filtered again
    about what it found until that no longer moves: the same minimum as that of `gls`. The smoother adds what a second
    filter from the inside out knows.

    Source: Fruehwirth, NIM A262 (1987) 444; Fraser and Potter, IEEE Trans. Automat. Contr. 14 (1969) 387.

    >>> from corpuscle.simulation.helical import Helix
    >>> world = Helix(tracks=1000)
    >>> drawn = world.simulate(np.random.default_rng(0))
    >>> hits = drawn.hits.collect_tracks()
    >>> fit = Kalman().fit(hits, world.apparatus)
    >>> float((fit.chi2 / fit.ndf).mean().round(2)), Kalman().smooth(hits, world.apparatus).chi2.shape
    (1.01, (10000,))
    """

    def step(
        self,
        measured: Measured,
        rows: Int[np.ndarray, " row"],
        angle: Float[np.ndarray, "row layer"],
        growth: Float[np.ndarray, "row layer"],
        progress: Progress,
    ) -> None:
        """Filter once about the parameters so far."""
        run_filter(measured, rows, angle, growth, progress, make_room(0))

    def smooth(self, hits: TrackHits, apparatus: Apparatus) -> Smoothed:
        """Fit tracks and give what all hits of each say at every hit: where scattering left it there."""
        measured = measure(hits, apparatus)
        progress, reason = self.iterate(measured, hits, apparatus)
        rows = np.flatnonzero(reason == GOOD)
        angle, growth = self.pass_material(measured, apparatus, progress.value, rows)
        state, residual = room = make_room(len(measured.radius))
        run_filter(measured, rows, angle, growth, progress, room)
        state[~((state[:, 3, 5] > 0) & (state[:, 3, 5] < np.pi))] = np.nan
        parameters = HelixParameters(state[:, :, 5], state[:, :, :5])
        return Smoothed(parameters, residual[:, :, 2], residual[:, :, :2])


Room = tuple[Float[np.ndarray, "hit 5 6"], Float[np.ndarray, "hit 2 3"]]
"""Covariance and parameters, covariance and residual of each hit."""


def make_room(hits: int) -> Room:
    """Make room for what the smoother finds; none where it is not wanted."""
    return np.full((hits, 5, 6), np.nan), np.full((hits, 2, 3), np.nan)


def run_filter(
    measured: Measured,
    rows: Int[np.ndarray, " row"],
    angle: Float[np.ndarray, "row layer"],
    growth: Float[np.ndarray, "row layer"],
    progress: Progress,
    room: Room,
) -> None:
    """Filter tracks once; smooth them too, where there is room for it."""
    filter_tracks(
        measured.offset, measured.radius, measured.azimuth, measured.z, measured.place, measured.variance,
        measured.cylinder, measured.bend, rows, angle, growth,
        progress.value, progress.covariance, progress.chi2, progress.moved, *room,
    )  # fmt: skip
