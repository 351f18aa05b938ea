"""Two particles, every hypothesis: links by their exact probabilities, and the best that any method can do."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links, no_links
from corpuscle.data.settings import setting
from corpuscle.data.units import LENGTH
from corpuscle.estimation.posterior.ising import LinkPosterior, couple, find_posterior
from corpuscle.linking.base import Domain, Promises
from corpuscle.linking.panel import Panel, lay_panel
from corpuscle.linking.probabilistic.brownian import WalkLinker
from corpuscle.linking.probabilistic.merged import read_same


@dataclass(frozen=True, slots=True, kw_only=True)
class ExactPosterior(WalkLinker):
    """Link two particles by the exact posterior of who is who, an Ising model over frames.

    log p(s | z) = -1/2 s' J s, J = P * (d d'), P = C^-1, C = start_spread^2 + step^2 min(t, t') + drift^2 t t' +
    measurement_noise^2 I, with d the difference of the two positions over sqrt(2) and s_t = +1 or -1 for which is
    which. Up to 16 frames all signs are enumerated; beyond, they are sampled, with two chains that begin apart. Each
    link is the likelier one, so that no method has more right links on average where the motion is the true one.
    `start_spread` is the standard deviation of the first positions; without it nothing is known of them (the limit of
    an infinite one), and nothing is learned from the detections. The precision of single detections is not used.

    Source: derived for Mishra and Roudot, EUSIPCO (2024), Eqs 2-3, by integrating out the two paths.

    >>> detections = Detections(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [9.0, 0.0], [8.5, 0.0], [0.5, 0.0]]))
    >>> ExactPosterior(step=1.0).link(detections).pair
    array([[0, 3], [1, 2]])
    """

    domain: ClassVar[Domain] = Domain(particles=(2, 2), misses=False)
    promises: ClassVar[Promises] = Promises(probabilities=True)

    start_spread: float | None = setting(
        None, "standard deviation of where particles begin; default nothing is known", unit=LENGTH, least=0
    )
    sweeps: int = setting(1000, "sweeps of each of the two chains, beyond 16 frames", least=6)
    seed: int = setting(0, "where the chances of the sampler come from", least=0)

    def link(self, detections: Detections) -> Links:
        """Link detections, each the likelier way."""
        panel = lay_panel(detections)
        if len(panel) < 2:
            return no_links()
        return read_same(panel, self.weigh(detections, panel).same)

    def weigh(self, detections: Detections, panel: Panel | None = None) -> LinkPosterior:
        """Give the posterior of the links; its `expect_accuracy` is the ceiling of every method."""
        panel = lay_panel(detections) if panel is None else panel
        step, noise = self.settled(detections)
        difference = (panel.position[:, 0] - panel.position[:, 1]) / np.sqrt(2.0)
        start = None if self.start_spread is None else float(self.start_spread)
        coupling = couple(
            difference, panel.clock, step=step, measurement_noise=noise, drift=float(self.drift), start=start
        )
        return find_posterior(coupling, np.random.default_rng(self.seed), sweeps=self.sweeps)


def expect_accuracy(links: Links, detections: Detections, posterior: LinkPosterior) -> float:
    """Give the share of some links that are expected to be right, by the posterior of two particles.

    Every detection has one link, to the next frame.

    Args:
        links: the links of any method.
        detections: what was linked.
        posterior: the posterior of its links (`ExactPosterior.weigh`).
    """
    panel = lay_panel(detections)
    following = np.full(len(detections), -1)
    following[links.pair[:, 0]] = links.pair[:, 1]
    keeps = following[panel.rows[:-1, 0]] == panel.rows[1:, 0]
    return posterior.expect_accuracy(np.where(keeps, 1.0, -1.0))
