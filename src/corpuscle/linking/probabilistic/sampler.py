"""Sample the posterior of who is who: links by their probabilities, for any number of particles, misses and births."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.settings import setting
from corpuscle.data.units import FRAMES, RATE
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.sampling.chain import is_complete
from corpuscle.estimation.sampling.sampler import BETWEEN, TOLERANCE, LinkSamples, sample_links
from corpuscle.linking.base import Domain, Promises
from corpuscle.linking.probabilistic.brownian import WalkLinker

MISSES, FALSE, TURNOVER = 0.1, 0.1, 0.02
"""What is assumed where counts differ and nobody said: misses, false detections and births or deaths a particle."""


class NotConverged(ValueError):
    """Chains that began apart have not come to agree.

    Args:
        samples: what they found.
    """

    def __init__(self, samples: LinkSamples) -> None:
        self.samples = samples
        super().__init__(
            f"the two chains disagree after {samples.sweeps:,} sweeps: the expected Jaccard of the links of one "
            f"changes by {samples.agreement:.4f} under the other (at most {TOLERANCE} is allowed), and they differ in "
            f"{samples.difference:.3f} of their link probability (at most {BETWEEN}); raise `sweeps`, or set "
            f"unconverged=true to link all the same"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSampler(WalkLinker):
    """Link by posterior probabilities that two Markov chains over sets of tracks agree on.

    p(tracks | z) ~ product over tracks of s(first frame) / V, of w(g) N(z; H x, S) for each link over g frames, and of
    e(last frame), and over detections without a link of s e / V + false_detections / V, with s, w and e from misses,
    births and deaths (`Population`), N the innovations of a Kalman filter and V the box around all detections. The
    links made are those of the largest expected Jaccard, or all worth making above `minimum_probability`. Particles
    that are all seen in every frame, and nothing else, are followed through all frames. The precision of each detection
    is used where the table has it and `measurement_noise` is not given; frames are the clock, a time is not used.

    Chains that disagree in the end are refused: `NotConverged`.

    Source: Oh, Russell and Sastry, IEEE Trans. Automatic Control 54 (2009) 481, Markov chain Monte Carlo data
    association; motion and noise of Mishra and Roudot, EUSIPCO (2024), Eqs 2-3.

    >>> detections = Detections(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [9.0, 0.0], [8.5, 0.0], [0.5, 0.0]]))
    >>> LinkSampler(step=1.0).link(detections).pair
    array([[0, 3], [1, 2]])
    """

    domain: ClassVar[Domain] = Domain(particles=(0, 80))
    # the box around all detections, over which false ones lie, is along the axes
    promises: ClassVar[Promises] = Promises(probabilities=True, equivariant=False)

    persistence: float = setting(1.0, "correlation of a velocity with that of the frame before (phi)", least=0, most=1)
    misses: float | None = setting(
        None, "chance that a particle is missed in a frame; default 0, or 0.1 where the counts of frames differ",
        least=0, most=0.99,
    )  # fmt: skip
    false_detections: float | None = setting(
        None, "mean number of false detections a frame; default 0, or 0.1 for each detection where counts differ",
        unit=RATE, least=0,
    )  # fmt: skip
    births: float | None = setting(
        None, "mean number of new particles a frame; default 0, or 0.02 for each detection where counts differ",
        unit=RATE, least=0,
    )  # fmt: skip
    deaths: float | None = setting(
        None, "chance a frame that a particle ends; default 0, or 0.02 where counts differ", unit=RATE, least=0,
        most=0.99,
    )  # fmt: skip
    gap: int | None = setting(
        None, "most frames missed between two linked detections; default from the misses", unit=FRAMES, least=0
    )
    sweeps: int = setting(
        32_000, "the most sweeps of each chain, of a proposal for each detection (200 at least)", least=20
    )
    seed: int = setting(0, "where the chances of the chains come from", least=0)
    minimum_probability: float | None = setting(
        None, "least probability of a link worth making; default from the expected Jaccard", least=0, most=1
    )
    unconverged: bool = setting(False, "link even where the chains disagree")
    limit: int = setting(5000, "the most detections", least=1)

    def settle(self, detections: Detections) -> "LinkSampler":
        """Give the same linker with step, noise, rates and gap filled in."""
        population = self.populate(detections)
        return dataclasses.replace(
            self,
            step=population.step,
            measurement_noise=self.measurement_noise if self.measured(detections) else population.measurement_noise,
            misses=round(1.0 - population.detection_probability, 12),
            false_detections=population.false_rate,
            births=population.birth_rate,
            deaths=population.death_rate,
            gap=population.choose_gap() if self.gap is None else self.gap,
        )

    def link(self, detections: Detections) -> Links:
        """Link detections by the probability of each link.

        Raises: ValueError, when there are more detections than the limit; NotConverged, when the chains disagree.
        """
        samples = self.sample(detections)
        if not samples.converged and not self.unconverged:
            raise NotConverged(samples)
        return samples.decide(self.minimum_probability)

    def sample(self, detections: Detections) -> LinkSamples:
        """Sample the posterior of the links; what is expected of it is the ceiling of every method.

        Raises: ValueError, when there are more detections than the limit.
        """
        if len(detections) > self.limit:
            message = (
                f"{len(detections):,} detections are more than the sampler's limit of {self.limit:,}; take the linker "
                f"`marginal`, or raise `limit`"
            )
            raise ValueError(message)
        population = self.populate(detections)
        if not self.measured(detections):
            detections = dataclasses.replace(detections, deviation=None)
        return sample_links(
            detections, population, np.random.default_rng(self.seed), gap=self.gap, sweeps=self.sweeps
        )  # fmt: skip

    def measured(self, detections: Detections) -> bool:
        """Tell whether the precision of each detection is used."""
        return self.measurement_noise is None and detections.deviation is not None

    def populate(self, detections: Detections) -> Population:
        """Settle how the particles move and are seen."""
        step, noise = self.settled(detections)
        differ = not is_complete(detections.frame)
        mean = len(detections) / max(float(np.ptp(detections.frame)) + 1.0, 1.0) if len(detections) else 0.0

        def choose(given: float | None, usual: float) -> float:
            return float(given) if given is not None else usual if differ else 0.0

        return Population(
            step=step,
            rate=float(self.drift),
            persistence=float(self.persistence),
            measurement_noise=noise,
            detection_probability=1.0 - choose(self.misses, MISSES),
            false_rate=choose(self.false_detections, FALSE * mean),
            birth_rate=choose(self.births, TURNOVER * mean),
            death_rate=choose(self.deaths, TURNOVER),
        )
