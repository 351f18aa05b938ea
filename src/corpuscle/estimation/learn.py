"""The parameters of a scene, learned from its detections: how its particles move, appear, vanish and are seen."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from corpuscle.data.detections import Detections, choose_unit, measure_in, split_frames
from corpuscle.data.progress import follow
from corpuscle.estimation.gate import measure_steps
from corpuscle.estimation.learning.doubt import find_errors
from corpuscle.estimation.learning.free import leave
from corpuscle.estimation.learning.starts import begin_walk, list_simpler, list_starts
from corpuscle.estimation.learning.turns import Reached, climb
from corpuscle.estimation.posterior.population import LENGTHS, Population
from corpuscle.estimation.posterior.scenery import Scenery, lay_scenery

PER_AXIS = 1.1774100225154747
"""The median length of a normal step in the plane, in standard deviations of one axis."""

LEAST_DETECTIONS, LEAST_FRAMES = 40, 4
LEAST_LINKS, LEAST_CONFIDENCE = 20, 0.2
"""Less than that tells too little."""

TURNS, TRIAL = 25, 6
"""The most turns of expectation and maximisation, and those of a start that is tried."""

UNSETTLED = 2.0
"""Evidence that turns leave unsettled: of two populations closer than this the simpler one is taken."""

COARSE = 1e-2
"""Steps and noise are not learned to be smaller than this share of a typical step: what repeats its position exactly
would make them as small as one likes."""

ENOUGH, FEW = 2500, 800
"""Detections that are looked at, and those with which starts are tried; more take longer and tell little more."""


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
    check_enough(detections)
    unit = choose_unit(detections)
    detections = measure_in(detections, unit)
    known = hold_known(detections, carry_lengths(fixed or {}, 1.0 / unit))
    typical = measure_typical(detections, known)
    few, scenery = (replace(take_sample(detections, enough), finest=COARSE * typical) for enough in (FEW, ENOUGH))
    starts = list_starts(typical, few, complete=is_even(detections))
    trials = [
        climb(few, replace(begin, **known), leave(free, *known), TRIAL) for begin, free in follow(starts, "learning")
    ]
    finals = [climb(scenery, best.population, best.free, TRIAL) for best in choose_finalists(trials)]
    best = max(finals, key=by_merit)
    reached = simplify(scenery, climb(scenery, best.population, best.free, TURNS))
    found = report(scenery, keep_coarse(reached, COARSE * typical))
    return replace(found, population=found.population.measure_in(1.0 / unit), error=carry_lengths(found.error, unit))


def keep_coarse(reached: Reached, least: float) -> Reached:
    """Let no step that was learned be smaller than what learning can see [length]."""
    if "step" not in reached.free:
        return reached
    return replace(reached, population=replace(reached.population, step=max(reached.population.step, least)))


def carry_lengths(values: Mapping[str, float], factor: float) -> dict[str, float]:
    """Multiply the parameters that are lengths."""
    return {name: value * factor if name in LENGTHS else value for name, value in values.items()}


def hold_known(detections: Detections, fixed: dict[str, float]) -> dict[str, float]:
    """Hold what the table knows: how precise its positions are."""
    if detections.deviation is not None and len(detections):
        fixed.setdefault("measurement_noise", float(np.sqrt((detections.deviation**2).mean())))
    return fixed


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


def is_even(detections: Detections) -> bool:
    """Tell whether every frame has as many detections, as where none is missed and nothing else is detected."""
    number, count = np.unique(detections.frame, return_counts=True)
    return len(number) > 1 and len(set(count.tolist())) == 1 and int(number[-1] - number[0]) + 1 == len(number)


def take_sample(detections: Detections, enough: int) -> Scenery:
    """Take neighbouring frames from the middle of the sequence, with about that many detections, 16 frames at least."""
    frames = split_frames(detections)
    first, last = 0, len(frames)
    if len(detections) > enough:
        middle = len(frames) // 2
        wide = max(8, round(enough * len(frames) / len(detections) / 2))
        first, last = max(0, middle - wide), min(len(frames), middle + wide)
    return lay_scenery(detections, first, last)


def choose_finalists(trials: list[Reached]) -> list[Reached]:
    """Choose the best trial of each class of motions: with a velocity or without, of one kind or of two."""
    best: dict[tuple[bool, bool], Reached] = {}
    for trial in sorted(trials, key=by_merit, reverse=True):
        best.setdefault(("rate" in trial.free, "slow_share" in trial.free), trial)
    return [best[motions] for motions in sorted(best)]


def simplify(scenery: Scenery, reached: Reached) -> Reached:
    """Take the best simpler population, and again, as long as the detections do not speak against it."""
    trials = [climb(scenery, *simpler, TURNS // 2) for simpler in list_simpler(reached)]
    best = max(trials, key=by_merit, default=None)
    if best is None or best.merit < reached.merit - UNSETTLED:
        return reached
    return simplify(scenery, best)


def by_merit(reached: Reached) -> float:
    """Give the evidence of where turns ended, less its price."""
    return reached.merit


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
