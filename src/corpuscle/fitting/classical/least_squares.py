"""The weighted least-squares fit of all coordinates of a track at once."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.estimation.helices.helix import Measured
from corpuscle.fitting.classical.iterated import IteratedFitter, Progress
from corpuscle.fitting.classical.least_squares_kernel import step_tracks


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastSquares(IteratedFitter):
    """Global least squares: chi2 = (m - h(p))' C^-1 (m - h(p)) of r phi and z of all hits, with scattering in C.

    Gauss-Newton steps from the closed-form fit, at the radii of the hits; scattering of the cylinders between the first
    hit and the last, whether they have a hit or not.

    Source: Fruehwirth et al., in: Particle Physics Reference Library 2 (Springer, 2020), ch. 13.

    >>> from corpuscle.simulation.helical import Helix
    >>> world = Helix(tracks=1000)
    >>> drawn = world.simulate(np.random.default_rng(0))
    >>> fit = LeastSquares().fit(drawn.hits.collect_tracks(), world.apparatus)
    >>> float((fit.chi2 / fit.ndf).mean().round(2))
    1.01
    """

    def step(
        self,
        measured: Measured,
        rows: Int[np.ndarray, " row"],
        angle: Float[np.ndarray, "row layer"],
        growth: Float[np.ndarray, "row layer"],
        progress: Progress,
    ) -> None:
        """Take one Gauss-Newton step."""
        step_tracks(
            measured.offset, measured.radius, measured.azimuth, measured.z, measured.place, measured.variance,
            measured.cylinder, measured.bend, rows, angle, growth,
            progress.value, progress.covariance, progress.chi2, progress.moved,
        )  # fmt: skip
