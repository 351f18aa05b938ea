"""One particle: how well a link fits equals conditioning the joint Gaussian of all its detections."""

import numpy as np
import pytest

from corpuscle.estimation.posterior.beliefs import NOT_KNOWN, begin_beliefs, choose_variance, list_kinds, pass_back
from corpuscle.estimation.posterior.candidates import Candidates
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery
from corpuscle.estimation.posterior.soft_kernel import group_links, join_beliefs, pass_beliefs

NEVER = -1e4
FLAT = 1e7
"""The variance of a start that may be anywhere."""
FRAMES = np.array([0, 1, 3, 4, 5, 8, 9])


def build_covariance(population: Population, frames: np.ndarray) -> np.ndarray:
    """Give the covariance of the measured coordinates of one axis, from a start that may be anywhere."""
    length = int(frames[-1] - frames[0])
    velocity = population.rate**2 * population.persistence ** np.abs(np.subtract.outer(range(length), range(length)))
    steps = velocity + population.step**2 * np.eye(length)
    sums = np.tril(np.ones((length + 1, length)), -1)
    whole = sums @ steps @ sums.T + FLAT
    seen = frames - frames[0]
    covariance: np.ndarray = whole[np.ix_(seen, seen)] + population.measurement_noise**2 * np.eye(len(seen))
    return covariance


def weigh(population: Population, frames: np.ndarray, position: np.ndarray) -> float:
    """Give the log-density of positions of one particle, over that of a start of unit density."""
    covariance = build_covariance(population, frames)
    space = position.shape[1]
    squared = float((position * np.linalg.solve(covariance, position)).sum())
    determinant = np.linalg.slogdet(2 * np.pi * covariance)[1]
    return float(-0.5 * (squared + space * determinant) + 0.5 * space * np.log(2 * np.pi * FLAT))


def join_chain(population: Population, position: np.ndarray) -> np.ndarray:
    """Give how well each link of the chain fits, by beliefs from both sides."""
    count = len(FRAMES)
    row = np.arange(count - 1)
    candidates = Candidates(row, row + 1, np.diff(FRAMES) - 1)
    scenery = Scenery(position, np.arange(count + 1), FRAMES)
    kinds = list_kinds(population, 3, scenery)
    variance = choose_variance(scenery, kinds, population)
    past, begins, weight = begin_beliefs(scenery, kinds, variance), np.full(count, NEVER), np.zeros(count - 1)
    pass_beliefs(
        position, variance, candidates.row, candidates.gap, *group_links(candidates.column, count), weight, begins,
        kinds.table, *kinds.moves, *past.parts, NOT_KNOWN, np.empty(count),
    )  # fmt: skip
    future = pass_back(scenery, variance, candidates, group_links(candidates.row, count), (weight, begins), kinds)
    fit = np.empty(count - 1)
    join_beliefs(
        candidates.row, candidates.column, candidates.gap, kinds.table, *kinds.moves, *past.parts, *future.parts, fit
    )
    return fit


@pytest.mark.parametrize("space", [2, 3])
@pytest.mark.parametrize("persistence", [0.0, 0.6, 0.95, 1.0])
@pytest.mark.parametrize("noise", [0.3, 2.0])
def test_a_link_fits_as_the_joint_gaussian_says(space: int, persistence: float, noise: float) -> None:
    population = Population(step=0.7, rate=1.5, persistence=persistence, measurement_noise=noise)
    position = np.random.default_rng(0).normal(0, 3.0, (len(FRAMES), space)).cumsum(axis=0)
    position -= position.mean(axis=0)
    whole = weigh(population, FRAMES, position)
    wanted = [
        whole - weigh(population, FRAMES[:cut], position[:cut]) - weigh(population, FRAMES[cut:], position[cut:])
        for cut in range(1, len(FRAMES))
    ]
    np.testing.assert_allclose(join_chain(population, position), wanted, rtol=1e-4, atol=2e-3)
