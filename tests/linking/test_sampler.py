"""The sampler: when it refuses, what it learns from a table, and scenes that would break a careless one."""

import dataclasses
import re
from typing import Any

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.data.scene import Scene, true_links
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.sampling.sampler import BETWEEN, TOLERANCE, LinkSamples, sample_links
from corpuscle.linking.classical.lap import FrameAssignment
from corpuscle.linking.probabilistic.sampler import LinkSampler, NotConverged
from corpuscle.simulation.brownian import Brownian


def draw_scene(particles: int = 10, seed: int = 0, **settings: Any) -> Scene:
    world = Brownian(particles=particles, start="uniform", spacing=6.0, **({"frames": 10, "step": 1.5} | settings))
    return world.simulate(np.random.default_rng(seed))


def sample(detections: Detections, population: Population, *, sweeps: int = 200, **settings: Any) -> LinkSamples:
    return sample_links(detections, population, np.random.default_rng(0), sweeps=sweeps, **settings)


def check_finite(samples: LinkSamples) -> None:
    assert np.isfinite(samples.chains).all()
    assert ((samples.chains >= 0) & (samples.chains <= 1)).all()
    for side in samples.pair.T:
        assert np.bincount(side, samples.probability, minlength=1).max() <= 1 + 1e-9
    assert np.isfinite([samples.agreement, samples.difference]).all()


def test_chains_that_disagree_are_refused() -> None:
    detections = draw_scene(20, measurement_noise=3.0).detections
    short = LinkSampler(step=1.5, measurement_noise=3.0, sweeps=20)
    expected = r"disagree after 20 sweeps: .* changes by 0\.\d{4} .*\(at most 0.004 is allowed\).*raise `sweeps`"
    with pytest.raises(NotConverged, match=expected) as raised:
        short.link(detections)
    assert raised.value.samples.agreement > TOLERANCE or raised.value.samples.difference > BETWEEN
    assert not raised.value.samples.converged
    assert len(dataclasses.replace(short, unconverged=True).link(detections)) > 150


def test_more_sweeps_make_them_agree() -> None:
    detections = draw_scene(20, measurement_noise=3.0).detections
    samples = LinkSampler(step=1.5, measurement_noise=3.0).sample(detections)
    assert samples.converged
    assert samples.agreement <= TOLERANCE
    assert samples.difference <= BETWEEN
    assert samples.sweeps <= 32_000
    longer = sample(detections, Population(step=1.5, measurement_noise=3.0), sweeps=4000, fewest=4000)
    assert longer.sweeps == 4000


def test_chains_begin_apart() -> None:
    """Shaken detections are assigned otherwise, so that agreement means something."""
    from corpuscle.estimation.sampling.chain import lay_tables, sort_rows

    detections = draw_scene(20, measurement_noise=3.0).detections
    random = np.random.default_rng(0)
    rows = sort_rows(detections)
    _, (one, two) = lay_tables(detections, rows, Population(step=1.5, measurement_noise=3.0), random)
    assert 0.1 < (one != two).mean() < 0.9
    lossy = Population(step=1.5, measurement_noise=3.0, detection_probability=0.9)
    _, (one, two) = lay_tables(detections, rows, lossy, random)
    assert (one >= 0).sum() > 170
    assert (two == -1).all()


def test_the_same_seed_gives_the_same() -> None:
    detections = draw_scene(6, measurement_noise=1.5, misses=0.1, false_detections=0.1).detections
    linker = LinkSampler(step=1.5, measurement_noise=1.5, sweeps=100, unconverged=True)
    one, two = linker.sample(detections), linker.sample(detections)
    np.testing.assert_array_equal(one.chains, two.chains)
    other = dataclasses.replace(linker, seed=1).sample(detections)
    assert other.chains.shape != one.chains.shape or (other.chains != one.chains).any()


def test_its_links_are_expected_to_be_better_than_those_of_an_assignment() -> None:
    scene = draw_scene(10, frames=20, measurement_noise=3.0, drift=1.5)
    samples = LinkSampler(step=1.5, measurement_noise=3.0, drift=1.5).sample(scene.detections)
    assert samples.converged
    nearest = FrameAssignment(gate=1e3).link(scene.detections)
    assert samples.expect_jaccard(samples.decide()) > samples.expect_jaccard(nearest) + 0.01


def test_probabilities_are_calibrated_with_misses_births_and_false_detections() -> None:
    said, right = [], []
    population = Population(
        step=1.5, measurement_noise=1.0, detection_probability=0.9, false_rate=1.0, birth_rate=0.2, death_rate=0.02
    )
    for seed in range(8):
        scene = draw_scene(
            10, seed, measurement_noise=1.0, misses=0.1, false_detections=0.1, births=0.02, deaths=0.02
        )  # fmt: skip
        samples = sample(scene.detections, population, sweeps=1000)
        true = {tuple(pair) for pair in true_links(scene.truth).pair.tolist()}
        said.append(samples.probability)
        right.append([tuple(pair) in true for pair in samples.pair.tolist()])
    probability, true_ones = np.concatenate(said), np.concatenate(right)
    for low, high in ((0.0, 0.1), (0.1, 0.5), (0.5, 0.9), (0.9, 1.01)):
        which = (probability >= low) & (probability < high)
        assert true_ones[which].mean() == pytest.approx(probability[which].mean(), abs=0.06)


