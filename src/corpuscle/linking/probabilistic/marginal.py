"""Links by their posterior probabilities, for any number of particles that are missed, appear and vanish."""

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from corpuscle.data.detections import Detections, choose_unit, measure_in
from corpuscle.data.estimates import Estimates
from corpuscle.data.links import Links
from corpuscle.data.progress import follow
from corpuscle.data.settings import TINY, setting
from corpuscle.data.units import FRAMES, LENGTH, RATE, SPEED
from corpuscle.estimation.learn import Learned, learn_population
from corpuscle.estimation.marginal import SWEEPS, Marginals, weigh_links
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery, measure_field, shorten_holes
from corpuscle.linking.base import Linker, Promises
from corpuscle.linking.believed import filter_tracks
from corpuscle.linking.classical.sequence import Sequence, sort_frames
from corpuscle.linking.probabilistic.clusters import solve_pairs
from corpuscle.linking.probabilistic.windows import Decided, Window, cut, split_windows

MARGIN = 6
"""Frames beside a window that are looked at as well, and not decided."""

MOSTLY_FALSE = 0.5
"""The share of detections taken for false from which on it is said that they may be particles too fast to follow."""

PARAMETERS = {
    "step": "step",
    "drift": "rate",
    "persistence": "persistence",
    "measurement_noise": "measurement_noise",
    "slow_step": "slow_step",
    "slow_share": "slow_share",
    "switching": "switching",
    "false_detections": "false_rate",
    "births": "birth_rate",
    "deaths": "death_rate",
}
"""Which parameter of the population each setting is; `misses` is one less the detection probability."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PosteriorLinks(Linker):
    """Links decided by how likely each is, given all detections; what nobody gives is learned from them.

    Each detection carries a belief about its particle given its past and one given its future, mixed over all its
    possible neighbours in time; links that share a detection are settled as rivals by messages (`weigh_links` has the
    formulas). A detection may start, end, skip frames or be false, each at a rate. Clusters that share no candidate do
    not touch each other; where a cluster is two particles that are always seen, its hypotheses are followed exactly, as
    by `merged`. Among the links those are made that maximise the expected Jaccard index, or with `minimum_probability`
    those of the largest sum of (probability - minimum). Every setting that is left out is learned
    (`learn_population`), with what was given held fast.

    Source: soft forward-backward over detections in the line of Williams and Lau, IEEE TAES 50 (2014) 2942, and Meyer
        et al., Proc. IEEE 106 (2018) 221.

    >>> detections = Detections(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [9.0, 0.0], [8.5, 0.0], [0.5, 0.0]]))
    >>> known = PosteriorLinks(
    ...     step=1.0, drift=0.0, measurement_noise=0.1, misses=0.0, false_detections=0.0, births=0.0, deaths=0.0
    ... )
    >>> known.link(detections).pair
    array([[0, 3], [1, 2]])
    """

    promises: ClassVar[Promises] = Promises(probabilities=True)

    step: float | None = setting(
        None,
        "standard deviation of one step along each axis (mu); default learned",
        unit=LENGTH,
        least=TINY,
        most=1e100,
    )
    drift: float | None = setting(
        None, "standard deviation of velocities along each axis; default learned", unit=SPEED, least=0, most=1e100
    )
    persistence: float | None = setting(
        None, "correlation of a velocity with that of the frame before, 1: constant drifts; default learned",
        least=0, most=1,
    )  # fmt: skip
    measurement_noise: float | None = setting(
        None, "standard deviation of a measured coordinate where the table has none (sigma); default learned",
        unit=LENGTH, least=0, most=1e100,
    )  # fmt: skip
    slow_step: float | None = setting(
        None, "standard deviation of one step of a second, slow kind; default learned", unit=LENGTH, least=0, most=1e100
    )
    slow_share: float | None = setting(None, "share of the slow kind; default learned", least=0, most=1)
    switching: float | None = setting(
        None, "chance a frame that a particle's kind is drawn anew; default learned", unit=RATE, least=0, most=1
    )
    misses: float | None = setting(None, "chance that a detection is missed; default learned", least=0, most=0.99)
    false_detections: float | None = setting(None, "mean number of false detections a frame; default learned", least=0)
    births: float | None = setting(None, "mean number of new particles a frame; default learned", least=0)
    deaths: float | None = setting(
        None, "chance a frame that a particle ends; default learned", unit=RATE, least=0, most=0.99
    )
    gap: int | None = setting(
        None, "missed frames bridged; default as many as the misses suggest, 5 at most", unit=FRAMES, least=0, most=100
    )
    gate: float | None = setting(
        None, "distance beyond which a pair is not considered; default 4.5 standard deviations of a displacement",
        unit=LENGTH, least=0, most=1e100,
    )  # fmt: skip
    minimum_probability: float | None = setting(
        None, "links are worth making from this probability on; default what maximises the expected Jaccard index",
        least=0, most=1,
    )  # fmt: skip
    sweeps: int = setting(SWEEPS, "how often beliefs are mixed", least=0, most=1000)
    window: int = setting(300_000, "detections that are looked at at once", least=100)

    def settle(self, detections: Detections) -> "PosteriorLinks":
        """Give the same linker with what it learns filled in."""
        return self.learn(detections)[0]

    def learn(self, detections: Detections) -> tuple["PosteriorLinks", tuple[str, ...]]:
        """Learn what was not given.

        Raises: TooLittle, when the detections tell too little for it.
        """
        fixed = self.list_known(detections)
        if self.is_settled(fixed):
            return dataclasses.replace(self, gap=self.choose_gap(Population(**fixed))), ()
        learned = learn_population(detections, fixed=fixed)
        notes = (*describe_learned(learned), *doubt_false(learned, detections))
        return self.fill_in(learned.population), notes

    def list_known(self, detections: Detections) -> dict[str, float]:
        """List the parameters that are known."""
        given = {name: getattr(self, key) for key, name in PARAMETERS.items()}
        given["detection_probability"] = None if self.misses is None else 1.0 - self.misses
        known = {name: float(value) for name, value in given.items() if value is not None}
        if known.get("rate") == 0.0:
            known.setdefault("persistence", 1.0)
        if known.get("slow_share", 0.0) == 0.0 and "step" in known:
            known |= {"slow_share": 0.0, "slow_step": 0.0}
        if known.get("slow_share") == 0.0:
            known.setdefault("switching", 0.0)
        if len(np.unique(detections.frame)) < 2:
            known = dataclasses.asdict(Population(step=1.0)) | known
        return known

    @staticmethod
    def is_settled(known: dict[str, float]) -> bool:
        """Tell whether nothing is left to be learned."""
        return len(known) == len(dataclasses.fields(Population))

    def choose_gap(self, population: Population) -> int:
        """Give the gap that was set, else the one that the misses suggest."""
        return population.choose_gap() if self.gap is None else self.gap

    def fill_in(self, population: Population) -> "PosteriorLinks":
        """Give the same linker with a population's parameters."""
        values: dict[str, Any] = {key: float(getattr(population, name)) for key, name in PARAMETERS.items()}
        values["gap"] = self.choose_gap(population)
        return dataclasses.replace(self, **values, misses=1.0 - population.detection_probability)

    def build_population(self, detections: Detections) -> Population:
        """Give the population that a settled linker stands for."""
        return Population(**self.list_known(detections))

    def link(self, detections: Detections) -> Links:
        """Link detections, window by window where they are many.

        Raises: TooLittle, when something is to be learned that the detections do not tell.
        """
        sequence = sort_frames(detections)
        if len(sequence) < 2:
            return Decided.begin(0).gather(sequence)
        decided = Decided.begin(len(detections))
        for window, marginals in self.weigh_windows(detections, sequence):
            decided.take(marginals, sequence.start, window, self.minimum_probability)
        return decided.gather(sequence)

    def weigh_candidates(self, detections: Detections) -> Links:
        """Give every candidate link with its probability, also those that are not worth making.

        Args:
            detections: what was measured, rows in any order.

        Raises: TooLittle, as `link` does.
        """
        sequence = sort_frames(detections)
        found = [(np.empty((0, 2), dtype=np.int64), np.empty(0))]
        for window, marginals in self.weigh_windows(detections, sequence) if len(sequence) > 1 else []:
            low, candidates = int(sequence.start[window.first]), marginals.candidates
            row = candidates.row + low
            ours = (row >= sequence.start[window.begins]) & (row < sequence.start[window.ends])
            pair = np.stack([sequence.rows[row], sequence.rows[candidates.column + low]], axis=1)
            found.append((pair[ours], np.minimum(marginals.probability[ours], 1.0)))
        return Links(np.concatenate([pair for pair, _ in found]), np.concatenate([chance for _, chance in found]))

    def weigh_windows(self, detections: Detections, sequence: Sequence) -> Iterator[tuple[Window, Marginals]]:
        """Weigh the candidates of each window."""
        settled = self if self.is_settled(self.list_known(detections)) else self.settle(detections)
        unit = choose_unit(detections)
        population = settled.build_population(detections).measure_in(unit)
        detections = measure_in(detections, unit)
        scenery = lay_whole(detections, sequence, population)
        if settled.gate is not None:
            scenery = dataclasses.replace(scenery, gate=settled.gate / unit)
        gap = settled.choose_gap(population)
        for window in follow(list(split_windows(sequence.start, settled.window, MARGIN + gap + 1)), "linking"):
            part = cut(scenery, window)
            yield window, solve_pairs(part, settled.weigh(part, population, gap), population)

    def weigh(self, scenery: Scenery, population: Population, gap: int) -> Marginals:
        """Give how likely each link of a window is."""
        return weigh_links(scenery, population, gap=gap, sweeps=self.sweeps)

    def estimate(self, detections: Detections, links: Links) -> Estimates:
        """Filter and smooth along the links."""
        population = self.build_population(detections)
        lasting = population.persistence > 0.5
        step = population.step if lasting else float(np.hypot(population.step, population.rate))
        doubt = population.measurement_noise**2 if detections.deviation is None else detections.deviation**2
        return filter_tracks(
            detections, links, doubt, slot="position", process_noise=step, rate=population.rate if lasting else 0.0,
            smoothed=True,
        )  # fmt: skip


