"""What each detection believes of its particle: position and velocity, given its past or its future."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from corpuscle.estimation.posterior.candidates import Candidates
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery
from corpuscle.estimation.posterior.soft_kernel import pass_beliefs

FINEST = 1e-3
"""No spread is taken for smaller than this share of the largest one."""

NOT_KNOWN = np.empty(0)


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
