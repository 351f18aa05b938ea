"""What the probabilities of links make likely: the motion along them, and how often what happened to tracks."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from corpuscle.estimation.learning.free import Names, choose, list_free, with_free
from corpuscle.estimation.marginal import Marginals
from corpuscle.estimation.posterior.beliefs import begin_beliefs, choose_variance, list_kinds
from corpuscle.estimation.posterior.candidates import Candidates
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery
from corpuscle.estimation.posterior.soft_kernel import group_links, pass_beliefs

MATTERS = 5e-3
"""Links that are less likely than this tell nothing of motion."""

SEEN = ("detection_probability", "death_rate", "birth_rate")


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
    keep = marginals.probability > MATTERS
    found = marginals.candidates
    candidates = Candidates(found.row[keep], found.column[keep], found.gap[keep])
    return Weighed(
        scenery, candidates, group_links(candidates.column, len(scenery)), marginals.weight[keep], marginals.begins,
        marginals.probability[keep],
    )  # fmt: skip


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


def learn_motion(weighed: Weighed, population: Population, names: Names, gap: int, *, steps: int) -> Population:
    """Find the motion that makes the steps along the links likeliest."""
    if not names:
        return population
    first = list_free(population, names)
    best = maximise(lambda values: weighed.score(with_free(population, names, values), gap), first, steps=steps)
    return with_free(population, names, best)


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
