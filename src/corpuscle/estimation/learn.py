"""The parameters of a scene, learned from its detections: how its particles move, appear, vanish and are seen."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections, split_frames
from corpuscle.data.progress import follow
from corpuscle.estimation.gate import measure_steps
from corpuscle.estimation.marginal import (
    FINEST,
    Candidates,
    Marginals,
    Scenery,
    begin_beliefs,
    choose_variance,
    lay_scenery,
    list_kinds,
    weigh_links,
)
from corpuscle.estimation.population import Population
from corpuscle.estimation.soft_kernel import group_links, pass_beliefs

Names = tuple[str, ...]

PER_AXIS = 1.1774100225154747
"""The median length of a normal step in the plane, in standard deviations of one axis."""

LEAST_DETECTIONS, LEAST_FRAMES = 40, 4
LEAST_LINKS, LEAST_CONFIDENCE = 20, 0.2
"""Less than that tells too little."""

TURNS, TRIAL = 25, 6
"""The most turns of expectation and maximisation, and those of a start that is tried."""

SETTLED = 0.01
"""A turn that changes no parameter by more than this share is the last."""

ENOUGH, FEW = 2500, 800
"""Detections that are looked at, and those with which starts are tried; more take longer and tell little more."""

UNBIASED = 0.97
"""What a reply leaves out while learning: with it, events are counted without bias (see `choose_share`)."""

NUDGE, PRECISE = 0.1, 200
"""How far parameters are moved to see what the links hide, and how often a score is asked for then."""

BOUNDS: Mapping[str, tuple[float, float]] = {
    "persistence": (0.0, 1.0),
    "slow_share": (0.0, 1.0),
    "switching": (0.0, 1.0),
    "detection_probability": (0.0, 1.0),
    "death_rate": (0.0, 1.0),
}
"""Parameters that are shares; all others are only above 0."""

MOTION = ("step", "rate", "persistence", "measurement_noise", "slow_step", "slow_share", "switching")
LENGTHS = ("step", "rate", "measurement_noise", "slow_step")
RATES = ("detection_probability", "death_rate", "birth_rate", "false_rate")
COMPLETE = {"detection_probability": 1.0, "death_rate": 0.0, "birth_rate": 0.0, "false_rate": 0.0}
WALK = ("step", "measurement_noise")
KINDS = ("step", "slow_step", "slow_share", "switching", "measurement_noise")
VELOCITY = ("step", "rate", "persistence", "measurement_noise")
SEEN = ("detection_probability", "death_rate", "birth_rate")


class TooLittle(ValueError):
    """Detections from which nothing can be learned, or not what was asked for."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What was learned from detections.

    Args:
        population: the parameters.
        error: standard error of each parameter that was learned, by name, in its own unit.
        links: the expected number of links that they rest on.
        confidence: the expected share of true links among the likeliest ones.
        turns: turns of expectation and maximisation.
    """

    population: Population
    error: Mapping[str, float]
    links: float
    confidence: float
    turns: int


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Where turns ended: parameters, those that were free, the links, the evidence less its price, and the turns."""

    population: Population
    free: Names
    marginals: Marginals
    merit: float
    turns: int


def to_free(name: str, value: float) -> float:
    """Carry a parameter to the whole line: by its logarithm, or by the logit of a share."""
    if name in BOUNDS:
        share = min(max(value, 1e-6), 1.0 - 1e-6)
        return float(np.log(share / (1.0 - share)))
    return float(np.log(max(value, 1e-100)))


def from_free(name: str, value: float) -> float:
    """Carry a parameter back from the whole line."""
    if name in BOUNDS:
        return float(1.0 / (1.0 + np.exp(-min(max(value, -13.8), 13.8))))
    return float(np.exp(min(max(value, -230.0), 230.0)))


def with_free(population: Population, names: Names, values: Float[np.ndarray, " p"]) -> Population:
    """Give the population with some parameters set from the whole line."""
    return replace(population, **{name: from_free(name, value) for name, value in zip(names, values, strict=True)})