@pytest.mark.parametrize("complete", [True, False])
@pytest.mark.parametrize("rate", [0.0, 1.0])
@pytest.mark.parametrize("step", [0.0, 1e-9, 1.0])
@pytest.mark.parametrize("scene", ["one place", "identical", "far", "huge", "tiny"])
def test_no_scene_gives_anything_but_a_number(scene: str, step: float, rate: float, complete: bool) -> None:
    position = np.random.default_rng(0).uniform(0, 4, (12, 2))
    position[1] = position[0]
    position = {
        "one place": position, "identical": np.zeros((12, 2)), "far": position + 1e9, "huge": position * 1e90,
        "tiny": position * 1e-90,
    }[scene]  # fmt: skip
    seen = {} if complete else {"detection_probability": 0.9, "false_rate": 0.1, "birth_rate": 0.1, "death_rate": 0.1}
    detections = Detections(np.repeat(np.arange(4), 3), position)
    samples = sample(detections, Population(step=step, rate=rate, **seen), sweeps=20)
    check_finite(samples)


def test_a_far_offset_changes_nothing() -> None:
    detections = draw_scene(6, measurement_noise=1.5).detections
    rounded = np.round(detections.position * 1024) / 1024
    population = Population(step=1.5, rate=0.5, measurement_noise=1.5)
    near, far = (sample(dataclasses.replace(detections, position=rounded + offset), population) for offset in (0, 1e9))
    np.testing.assert_array_equal(near.pair, far.pair)
    np.testing.assert_allclose(near.chains, far.chains, atol=1e-3)


def test_what_the_population_excludes_is_as_good_as_impossible() -> None:
    """A frame has one detection less, and nothing may be missed, be born, die or be false: numbers all the same."""
    detections = Detections(np.array([0, 0, 1, 2, 2]), np.array([[0.0, 0.0], [9.0, 0], [0.1, 0], [0.2, 0], [9.1, 0]]))
    samples = sample(detections, Population(step=1.0))
    check_finite(samples)
    assert samples.decide().pair.tolist() == [[0, 2], [2, 3]]


def test_a_slow_kind_is_refused() -> None:
    detections = draw_scene(2).detections
    with pytest.raises(ValueError, match=r"one kind of particle, and slow_share is 0\.5; set it to 0"):
        sample(detections, Population(step=1.0, slow_step=0.1, slow_share=0.5))


def test_too_many_detections_are_refused() -> None:
    detections = draw_scene(10).detections
    expected = "100 detections are more than the sampler's limit of 99; take the linker `marginal`, or raise `limit`"
    with pytest.raises(ValueError, match=re.escape(expected)):
        LinkSampler(limit=99).link(detections)


def test_a_minimum_probability_is_kept_to() -> None:
    detections = draw_scene(10, measurement_noise=3.0).detections
    linker = LinkSampler(step=1.5, measurement_noise=3.0)
    sure = dataclasses.replace(linker, minimum_probability=0.9).link(detections)
    links = linker.link(detections)
    assert sure.probability is not None
    assert sure.probability.min() >= 0.9
    assert 0 < len(sure) < len(links)


def test_rates_that_nobody_gave() -> None:
    whole = draw_scene(10, measurement_noise=1.0).detections
    assert LinkSampler().populate(whole).complete
    settled = LinkSampler().settle(whole)
    assert (settled.misses, settled.false_detections, settled.births, settled.deaths, settled.gap) == (0, 0, 0, 0, 0)
    some = Detections(whole.frame[1:], whole.position[1:])
    population = LinkSampler(deaths=0.0).populate(some)
    assert population.detection_probability == pytest.approx(0.9)
    assert population.false_rate == pytest.approx(0.99)
    assert population.death_rate == 0.0
    assert LinkSampler().settle(some).gap == 2


def test_the_precision_of_the_table_is_used_where_no_noise_is_given() -> None:
    plain = draw_scene(6, measurement_noise=1.0).detections
    precise = dataclasses.replace(plain, deviation=np.full(plain.position.shape, 1.0))
    linker = LinkSampler(step=1.5, sweeps=100, unconverged=True)
    given = dataclasses.replace(linker, measurement_noise=1.0)
    np.testing.assert_array_equal(linker.sample(precise).chains, given.sample(plain).chains)
    np.testing.assert_array_equal(given.sample(precise).chains, given.sample(plain).chains)
    assert linker.settle(precise).measurement_noise is None
