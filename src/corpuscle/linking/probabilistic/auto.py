"""The linker that nobody needs to tune: it learns what it needs, chooses a method, and says what it did."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.estimation.learn import ENOUGH, TooLittle, assume_population, take_sample
from corpuscle.estimation.posterior.candidates import find_candidates
from corpuscle.linking.base import Linker, Promises
from corpuscle.linking.probabilistic.clusters import can_solve_pairs, find_clusters
from corpuscle.linking.probabilistic.marginal import PosteriorLinks, describe_motion
from corpuscle.linking.probabilistic.merged import MergedHypotheses

TYPICAL = "and a few in a hundred missed, false, born and ending"


@dataclass(frozen=True, slots=True, kw_only=True)
class Automatic(PosteriorLinks):
    """The best linker for the detections at hand, with everything that it needs learned from them.

    Two particles in every frame that walk, each perhaps with a drift of its own, go to `merged`; everything else to
    `marginal`. Where detections tell too little to learn from, parameters are assumed (`assume_population`), and
    probabilities are worth no more than that. What was learned, assumed and chosen is said. The settings are those of
    `marginal`; what is given is not learned.

    Source: the methods that it chooses from (`marginal`, `merged`).

    >>> detections = Detections(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [9.0, 0.0], [8.5, 0.0], [0.5, 0.0]]))
    >>> Automatic().link(detections).pair
    array([[0, 3], [1, 2]])
    """

    promises: ClassVar[Promises] = Promises(probabilities=True)

    def settle(self, detections: Detections) -> Linker:  # type: ignore[override] # another linker on purpose
        """Give the linker that was chosen, its settings filled in."""
        return self.learn(detections)[0]

    def learn(self, detections: Detections) -> tuple[Linker, tuple[str, ...]]:  # type: ignore[override] # likewise
        """Learn what was not given, and choose the linker."""
        asked = PosteriorLinks(**{field.name: getattr(self, field.name) for field in dataclasses.fields(self)})
        try:
            linker, notes = asked.learn(detections)
        except TooLittle as reason:
            assumed = assume_population(detections, fixed=asked.list_known(detections), gate=self.gate)
            linker = asked.fill_in(assumed)
            motion = f"{describe_motion(assumed)}, step {assumed.step:.3g} {{length}}"
            notes = (f"assumed, not learned: {motion}, {TYPICAL}: {reason}",)
        pair = as_pair(linker, detections)
        if pair is not None:
            return pair, (*notes, "method merged: two particles in every frame, whose hypotheses can be followed")
        return linker, (*notes, f"method marginal: {describe_crowd(linker, detections)}")

    def link(self, detections: Detections) -> Links:
        """Link detections with the linker that was chosen."""
        return self.settle(detections).link(detections)


def describe_crowd(linker: PosteriorLinks, detections: Detections) -> str:
    """Say how crowded detections are, by those in the middle of the sequence, and what solves them."""
    population = linker.build_population(detections)
    scenery = dataclasses.replace(take_sample(detections, ENOUGH), gate=linker.gate)
    if scenery.frames < 2:
        return "one frame has no links"
    candidates = find_candidates(scenery, population, linker.gap or 0)
    clusters = find_clusters(scenery, candidates)
    count = len(scenery)
    alone = clusters.count_alone(candidates) / count
    said = [f"{count / scenery.frames:.3g} detections a frame, of which {alone:.0%} have no rival"]
    if can_solve_pairs(scenery, population) and clusters.pair.any():
        said.append(f"{clusters.size[clusters.pair].sum() / count:.0%} are in pairs, solved exactly")
    return ", ".join([*said, f"the rest in clusters of up to {clusters.size.max()}, solved by messages"])


def as_pair(linker: PosteriorLinks, detections: Detections) -> MergedHypotheses | None:
    """Give the linker of two particles that walk, where that is what there is and no other decision was asked for."""
    population = linker.build_population(detections)
    number, count = np.unique(detections.frame, return_counts=True)
    two = len(number) > 1 and set(count.tolist()) == {2} and population.complete
    plain = population.slow_share == 0 and (population.rate == 0 or population.persistence > 0.999)
    if not (two and plain and linker.minimum_probability is None and detections.deviation is None):
        return None
    return MergedHypotheses(step=population.step, measurement_noise=population.measurement_noise, drift=population.rate)
