"""Pairs of detections that may be one particle, found within reach."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.estimation.gate import LIMIT, check_count
from corpuscle.estimation.gate_kernel import collect_pairs
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import REACH, Scenery


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of detections that may be one particle: the earlier and the later row, and the frames missed between."""

    row: Int[np.ndarray, " e"]
    column: Int[np.ndarray, " e"]
    gap: Int[np.ndarray, " e"]

    def __len__(self) -> int:
        return len(self.row)


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