def list_free(population: Population, names: Names) -> Float[np.ndarray, " p"]:
    """Give some parameters of a population on the whole line."""
    return np.array([to_free(name, getattr(population, name)) for name in names])


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """The links of a scene as far as they matter for its motion: likely candidates, with their probabilities."""

    scenery: Scenery
    candidates: Candidates
    into: tuple[Int[np.ndarray, " n_and_1"], Int[np.ndarray, " e"]]
    weight: Float[np.ndarray, " e"]
    begins: Float[np.ndarray, " n"]
    likely: Float[np.ndarray, " e"]

    def score(self, population: Population, gap: int) -> float:
        """Give the expected log-likelihood of the steps along the links."""
        kinds = list_kinds(population, gap, self.scenery)
        variance = choose_variance(self.scenery, kinds, population)
        found = np.zeros(len(self.scenery))
        pass_beliefs(
            self.scenery.position, variance, self.candidates.row, self.candidates.gap, *self.into, self.weight,
            self.begins, kinds.table, *kinds.moves, *begin_beliefs(self.scenery, kinds, variance).parts, self.likely,
            found,
        )  # fmt: skip
        return float(found.sum())


def keep_likely(scenery: Scenery, marginals: Marginals) -> Weighed:
    """Keep the links that matter."""
    keep = marginals.probability > 5e-3
    found = marginals.candidates
    candidates = Candidates(found.row[keep], found.column[keep], found.gap[keep])
    return Weighed(
        scenery, candidates, group_links(candidates.column, len(scenery)), marginals.weight[keep], marginals.begins,
        marginals.probability[keep],
    )  # fmt: skip


