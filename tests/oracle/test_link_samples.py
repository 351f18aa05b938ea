"""The sampler against every set of tracks, each weighed by the joint Gaussian of its detections."""

import itertools

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.estimation.posterior.population import Population, measure_volume
from corpuscle.estimation.sampling.sampler import LinkSamples, sample_links
from corpuscle.linking.probabilistic.exact import ExactPosterior
from corpuscle.simulation.brownian import Brownian

Marginals = dict[tuple[int, int], float]
Row = tuple[int, ...]


def measure_track(detections: Detections, population: Population, rows: Row) -> float:
    """Give the log density of a track's detections after the first one, whose place may be any.

    The covariance of what is measured is written down from the path; the flat prior of the first place is the limit of
    a wide one, which is divided out.
    """
    wide = 1e3
    time = detections.frame[list(rows)].astype(np.float64)
    frames = np.arange(time[0], time[-1] + 1)
    velocity = population.rate**2 * population.persistence ** np.abs(frames[:, None] - frames)
    path = np.tri(len(frames), k=-1)  # a place is the sum of all velocities and steps before it
    whole = path @ (velocity + population.step**2 * np.eye(len(frames))) @ path.T
    place = (time - time[0]).astype(int)
    noise = np.full(len(rows), population.measurement_noise**2)
    if detections.deviation is not None:
        noise = (detections.deviation[list(rows)] ** 2).mean(axis=1)
    covariance = whole[np.ix_(place, place)] + np.diag(noise) + wide**2
    position = detections.position[list(rows)] - detections.position[rows[0]]
    joint = multivariate_normal(np.zeros(len(rows)), covariance)
    log_wide = 0.5 * np.log(2 * np.pi * (wide**2 + noise[0]))
    return float(sum(joint.logpdf(position[:, axis]) + log_wide for axis in range(position.shape[1])))


def weigh_partition(
    detections: Detections, population: Population, tracks: list[Row], gap: int, particles: float, volume: float
) -> float:
    """Give the log weight of tracks, not of those detections that stand in none."""
    frames = int(detections.frame.max()) + 1
    seen, alive = population.detection_probability, 1.0 - population.death_rate
    hidden = [particles]
    for _ in range(frames - 1):
        hidden.append(hidden[-1] * (1.0 - seen) * alive + population.birth_rate)
    total = 0.0
    for rows in tracks:
        time = detections.frame[list(rows)]
        factor = hidden[time[0]] * seen / volume
        reachable = sum(alive * seen * (alive * (1 - seen)) ** g for g in range(min(gap + 1, frames - 1 - time[-1])))
        factor *= 1.0 - reachable
        for elapsed in np.diff(time):
            factor *= alive * seen * (alive * (1 - seen)) ** (elapsed - 1)
        total += np.log(factor) + measure_track(detections, population, rows)
    return total


def list_partitions(frame: np.ndarray, gap: int) -> list[list[Row]]:
    """List every way to divide detections, in the order of their frames, into tracks."""
    partitions: list[list[Row]] = [[]]
    for row in range(len(frame)):
        grown = []
        for tracks in partitions:
            grown.append([*tracks, (row,)])
            for k, track in enumerate(tracks):
                if 1 <= frame[row] - frame[track[-1]] <= gap + 1:
                    grown.append([*tracks[:k], (*track, row), *tracks[k + 1 :]])
        partitions = grown
    return partitions


def enumerate_links(
    detections: Detections, population: Population, *, gap: int, particles: float, least: float
) -> Marginals:
    """Sum over every partition and, in each, over which of the single detections are false."""
    volume = measure_volume(detections.position, least)
    weighed = []
    for tracks in list_partitions(detections.frame, gap):
        long = [track for track in tracks if len(track) > 1]
        single = [track for track in tracks if len(track) == 1]
        for false in itertools.product([False, True], repeat=len(single)):
            real = [track for track, no in zip(single, false, strict=True) if not no]
            clutter = sum(false) * np.log(population.false_rate / volume)
            weight = weigh_partition(detections, population, [*long, *real], gap, particles, volume) + clutter
            weighed.append((weight, long))
    return sum_up(weighed)


def enumerate_permutations(detections: Detections, population: Population, particles: int) -> Marginals:
    """Sum over every permutation from frame to frame."""
    frames = len(detections) // particles
    orders = [list(order) for order in itertools.permutations(range(particles))]
    weighed = []
    for chosen in itertools.product(orders, repeat=frames - 1):
        places = [list(range(particles)), *chosen]
        tracks = [tuple(t * particles + places[t][k] for t in range(frames)) for k in range(particles)]
        weighed.append((sum(measure_track(detections, population, track) for track in tracks), tracks))
    return sum_up(weighed)


def sum_up(weighed: list[tuple[float, list[Row]]]) -> Marginals:
    highest = max(weight for weight, _ in weighed)
    marginals: Marginals = {}
    whole = sum(np.exp(weight - highest) for weight, _ in weighed)
    for weight, tracks in weighed:
        for track in tracks:
            for link in itertools.pairwise(track):
                marginals[link] = marginals.get(link, 0.0) + float(np.exp(weight - highest) / whole)
    return marginals


