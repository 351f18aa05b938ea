"""The posterior of two particles that nobody names, against joint Gaussians of every labelling."""

import itertools

import numpy as np
import pytest
from jaxtyping import Float
from scipy.stats import multivariate_normal

from corpuscle.estimation.posterior.ising import LinkPosterior, couple, find_posterior, turn_jaccard
from corpuscle.estimation.posterior.ising_kernel import sample_signs


def draw_pair(frames: int, noise: float, seed: int, start: float = 3.0) -> np.ndarray:
    """Draw two walks, measured and shuffled [t 2 2]."""
    random = np.random.default_rng(seed)
    walk = random.normal(0, start, (2, 2)) + random.normal(0, 1.5, (frames, 2, 2)).cumsum(axis=0)
    measured: np.ndarray = walk + random.normal(0, noise, walk.shape)
    turned = random.random(frames) < 0.5
    measured[turned] = measured[turned][:, ::-1]
    return measured


def couple_pair(
    measured: np.ndarray, noise: float, drift: float = 0.0, start: float | None = None
) -> Float[np.ndarray, "t t"]:
    difference = (measured[:, 0] - measured[:, 1]) / np.sqrt(2)
    return couple(
        difference, np.arange(float(len(measured))), step=1.5, measurement_noise=noise, drift=drift, start=start
    )


@pytest.mark.parametrize(("noise", "drift", "start"), [(0.5, 0.0, 3.0), (2.0, 0.5, 10.0), (4.0, 0.0, 0.0)])
def test_it_is_that_of_all_labellings_of_two_joint_gaussians(noise: float, drift: float, start: float) -> None:
    """Both particles in full: no difference coordinate, no Ising model."""
    frames = 6
    measured = draw_pair(frames, noise, seed=4)
    t = np.arange(frames)
    spread = start**2 + 1.5**2 * np.minimum.outer(t, t) + drift**2 * np.outer(t, t) + noise**2 * np.eye(frames)
    path = multivariate_normal(np.zeros(frames), spread)
    same = np.zeros(frames - 1)
    whole = 0.0
    for labels in itertools.product([0, 1], repeat=frames):
        first, second = (measured[t, np.array(labels) ^ other] for other in (0, 1))
        weight = np.exp(sum(path.logpdf(particle[:, axis]) for particle in (first, second) for axis in (0, 1)) + 60)
        whole += weight
        same += weight * (np.diff(labels) == 0)
    posterior = find_posterior(couple_pair(measured, noise, drift, start), np.random.default_rng(0))
    np.testing.assert_allclose(posterior.same, same / whole, atol=1e-6)


def test_nothing_known_of_the_start_is_the_limit_of_a_wide_one() -> None:
    measured = draw_pair(10, 3.0, seed=1)
    wide = find_posterior(couple_pair(measured, 3.0, start=1e4), np.random.default_rng(0)).same
    np.testing.assert_allclose(
        find_posterior(couple_pair(measured, 3.0), np.random.default_rng(0)).same, wide, atol=1e-5
    )


@pytest.mark.parametrize("noise", [0.5, 3.0, 7.0, 10.0])
@pytest.mark.parametrize("seed", range(3))
def test_the_sampler_agrees_with_enumeration(noise: float, seed: int) -> None:
    coupling = couple_pair(draw_pair(12, noise, seed), noise, start=3.0)
    exact = find_posterior(coupling, np.random.default_rng(0)).same
    sampled = sample_signs(coupling, np.ones(12), 300, 4000, np.random.default_rng(seed))
    assert np.abs(sampled - exact).max() <= 0.02


def test_chains_that_begin_apart_agree() -> None:
    posterior = find_posterior(couple_pair(draw_pair(150, 7.0, 2), 7.0), np.random.default_rng(0), sweeps=4000)
    assert 0 < posterior.disagreement < 0.05
    assert ((posterior.same >= 0) & (posterior.same <= 1)).all()


def test_the_order_within_a_frame_turns_the_links_around_it() -> None:
    measured = draw_pair(30, 4.0, seed=5)
    turned = measured.copy()
    turned[10] = turned[10][::-1]
    before, after = (
        find_posterior(couple_pair(which, 4.0), np.random.default_rng(0)).same for which in (measured, turned)
    )
    before[[9, 10]] = 1 - before[[9, 10]]
    np.testing.assert_allclose(after, before, atol=1e-9)


def test_expected_accuracy_and_jaccard() -> None:
    posterior = LinkPosterior(np.array([0.9, 0.3]), 0.0)
    assert posterior.expect_accuracy() == pytest.approx(0.8)
    assert posterior.expect_accuracy(np.array([1.0, 1.0])) == pytest.approx(0.6)
    assert LinkPosterior(np.empty(0), 0.0).expect_accuracy() == 1.0
    assert turn_jaccard(0.8) == pytest.approx(2 / 3)
