"""Scores of track parameters against closed forms, numerical integrals and exact answers of Gaussian samples."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import ndtr, ndtri
from scipy.stats import norm

from corpuscle.data.helix import HelixParameters
from corpuscle.metrics.interval import find_intervals
from corpuscle.metrics.regression import score_bins, score_momentum
from corpuscle.metrics.residuals import subtract
from corpuscle.metrics.spread import rank_probability, score_spread

NORMAL = ndtri((np.arange(100_000) + 0.5) / 100_000)
"""A sample that has the quantiles of the normal distribution itself."""


@pytest.mark.parametrize(("width", "shift", "said"), [(1.0, 0.0, 1.0), (2.0, 0.5, 1.0), (0.3, -0.3, 0.6)])
def test_scores_of_a_normal_sample_are_those_of_the_distribution(width: float, shift: float, said: float) -> None:
    scores = score_spread(shift + width * NORMAL, np.full(len(NORMAL), said))
    pull = norm(shift / said, width / said)
    expected = {
        "bias": shift, "r68": width, "tails": 2.0, "far": 1 - pull.cdf(3) + pull.cdf(-3),
        "pull_mean": shift / said, "pull_width": width / said,
        "coverage68": pull.cdf(ndtri(0.84)) - pull.cdf(-ndtri(0.84)),
        "coverage95": pull.cdf(ndtri(0.975)) - pull.cdf(-ndtri(0.975)),
    }  # fmt: skip
    for name, value in expected.items():
        assert scores[name] == pytest.approx(value, abs=2e-4), name


@pytest.mark.parametrize(("residual", "error"), [(0.0, 1.0), (0.7, 0.5), (-3.0, 2.0), (10.0, 1.0)])
def test_ranked_probability_is_the_integral_it_stands_for(residual: float, error: float) -> None:
    """CRPS is the integral of (F(x) - 1[x >= truth])^2; found at 0, truth at -residual."""
    below = quad(lambda x: ndtr(x / error) ** 2, -math.inf, -residual)[0]
    above = quad(lambda x: (1 - ndtr(x / error)) ** 2, -residual, math.inf)[0]
    assert rank_probability(np.array([residual]), np.array([error])) == pytest.approx(below + above, rel=1e-7)


def test_the_error_of_q_over_pt_is_that_of_drawn_parameters() -> None:
    """Parameters drawn from a covariance with correlations have the spread that is said of q/pT."""
    random = np.random.default_rng(3)
    true = np.array([0.0, 0.0, 0.3, 0.7, -0.4])
    root = random.normal(0, 1, (5, 5)) * np.array([0.1, 0.1, 1e-3, 4e-3, 3e-3])
    covariance = root.T @ root
    drawn = random.multivariate_normal(true, covariance, 200_000)
    many = HelixParameters(np.tile(true, (len(drawn), 1)))
    residuals = subtract(HelixParameters(drawn, np.tile(covariance, (len(drawn), 1, 1))), many)
    np.testing.assert_allclose(residuals.error[:5], residuals.error[:1].repeat(5, axis=0), rtol=0.2)
    said = subtract(HelixParameters(many.value, np.tile(covariance, (len(drawn), 1, 1))), many).error[0]
    np.testing.assert_allclose(residuals.difference.std(axis=0), said, rtol=0.01)
    assert score_momentum(residuals)["pull_width"] == pytest.approx(1.0, abs=0.01)


def test_a_momentum_found_a_tenth_too_high_bends_too_little() -> None:
    true = HelixParameters(np.array([[0.0, 0.0, 0.0, math.pi / 2, charge / 2.0] for charge in (-1, 1)]))
    found = HelixParameters(true.value * np.array([1, 1, 1, 1, 1 / 1.1]))
    values = score_momentum(subtract(found, true))
    assert values["bias"] == pytest.approx(1 / 1.1 - 1)
    assert values["mae_pt"] == pytest.approx(0.2)
    assert values["relative_error"] == pytest.approx(0.1)
    assert values["charge_wrong"] == 0.0
    wrong = HelixParameters(true.value * np.array([1, 1, 1, 1, -1]))
    assert score_momentum(subtract(wrong, true))["charge_wrong"] == 1.0
    assert score_momentum(subtract(wrong, true))["bias"] == pytest.approx(-2.0)


def test_intervals_over_events_know_that_tracks_of_one_event_go_together() -> None:
    """Of the mean of 400 events with 5 equal tracks each, the 95 % interval is 2 * 1.96 / sqrt(400) wide."""
    random = np.random.default_rng(0)
    event = np.repeat(np.arange(400), 5)
    value = np.repeat(random.normal(0, 1, 400), 5)

    def score(rows: np.ndarray) -> dict[str, float]:
        return {"mean": float(value[rows].mean())}

    low, high = find_intervals(score, event, random, replicates=2000)["mean"]
    assert high - low == pytest.approx(2 * 1.96 / 20 * value.std(), rel=0.08)
    low, high = find_intervals(score, np.arange(2000), random, replicates=2000)["mean"]
    assert high - low == pytest.approx(2 * 1.96 / math.sqrt(2000) * value.std(), rel=0.08)


def test_the_interval_of_a_width_is_that_of_theory() -> None:
    """The central 68.27 % of n normal values: a standard deviation of sqrt(p (1 - 2 p) / (2 n)) / density, p 0.1587."""
    random, n = np.random.default_rng(1), 4000
    true = np.tile([0.0, 0.0, 0.0, math.pi / 2, 1.0], (n, 1))
    found = true.copy()
    found[:, 4] += random.normal(0, 0.01, n)
    residuals = subtract(HelixParameters(found), HelixParameters(true))
    one = score_bins(residuals, generator=random, replicates=500)[0]
    low, high = one.intervals["r68"]
    p = ndtr(-1.0)
    expected = 0.01 * math.sqrt(p * (1 - 2 * p) / (2 * n)) / norm.pdf(1.0)
    assert (high - low) / (2 * 1.96) == pytest.approx(expected, rel=0.25)
    assert low < 0.01 < high