def draw_crowd(frame: list[int], seed: int, *, space: int = 2, width: float = 3.0, precise: bool = False) -> Detections:
    """Draw detections that are as close to one another as they move."""
    random = np.random.default_rng(seed)
    position = random.uniform(0, width, (len(frame), space))
    deviation = np.repeat(random.uniform(0.2, 1.0, (len(frame), 1)), space, axis=1) if precise else None
    return Detections(np.array(frame), position, deviation)


def check_marginals(samples: LinkSamples, exact: Marginals) -> None:
    found = {(a, b): p for (a, b), p in zip(samples.pair.tolist(), samples.probability.tolist(), strict=True)}
    assert set(found) <= set(exact)
    assert max(abs(found.get(link, 0.0) - p) for link, p in exact.items()) <= 0.02
    assert samples.difference <= 0.05


def sample(
    detections: Detections, population: Population, *, gap: int | None = None, particles: float | None = None
) -> LinkSamples:
    """Sample for long, however soon the chains agree."""
    return sample_links(
        detections, population, np.random.default_rng(1), gap=gap, particles=particles, sweeps=4000, fewest=4000
    )


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (1, 2))])
@pytest.mark.parametrize(
    ("rate", "persistence", "noise"), [(0.0, 1.0, 0.8), (1.0, 1.0, 0.5), (1.2, 0.6, 0.7), (1.0, 0.0, 0.0)]
)
def test_a_complete_scene_is_that_of_all_permutations(rate: float, persistence: float, noise: float, seed: int) -> None:
    population = Population(step=0.8, rate=rate, persistence=persistence, measurement_noise=noise)
    detections = draw_crowd([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3], seed)
    check_marginals(sample(detections, population), enumerate_permutations(detections, population, 3))


@pytest.mark.parametrize(
    ("space", "precise"),
    [(2, True), (3, False), *(pytest.param(*one, marks=pytest.mark.slow) for one in ((2, False), (3, True)))],
)
def test_precisions_and_space(space: int, precise: bool) -> None:
    population = Population(step=0.8, rate=0.7, measurement_noise=0.6)
    detections = draw_crowd([0, 0, 0, 1, 1, 1, 2, 2, 2], 4, space=space, precise=precise)
    check_marginals(sample(detections, population), enumerate_permutations(detections, population, 3))


@pytest.mark.parametrize("gap", [pytest.param(0, marks=pytest.mark.slow), 1, pytest.param(2, marks=pytest.mark.slow)])
@pytest.mark.parametrize(
    ("rate", "persistence", "frame"),
    [
        (0.0, 1.0, [0, 0, 1, 1, 2, 2, 3]),
        (1.0, 1.0, [0, 1, 1, 2, 3, 3, 3]),
        (1.0, 0.5, [0, 0, 1, 2, 2, 3]),
        (1.0, 0.8, [0, 0, 0, 2, 2, 3, 3]),
    ],
)
def test_an_incomplete_scene_is_that_of_all_partitions(
    rate: float, persistence: float, frame: list[int], gap: int
) -> None:
    population = Population(
        step=0.8, rate=rate, persistence=persistence, measurement_noise=0.5, detection_probability=0.8, false_rate=0.4,
        birth_rate=0.3, death_rate=0.1,
    )  # fmt: skip
    detections = draw_crowd(frame, sum(frame))
    exact = enumerate_links(detections, population, gap=gap, particles=2.5, least=max(0.8, rate))
    check_marginals(sample(detections, population, gap=gap, particles=2.5), exact)


@pytest.mark.parametrize(("noise", "drift"), [(1.5, 0.0), (3.0, 1.0), (0.0, 1.0)])
def test_two_particles_are_those_of_the_ising_model(noise: float, drift: float) -> None:
    """Two ways without a line in common: messages along tracks, and signs of one difference coordinate."""
    world = Brownian(particles=2, frames=12, step=1.5, drift=drift, measurement_noise=noise, start="origin")
    detections = world.simulate(np.random.default_rng(2)).detections
    exact = ExactPosterior(step=1.5, measurement_noise=noise, drift=drift).link(detections)
    population = Population(step=1.5, rate=drift, measurement_noise=noise)
    samples = sample(detections, population)
    found = {(a, b): p for (a, b), p in zip(samples.pair.tolist(), samples.probability.tolist(), strict=True)}
    assert exact.probability is not None
    for (a, b), p in zip(exact.pair.tolist(), exact.probability.tolist(), strict=True):
        assert found.get((a, b), 0.0) == pytest.approx(p, abs=0.02)


def test_a_wrong_link_costs_what_it_is_said_to_cost() -> None:
    """The expected Jaccard of links, over all permutations of a tiny scene."""
    population = Population(step=0.8, measurement_noise=0.8)
    detections = draw_crowd([0, 0, 0, 1, 1, 1, 2, 2, 2], 1)
    exact = enumerate_permutations(detections, population, 3)
    samples = sample(detections, population)
    links = Links(np.array([[0, 3], [1, 4], [3, 6]]))
    right = sum(exact[a, b] for a, b in links.pair.tolist())
    assert samples.expect_jaccard(links) == pytest.approx(right / (3 + 6 - right), abs=0.01)
    assert samples.expect_jaccard(samples.decide()) >= samples.expect_jaccard(links)
