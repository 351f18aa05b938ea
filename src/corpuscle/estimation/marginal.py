"""How likely each link is: all pasts and futures of a detection mixed into one belief, and rivals that share links."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections, split_frames
from corpuscle.estimation.gate import LIMIT, check_count
from corpuscle.estimation.gate_kernel import collect_pairs
from corpuscle.estimation.population import Population, measure_volume
from corpuscle.estimation.rivals_kernel import share_out
from corpuscle.estimation.soft_kernel import group_links, join_beliefs, pass_beliefs

REACH = 4.5
"""Candidates lie within so many standard deviations of a displacement; one in 25,000 lies beyond in the plane."""

FINEST = 1e-3
"""No spread is taken for smaller than this share of the largest one."""

NOT_KNOWN = np.empty(0)

NEVER = -230.0
"""The logarithm of a weight that is as good as none, and still a number."""

SWEEPS = 3
ROUNDS = 30
SETTLED = 1e-3

FRESH = 0.3
"""The part of what a sweep finds that the next one takes over, the rest being that of the sweep before."""

CROWDED, ROOMY = 0.82, 0.13
"""What a reply leaves out where every detection has a partner in the next frame, and the share of those without one
at which two thirds of the way to leaving out everything are gone (see `choose_share`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Scenery:
    """Detections in the order of their frames, with what is known of how they were measured.

    Args:
        position: where each is [length].
        start: first of each frame that has any, and one past the last.
        number: those frames' numbers.
        variance: variance of each measured coordinate, where the table knows it [length^2].
        volume: area or volume in which tracks begin [length^d]; default the box around the detections.
        particles: how many particles there are in a frame; default as many as the detections suggest.
        gate: how far a particle moves at most in one frame, where that is known; farther over missed frames [length].
        finest: no spread is taken for smaller than this [length]: positions are only so fine.
    """

    position: Float[np.ndarray, "n d"]
    start: Int[np.ndarray, " f_and_1"]
    number: Int[np.ndarray, " f"]
    variance: Float[np.ndarray, " n"] | None = None
    volume: float | None = None
    particles: float | None = None
    gate: float | None = None
    finest: float = 0.0

    def __len__(self) -> int:
        return len(self.position)

    @property
    def frame(self) -> Int[np.ndarray, " n"]:
        """The frame of each detection, from 0."""
        return np.repeat(self.number - self.number[:1], np.diff(self.start))

    @property
    def frames(self) -> int:
        """How many frames there are, those without detections among them."""
        return int(self.number[-1] - self.number[0]) + 1 if len(self.number) else 0

    def measure_noise(self, population: Population) -> float:
        """Give the root mean square of the measurement noise [length]."""
        return population.measurement_noise if self.variance is None else float(np.sqrt(self.variance.mean()))

    def count_particles(self, population: Population) -> float:
        """Give how many particles there are in a frame."""
        if self.particles is not None:
            return self.particles
        return max(len(self) / max(self.frames, 1) - population.false_rate, 0.1) / population.detection_probability


def lay_scenery(detections: Detections, first: int = 0, last: int | None = None) -> Scenery:
    """Sort detections by frame, or some of the frames that have any.

    >>> lay_scenery(Detections(np.array([3, 2, 3]), np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]))).position[:, 0]
    array([2., 1., 3.])
    """
    frames = split_frames(detections)
    last = len(frames) if last is None else last
    rows = frames.rows[frames.start[first] : frames.start[last]]
    variance = None if detections.deviation is None else (detections.deviation[rows] ** 2).mean(axis=1)
    return Scenery(
        np.ascontiguousarray(detections.position[rows]), frames.start[first : last + 1] - frames.start[first],
        frames.number[first:last].astype(np.int64), variance,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of detections that may be one particle: the earlier and the later row, and the frames missed between."""

    row: Int[np.ndarray, " e"]
    column: Int[np.ndarray, " e"]
    gap: Int[np.ndarray, " e"]

    def __len__(self) -> int:
        return len(self.row)


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What rivals choose between: how much each link weighs, and each start, end and false detection.

    Args:
        link: the logarithm of what each candidate weighs.
        begins: that of the density of a start at each detection.
        ends: the chance of an end at each detection.
        false: the logarithm of the density of false detections.
        share: how much of its own message a reply leaves out.
    """

    link: Float[np.ndarray, " e"]
    begins: Float[np.ndarray, " n"]
    ends: Float[np.ndarray, " n"]
    false: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Marginals:
    """How likely each candidate link is.

    Args:
        candidates: the candidates.
        probability: how likely each is.
        false: how likely each detection is none of a particle.
        weight: the logarithm of what each candidate weighs before its likelihood: what rivals leave to it.
        begins: the logarithm of the density of a start at each detection.
        evidence: the logarithm of how likely every detection is, given the others; it compares populations.
        choices: what rivals chose between in the end.
        reply: the last messages of the later ends.
    """

    candidates: Candidates
    probability: Float[np.ndarray, " e"]
    false: Float[np.ndarray, " n"]
    weight: Float[np.ndarray, " e"]
    begins: Float[np.ndarray, " n"]
    evidence: float
    choices: Choices
    reply: Float[np.ndarray, " e"]

    def correct(self, added: Float[np.ndarray, " e"]) -> "Marginals":
        """Settle the rivals anew, with something added to the logarithm of what each link weighs."""
        choices = replace(self.choices, link=self.choices.link + added)
        reply = self.reply.copy()
        into = group_links(self.candidates.column, len(self.false))
        probability, _, _, wrong = share_out(
            self.candidates.row, self.candidates.column, *into, choices.link, choices.begins, choices.ends,
            choices.false, choices.share, ROUNDS, SETTLED, reply,
        )  # fmt: skip
        return replace(self, probability=probability, false=wrong, choices=choices, reply=reply)

    @property
    def starts(self) -> Float[np.ndarray, " n"]:
        """How likely each detection is the first of a track."""
        return self.leave(self.candidates.column)

    @property
    def ends(self) -> Float[np.ndarray, " n"]:
        """How likely each detection is the last of a track."""
        return self.leave(self.candidates.row)

    def leave(self, end: Int[np.ndarray, " e"]) -> Float[np.ndarray, " n"]:
        """Give what the links at one end of each detection leave, a false detection's share taken off."""
        linked = np.bincount(end, self.probability, len(self.false))
        left: Float[np.ndarray, " n"] = np.maximum(1.0 - self.false - linked, 0.0)
        return left


@dataclass(frozen=True, slots=True, eq=False)
class Kinds:
    """What compiled loops want to know of a population: one entry a kind of particle (`k`), tables over gaps (`g`)."""

    table: Float[np.ndarray, "k g 5"]
    back: Float[np.ndarray, "k g 5"]
    step: Float[np.ndarray, " k"]
    rate: Float[np.ndarray, " k"]
    share: Float[np.ndarray, " k"]
    changed: Float[np.ndarray, " g"]

    @property
    def moves(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Steps, rates, shares and the chances of a change, as the loops take them."""
        return self.step, self.rate, self.share, self.changed


@dataclass(frozen=True, slots=True, eq=False)
class Beliefs:
    """One Gaussian a detection and kind over position and velocity, equal for all axes, and how likely each kind is."""

    mean: Float[np.ndarray, "n k d 2"]
    covariance: Float[np.ndarray, "n k 3"]
    kind: Float[np.ndarray, "n k"]

    @property
    def parts(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The arrays, as the loops take them."""
        return self.mean, self.covariance, self.kind

    def turn(self) -> "Beliefs":
        """Give the beliefs with the detections in reversed order."""
        mean, covariance, kind = (np.ascontiguousarray(part[::-1]) for part in self.parts)
        return Beliefs(mean, covariance, kind)


def weigh_links(
    scenery: Scenery,
    population: Population,
    *,
    gap: int | None = None,
    sweeps: int = SWEEPS,
    share: float | None = None,
    candidates: Candidates | None = None,
) -> Marginals:
    """Give how likely each link is that a particle of the population may have made.

    Every detection carries two beliefs, about the particle's state given its past and given its future. Each mixes
    what all possible neighbours in time say, weighed by how well they fit and by what rivals leave to them. A link's
    weight is the overlap of both beliefs across it. Links that share a detection are rivals: messages between them
    (fractional belief propagation) turn weights into probabilities under the law that a detection continues one other
    at most and is continued by one at most; starts, ends and false detections are further choices. Then beliefs are
    mixed anew: `sweeps` times, from beliefs that know no neighbours.

    Args:
        scenery: the detections.
        population: how their particles move, appear, vanish and are seen.
        gap: missed frames that a link may bridge; default as the population suggests.
        sweeps: how often beliefs are mixed.
        share: how much of its own message a reply leaves out; default what makes probabilities come true
            (`choose_share`).
        candidates: the links that are thought of; default all within reach (`find_candidates`).

    Raises: TooManyCandidates, when particles may move so far that the candidates would not fit in memory.

    Source: Williams and Lau, IEEE TAES 50 (2014) 2942, and Meyer et al., Proc. IEEE 106 (2018) 221, for messages
        between rivals; Chertkov and Yedidia, JMLR 14 (2013) 2029, for fractional ones.

    >>> scenery = Scenery(np.array([[0.0, 0.0], [9.0, 0.0], [0.5, 0.0], [8.0, 0.0]]), np.array([0, 2, 4]), np.arange(2))
    >>> weigh_links(scenery, Population(step=2.0)).probability.round(3)
    array([1., 0., 0., 1.])
    """
    gap = population.choose_gap() if gap is None else gap
    candidates = find_candidates(scenery, population, gap) if candidates is None else candidates
    kinds = list_kinds(population, gap, scenery)
    chance, begins, ends, false = weigh_choices(scenery, population, candidates, gap)
    variance = choose_variance(scenery, kinds, population)
    past, future = begin_beliefs(scenery, kinds, variance), begin_beliefs(scenery, kinds, variance)
    into = group_links(candidates.column, len(scenery))
    onward = group_links(candidates.row, len(scenery))
    share = choose_share(population) if share is None else share
    offered = asked = np.zeros(len(candidates))
    reply = np.ones(len(candidates))
    fit = np.empty(len(candidates))
    found = np.zeros(len(scenery))
    for sweep in range(sweeps + 1):
        if sweep:
            pass_beliefs(
                scenery.position, variance, candidates.row, candidates.gap, *into, chance + offered, begins,
                kinds.table, *kinds.moves, *past.parts, NOT_KNOWN, found,
            )  # fmt: skip
            future = pass_back(scenery, variance, candidates, onward, (chance + asked, np.log(ends)), kinds)
        join_beliefs(
            candidates.row,
            candidates.column,
            candidates.gap,
            kinds.table,
            *kinds.moves,
            *past.parts,
            *future.parts,
            fit,
        )
        probability, offer, ask, wrong = share_out(
            candidates.row, candidates.column, *into, fit + chance, begins, ends, false, share, ROUNDS, SETTLED, reply
        )
        fresh = FRESH if sweep else 1.0
        offered, asked = fresh * offer + (1.0 - fresh) * offered, fresh * ask + (1.0 - fresh) * asked
    evidence = float(np.logaddexp(found, false).sum())
    choices = Choices(fit + chance, begins, ends, false, share)
    return Marginals(candidates, probability, wrong, chance + offered, begins, evidence, choices, reply)


def find_candidates(scenery: Scenery, population: Population, gap: int) -> Candidates:
    """Find the pairs within reach, over up to `gap` missed frames."""
    reach = measure_reach(population, gap, scenery.measure_noise(population))
    nearest = float(reach[0]) if scenery.gate is None else min(scenery.gate, float(reach[0]))
    growth = float(np.max(np.log(reach[1:] / reach[0]) / np.log(np.arange(2, gap + 2)), initial=0.0))
    everyone = np.ones(len(scenery), dtype=bool)
    row, column, _, count = collect_pairs(
        scenery.position, scenery.start, scenery.number, scenery.number.astype(np.float64), everyone, everyone,
        (1, gap + 1), nearest, growth, LIMIT,
    )  # fmt: skip
    check_count(count, nearest)
    frame = scenery.frame
    return Candidates(row, column, frame[column] - frame[row] - 1)


def measure_reach(population: Population, gap: int, noise: float) -> Float[np.ndarray, " g"]:
    """Give how far a particle may be from itself 1, 2, ... frames later, at `REACH` standard deviations [length].

    >>> measure_reach(Population(step=1.0), 1, 0.0)
    array([4.5       , 6.36396103])
    """
    table = population.carry(gap + 1)
    step = max(population.step, population.slow_step if population.slow_share > 0 else 0.0)
    moved = np.arange(1.0, gap + 2.0) * step**2 + table[:, 2] + (table[:, 0] * population.rate) ** 2
    reach: Float[np.ndarray, " g"] = REACH * np.sqrt(np.maximum(moved + 2 * noise**2, 1e-200))
    return reach


def list_kinds(population: Population, gap: int, scenery: Scenery) -> Kinds:
    """List the kinds of particles; no spread is smaller than `FINEST` of the largest."""
    longest = max(population.step, population.rate, population.slow_step, scenery.measure_noise(population), 1e-97)
    least = max(FINEST * longest, scenery.finest)
    kinds = [replace(population, rate=max(population.rate, least))]
    step, share = [population.step], [1.0]
    if population.slow_share > 0:
        kinds.append(replace(population, rate=least, persistence=1.0))
        step.append(population.slow_step)
        share = [1.0 - population.slow_share, population.slow_share]
    return Kinds(
        table=np.stack([kind.carry(gap + 1) for kind in kinds]),
        back=np.stack([kind.carry(gap + 1, back=True) for kind in kinds]),
        step=np.maximum(np.array(step), least) ** 2,
        rate=np.array([kind.rate**2 for kind in kinds]),
        share=np.array(share),
        changed=1.0 - (1.0 - population.switching) ** np.arange(1.0, gap + 2.0),
    )


def choose_variance(scenery: Scenery, kinds: Kinds, population: Population) -> Float[np.ndarray, " n"]:
    """Give the variance of every measured coordinate, never nothing [length^2]."""
    given = np.full(len(scenery), population.measurement_noise**2) if scenery.variance is None else scenery.variance
    variance: Float[np.ndarray, " n"] = np.maximum(given, max(FINEST**2 * kinds.step.max(), scenery.finest**2))
    return variance


def measure_field(scenery: Scenery, population: Population) -> float:
    """Give the area or volume in which tracks begin: what is known, or that of the detections [length^d]."""
    if scenery.volume is not None:
        return scenery.volume
    scale = max(population.step, population.rate, population.slow_step, scenery.measure_noise(population), 1e-97)
    return max(measure_volume(scenery.position, REACH * scale), 1e-290)


def weigh_choices(
    scenery: Scenery, population: Population, candidates: Candidates, gap: int
) -> tuple[Float[np.ndarray, " e"], Float[np.ndarray, " n"], Float[np.ndarray, " n"], float]:
    """Give the logarithms of the chance of each link's gap and of a start's density, an end's chance, and log false."""
    volume = measure_field(scenery, population)
    frame, frames = scenery.frame, scenery.frames
    starts = population.weigh_starts(frames, scenery.count_particles(population)) / volume
    with np.errstate(divide="ignore"):
        begins = np.maximum(np.log(starts), NEVER / 2)[frame]
        false = max(float(np.log(population.false_rate / volume)), NEVER)
        chance = np.maximum(np.log(population.weigh_continuations(gap)), NEVER)[candidates.gap]
    return chance, begins, np.maximum(population.weigh_ends(frames - 1 - frame, gap), 1e-9), false


def choose_share(population: Population) -> float:
    """Choose how much of its own message a reply leaves out, between 0 (Sinkhorn) and 1 (belief propagation).

    Where every detection has a partner in the next frame the exact probabilities lie between those of the two; the
    more often it has none, the closer they are to belief propagation. The figures are those that make probabilities
    come true in simulated scenes (`beyond-calibration`).

    >>> choose_share(Population(step=1.0)), choose_share(Population(step=1.0, detection_probability=0.5)) > 0.98
    (0.82, True)
    """
    alone = 1.0 - float(population.weigh_continuations(0)[0])
    return 1.0 - (1.0 - CROWDED) * float(np.exp(-alone / ROOMY))


def begin_beliefs(scenery: Scenery, kinds: Kinds, variance: Float[np.ndarray, " n"]) -> Beliefs:
    """Believe in every detection what it says alone."""
    count, space = scenery.position.shape
    mean = np.zeros((count, len(kinds.step), space, 2))
    mean[..., 0] = scenery.position[:, None]
    covariance = np.zeros((count, len(kinds.step), 3))
    covariance[..., 0], covariance[..., 2] = variance[:, None], kinds.rate
    return Beliefs(mean, covariance, np.tile(kinds.share, (count, 1)))


def pass_back(
    scenery: Scenery,
    variance: Float[np.ndarray, " n"],
    candidates: Candidates,
    onward: tuple[Int[np.ndarray, " n_and_1"], Int[np.ndarray, " e"]],
    weight: tuple[Float[np.ndarray, " e"], Float[np.ndarray, " n"]],
    kinds: Kinds,
) -> Beliefs:
    """Believe in each detection what its possible successors say: the same loop, over detections in reversed order."""
    first, listed = onward
    count = len(scenery)
    beliefs = begin_beliefs(scenery, kinds, variance).turn()
    pass_beliefs(
        np.ascontiguousarray(scenery.position[::-1]), np.ascontiguousarray(variance[::-1]),
        count - 1 - candidates.column, candidates.gap, len(candidates) - first[::-1], listed[::-1].copy(),
        weight[0], np.ascontiguousarray(weight[1][::-1]), kinds.back, *kinds.moves, *beliefs.parts,
        NOT_KNOWN, np.empty(count),
    )  # fmt: skip
    return beliefs.turn()