def lay_whole(detections: Detections, sequence: Sequence, population: Population) -> Scenery:
    """Lay out the whole sequence, with the field and the count of particles of all windows."""
    variance = None
    if detections.deviation is not None:
        variance = (detections.deviation[sequence.rows] ** 2).mean(axis=1)
    position = np.ascontiguousarray(detections.position[sequence.rows])
    whole = Scenery(position, sequence.start, shorten_holes(sequence.number), variance)
    volume, particles = measure_field(whole, population), whole.count_particles(population)
    return dataclasses.replace(whole, volume=volume, particles=particles)


UNITS = {
    "step": "{length}", "drift": "{length} a frame", "persistence": "", "measurement_noise": "{length}",
    "slow_step": "{length}", "slow_share": "", "switching": "a frame", "false_detections": "a frame",
    "births": "a frame", "deaths": "a frame",
}  # fmt: skip
"""What stands behind the value of each setting; `deaths` and `switching` are chances, the others numbers."""


def describe_learned(learned: Learned) -> tuple[str, ...]:
    """Say what was learned, by the names of the settings, each with its standard error."""
    kind = describe_motion(learned.population)
    parts = [
        say_value(key, getattr(learned.population, name), learned.error[name])
        for key, name in PARAMETERS.items()
        if name in learned.error
    ]
    seen = "detection_probability"
    if seen in learned.error:
        parts.append(say_value("misses", 1.0 - learned.population.detection_probability, learned.error[seen]))
    said = f"; {', '.join(parts)}" if parts else ""
    return (f"learned from about {learned.links:.0f} links: {kind}{said}",)