def maximise(
    score: Callable[[Float[np.ndarray, " p"]], float],
    first: Float[np.ndarray, " p"],
    *,
    steps: int,
    width: float = 0.15,
) -> Float[np.ndarray, " p"]:
    """Climb without derivatives."""
    from scipy.optimize import minimize

    simplex = np.vstack([first, first + width * np.eye(len(first))])
    found = minimize(
        lambda values: -score(values), first, method="Nelder-Mead",
        options={"maxfev": steps, "initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-3},
    )  # fmt: skip
    return np.asarray(found.x)


def learn_motion(weighed: Weighed, population: Population, names: Names, gap: int, *, steps: int) -> Population:
    """Find the motion that makes the steps along the links likeliest."""
    if not names:
        return population
    first = list_free(population, names)
    best = maximise(lambda values: weighed.score(with_free(population, names, values), gap), first, steps=steps)
    return with_free(population, names, best)


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """Expected counts of what happened: links by gap, ends by frames left, starts by frame, and false detections.

    Ends with more frames left than the gap are alike, and counted together.
    """

    links: Float[np.ndarray, " g"]
    ends: Float[np.ndarray, " g_and_1"]
    starts: Float[np.ndarray, " f"]
    false: float

    def score(self, population: Population, particles: float) -> float:
        """Give the expected log-likelihood of those counts."""
        gap, frames = len(self.links) - 1, len(self.starts)
        chance = np.log(np.maximum(population.weigh_continuations(gap), 1e-300))
        ends = np.log(np.maximum(population.weigh_ends(np.arange(gap + 2), gap), 1e-9))
        starts = np.maximum(population.weigh_starts(frames, particles), 1e-9)
        begun = float((self.starts * np.log(starts) - starts).sum())
        return float(self.links @ chance + self.ends @ ends) + begun


def count_events(scenery: Scenery, marginals: Marginals, gap: int) -> Counted:
    """Count what happened, each event by its probability."""
    frames, frame = scenery.frames, scenery.frame
    return Counted(
        links=np.bincount(marginals.candidates.gap, marginals.probability, gap + 1).astype(np.float64),
        ends=np.bincount(np.minimum(frames - 1 - frame, gap + 1), marginals.ends, gap + 2),
        starts=np.bincount(frame, marginals.starts, frames),
        false=float(marginals.false.sum()),
    )


def learn_rates(counted: Counted, population: Population, free: Names, *, steps: int = 150) -> Population:
    """Find the rates that make what happened to tracks likeliest."""
    frames = len(counted.starts)
    if "false_rate" in free:
        population = replace(population, false_rate=(counted.false + 0.05) / frames)
    names = choose(SEEN, free)
    if not names:
        return population
    particles = max(float(counted.starts[0]), 0.5) / population.detection_probability
    first = np.append(np.maximum(list_free(population, names), -9.0), np.log(particles))

    def score(values: Float[np.ndarray, " p"]) -> float:
        trial = with_free(population, names, values[:-1])
        return counted.score(trial, float(np.exp(values[-1]))) - 1e-3 * float((values[:-1] ** 2).sum())

    return with_free(population, names, maximise(score, first, steps=steps, width=0.3)[:-1])


def choose_gap(population: Population) -> int:
    """Choose the gap while learning: links over many missed frames tell little and cost much."""
    return population.choose_gap(most=3, share=0.01)


def expect(scenery: Scenery, population: Population) -> Marginals:
    """Say how likely each link is, in the way that counts events without bias."""
    return weigh_links(scenery, population, gap=choose_gap(population), sweeps=2, share=UNBIASED)


def turn(scenery: Scenery, population: Population, free: Names, *, steps: int = 40) -> tuple[Population, Marginals]:
    """Take one turn: how likely each link is, and what makes those links likeliest."""
    marginals = expect(scenery, population)
    gap = choose_gap(population)
    rates = learn_rates(count_events(scenery, marginals, gap), population, free)
    return learn_motion(keep_likely(scenery, marginals), rates, choose(MOTION, free), gap, steps=steps), marginals


def climb(scenery: Scenery, population: Population, free: Names, turns: int) -> Reached:
    """Take turns until nothing changes any more, or there are enough."""
    count, settled = 0, False
    while count < turns and not settled:
        found, _ = turn(scenery, population, free)
        moved = np.abs(list_free(found, free) - list_free(population, free))
        beyond = np.array([is_extreme(name, found) for name in free], dtype=bool)
        settled = bool(np.all((moved < SETTLED) | beyond))
        population, count = found, count + 1
    marginals = expect(scenery, population)
    price = 0.5 * len(free) * float(np.log(max(len(scenery), 2)))
    return Reached(population, free, marginals, marginals.evidence - price, count)


def is_extreme(name: str, population: Population) -> bool:
    """Tell whether a parameter lies so far out that it does not matter how far.

    >>> is_extreme("measurement_noise", Population(step=1e-9, measurement_noise=1e-12))
    True
    >>> is_extreme("measurement_noise", Population(step=1e-9, measurement_noise=1e-10))
    False
    """
    value = float(getattr(population, name))
    if name in LENGTHS:
        return value < 3 * FINEST * max(float(getattr(population, other)) for other in LENGTHS)
    return (value < 1e-3 or value > 0.999) if name in BOUNDS else value < 1e-3


def learn_population(detections: Detections, *, fixed: Mapping[str, float] | None = None) -> Learned:
    """Learn the parameters of a scene from its detections alone.

    Expectation and maximisation in turns: how likely each link is under the parameters so far (`weigh_links`), then
    the parameters that make those links likeliest, from several starts, of which the most likely end is kept. Of
    the motions (a random walk, with a drift of its own for each particle, with a persistent velocity, two kinds of
    walkers) the simplest that the detections do not speak against is taken (Schwarz's criterion); likewise whether
    anything is missed, false, born or dead. Standard errors count what the unknown links hide (supplemented EM). About
    `ENOUGH` detections are looked at, in neighbouring frames.

    Args:
        detections: what was measured.
        fixed: parameters that are known, by name; they stay as they are.

    Raises: TooLittle, when there are too few detections, none that move, or links that tell nothing.

    Source: Dempster, Laird and Rubin, JRSS B 39 (1977) 1; Meng and Rubin, JASA 86 (1991) 899, for the errors; Schwarz,
        Annals of Statistics 6 (1978) 461.
    """
    known = hold_known(detections, dict(fixed or {}))
    check_enough(detections)
    few, scenery = take_sample(detections, FEW), take_sample(detections, ENOUGH)
    starts = list_starts(measure_typical(detections, known), few, complete=is_even(detections))
    trials = [try_start(few, begin, free, known) for begin, free in follow(starts, "learning")]
    classes = {("rate" in trial.free, "slow_share" in trial.free) for trial in trials}
    finals = [
        climb(scenery, best.population, best.free, TRIAL)
        for lasting, several in sorted(classes)
        for best in [max(choose_class(trials, lasting=lasting, several=several), key=lambda trial: trial.merit)]
    ]
    best = max(finals, key=lambda trial: trial.merit)
    reached = climb(scenery, best.population, best.free, TURNS)
    simplify = True
    while simplify:
        trials = [climb(scenery, *simpler, TURNS // 2) for simpler in list_simpler(reached)]
        best = max(trials, key=lambda trial: trial.merit, default=reached)
        simplify = bool(trials) and best.merit >= reached.merit
        reached = best if simplify else reached
    return report(scenery, reached)


def assume_population(
    detections: Detections, *, fixed: Mapping[str, float] | None = None, gate: float | None = None
) -> Population:
    """Assume the parameters of a scene that tells too little to learn them.

    A random walk whose typical step leads to the nearest detection of the next frame, one detection in twenty missed,
    one in twenty false, one track in fifty ending or beginning a frame.

    Args:
        detections: what was measured.
        fixed: parameters that are known, by name.
        gate: how far a particle moves at most in one frame, where that is known: the step is a third of it or less
            [length].
    """
    known = hold_known(detections, dict(fixed or {}))
    steps = measure_steps(detections)
    moved = steps[steps > 0]
    typical = float(np.median(moved)) / PER_AXIS if len(moved) else 1.0
    typical = min(typical, gate / 3) if gate else typical
    return replace(begin_walk(typical, count_particles(detections)), **({"measurement_noise": 0.0} | known))


def count_particles(detections: Detections) -> float:
    """Count the detections of a frame, those without any among them."""
    frame = detections.frame
    return len(frame) / (float(frame.max()) - float(frame.min()) + 1.0) if len(frame) else 0.0


def begin_walk(typical: float, particles: float) -> Population:
    """Give the walk that learning begins with."""
    return Population(
        step=typical, measurement_noise=typical / 3, detection_probability=0.95, false_rate=0.05 * particles,
        birth_rate=0.02 * particles, death_rate=0.02,
    )  # fmt: skip


def hold_known(detections: Detections, fixed: dict[str, float]) -> dict[str, float]:
    """Hold what the table knows: how precise its positions are."""
    if detections.deviation is not None and len(detections):
        fixed.setdefault("measurement_noise", float(np.sqrt((detections.deviation**2).mean())))
    return fixed


def is_even(detections: Detections) -> bool:
    """Tell whether every frame has as many detections, as where none is missed and nothing else is detected."""
    number, count = np.unique(detections.frame, return_counts=True)
    return len(number) > 1 and len(set(count.tolist())) == 1 and int(number[-1] - number[0]) + 1 == len(number)


def check_enough(detections: Detections) -> None:
    """Refuse detections that tell too little, before any work.

    Raises: TooLittle.
    """
    frames = len(np.unique(detections.frame))
    if len(detections) < LEAST_DETECTIONS or frames < LEAST_FRAMES:
        message = (
            f"learning needs {LEAST_DETECTIONS} detections in {LEAST_FRAMES} frames, and here are {len(detections)} in "
            f"{frames}; say the parameters (step=..., measurement_noise=...), or link with `lap` and a gate"
        )
        raise TooLittle(message)


def measure_typical(detections: Detections, known: Mapping[str, float]) -> float:
    """Give the typical step to the nearest detection of the next frame, along one axis [length].

    Raises: TooLittle, when nothing moves.
    """
    steps = measure_steps(detections)
    moved = steps[steps > 0]
    if "step" in known:
        return float(known["step"])
    if not len(moved):
        message = (
            "learning needs detections that move, and here each lies where one of the next frame lies; say step=..."
        )
        raise TooLittle(message)
    return float(np.median(moved)) / PER_AXIS


def try_start(scenery: Scenery, begin: Population, free: Names, known: Mapping[str, float]) -> Reached:
    """Climb a little from one start."""
    return climb(scenery, replace(begin, **known), tuple(name for name in free if name not in known), TRIAL)


def choose_class(trials: list[Reached], *, lasting: bool, several: bool) -> list[Reached]:
    """Choose the trials of one class of motions."""
    return [t for t in trials if ("rate" in t.free, "slow_share" in t.free) == (lasting, several)]


def list_starts(typical: float, scenery: Scenery, *, complete: bool) -> list[tuple[Population, Names]]:
    """List where to begin: a walk, short and long velocities that last, and two kinds of walkers.

    Where it may be that nothing is missed, false, born or dead (`complete`), each begins so as well.
    """
    begin = begin_walk(typical, len(scenery) / scenery.frames)
    starts: list[tuple[Population, Names]] = [(begin, WALK)]
    for rate in (0.7, 2.0):
        starts.append((replace(begin, rate=rate * typical, step=0.7 * typical, persistence=0.95), VELOCITY))
    kinds = replace(begin, step=2 * typical, slow_step=0.3 * typical, slow_share=0.5, switching=0.1)
    starts.append((kinds, KINDS))
    whole = [(replace(population, **COMPLETE), motion) for population, motion in starts[:2]] if complete else []
    return whole + [(population, motion + RATES) for population, motion in starts]


def list_simpler(reached: Reached) -> list[tuple[Population, Names]]:
    """List the simpler populations that this one may be in truth.

    A constant drift or none instead of a persistent velocity, one kind instead of two or two for ever, and nothing born
    or dying.
    """
    population, free = reached.population, reached.free
    simpler = []
    if "persistence" in free:
        simpler.append((replace(population, persistence=1.0), leave(free, "persistence")))
    if "rate" in free:
        whole = float(np.hypot(population.step, population.rate if population.persistence < 0.5 else 0.0))
        simpler.append((replace(population, rate=0.0, persistence=1.0, step=whole), leave(free, "rate", "persistence")))
    if "slow_share" in free and "slow_step" in free:
        share = population.slow_share
        whole = float(np.sqrt((1.0 - share) * population.step**2 + share * population.slow_step**2))
        one = replace(population, slow_share=0.0, slow_step=0.0, switching=0.0, step=whole)
        simpler.append((one, leave(free, "slow_share", "slow_step", "switching")))
    if "switching" in free:
        simpler.append((replace(population, switching=0.0), leave(free, "switching")))
    if "birth_rate" in free and "death_rate" in free:
        closed = replace(population, birth_rate=0.0, death_rate=0.0)
        simpler.append((closed, leave(free, "birth_rate", "death_rate")))
    return simpler


def leave(free: Names, *names: str) -> Names:
    """Leave some names out."""
    return tuple(name for name in free if name not in names)


def choose(names: Names, free: Names) -> Names:
    """Choose the names that are free."""
    return tuple(name for name in names if name in free)


def take_sample(detections: Detections, enough: int) -> Scenery:
    """Take neighbouring frames from the middle of the sequence, with about that many detections, 16 frames at least."""
    frames = split_frames(detections)
    first, last = 0, len(frames)
    if len(detections) > enough:
        middle = len(frames) // 2
        wide = max(8, round(enough * len(frames) / len(detections) / 2))
        first, last = max(0, middle - wide), min(len(frames), middle + wide)
    return lay_scenery(detections, first, last)


def report(scenery: Scenery, reached: Reached) -> Learned:
    """Say what was learned, and how sure it is.

    Raises: TooLittle, when hardly a link is likely.
    """
    marginals = reached.marginals
    links = float(marginals.probability.sum())
    best = np.zeros(len(scenery))
    np.maximum.at(best, marginals.candidates.column, marginals.probability)
    confidence = float((best**2).sum() / best.sum()) if best.sum() > 0 else 0.0
    if links < LEAST_LINKS or confidence < LEAST_CONFIDENCE:
        message = (
            f"these detections tell too little to learn from: {links:.0f} links expected, of which the likeliest come "
            f"true with {confidence:.2f} (at least {LEAST_LINKS} and {LEAST_CONFIDENCE} are needed): particles move as "
            f"far as they lie apart, or are rarely seen; say the parameters (step=..., drift=...), or take more frames"
        )
        raise TooLittle(message)
    return Learned(reached.population, find_errors(scenery, reached), links, confidence, reached.turns)


def find_errors(scenery: Scenery, reached: Reached) -> dict[str, float]:
    """Give the standard error of every parameter: V = I^-1 (1 - D)^-1.

    I is the information were the links known, D what a turn keeps of a deviation: the share that the links hide.

    Source: Meng and Rubin, JASA 86 (1991) 899, Eq 2.3.5.
    """
    population, free = reached.population, reached.free
    names = tuple(name for name in free if not is_extreme(name, population))
    if not names:
        return {}
    gap = choose_gap(population)
    weighed, counted = keep_likely(scenery, reached.marginals), count_events(scenery, reached.marginals, gap)
    particles = max(float(counted.starts[0]), 0.5) / population.detection_probability

    def score(values: Float[np.ndarray, " p"]) -> float:
        trial = with_free(population, names, values)
        false = counted.false * np.log(max(trial.false_rate, 1e-9)) - trial.false_rate * len(counted.starts)
        return weighed.score(trial, gap) + counted.score(trial, particles) + float(false)

    centre = list_free(population, names)
    kept = np.empty((len(names), len(names)))
    base = list_free(turn(scenery, population, names, steps=PRECISE)[0], names)
    for index in range(len(names)):
        moved = centre.copy()
        moved[index] += NUDGE
        found = turn(scenery, with_free(population, names, moved), names, steps=PRECISE)[0]
        kept[index] = (list_free(found, names) - base) / NUDGE
    variance = np.linalg.pinv(curve(score, centre)) @ np.linalg.pinv(np.eye(len(names)) - kept)
    slope = [(from_free(n, c + 1e-4) - from_free(n, c - 1e-4)) / 2e-4 for n, c in zip(names, centre, strict=True)]
    spread = np.sqrt(np.maximum(np.diag(variance), 0.0)) * np.array(slope)
    return {name: float(error) if error > 0 else float("nan") for name, error in zip(names, spread, strict=True)}


def curve(
    score: Callable[[Float[np.ndarray, " p"]], float], centre: Float[np.ndarray, " p"]
) -> Float[np.ndarray, "p p"]:
    """Give the negative second derivatives of a score, by differences."""
    size, unit = len(centre), 0.05 * np.eye(len(centre))
    found = np.empty((size, size))
    middle = score(centre)
    ahead = [score(centre + unit[a]) for a in range(size)]
    behind = [score(centre - unit[a]) for a in range(size)]
    for a in range(size):
        found[a, a] = (ahead[a] + behind[a] - 2 * middle) / 0.05**2
        for b in range(a):
            both = score(centre + unit[a] + unit[b]) + score(centre - unit[a] - unit[b])
            found[a, b] = found[b, a] = (both + 2 * middle - ahead[a] - behind[a] - ahead[b] - behind[b]) / (
                2 * 0.05**2
            )
    return -found