def doubt_false(learned: Learned, detections: Detections) -> tuple[str, ...]:
    """Say where most detections are taken for false, which is also what particles too fast to follow look like."""
    share = learned.population.false_rate * len(np.unique(detections.frame)) / len(detections)
    if "false_rate" not in learned.error or share < MOSTLY_FALSE:
        return ()
    said = (
        f"{min(share, 1.0):.0%} of the detections are taken for false; if they are particles, these move farther in a "
        f"frame than they lie apart, and what was learned is not theirs: say drift=... or step=..., or take frames "
        f"closer together"
    )
    return (said,)


def say_value(setting: str, value: float, error: float) -> str:
    """Say the value of a setting and its standard error.

    >>> say_value("slow_step", 0.0902, 0.0093), say_value("misses", 0.05, np.nan)
    ('slow step 0.0902 ± 0.0093 {length}', 'misses 0.05')
    """
    doubt = f" ± {error:.2g}" if np.isfinite(error) else ""
    return f"{setting.replace('_', ' ')} {value:.3g}{doubt} {UNITS.get(setting, '')}".rstrip()


def describe_motion(population: Population) -> str:
    """Name the motion of a population.

    >>> describe_motion(Population(step=1.0))
    'random walk'
    """
    if population.slow_share > 0:
        return "two kinds of particles, mobile and slow"
    if population.rate == 0:
        return "random walk"
    return "random walk with a constant drift" if population.persistence > 0.999 else "persistent velocity"
