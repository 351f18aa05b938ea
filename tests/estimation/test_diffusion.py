"""Diffusion against the truth of simulated walks, and its error against the exact one of a quadratic form."""

import numpy as np
import pytest

from corpuscle.estimation.movement.diffusion import estimate_diffusion, estimate_exponent, estimate_slope, find_error
from corpuscle.estimation.movement.displacement import Paths, Sums, lay_paths, list_terms
from corpuscle.estimation.movement.moving import measure_motion


def walk(tracks: int, length: int, step: float, noise: float, seed: int, space: int = 2) -> Paths:
    random = np.random.default_rng(seed)
    position = random.normal(0, step, (tracks, length, space)).cumsum(axis=1)
    position += random.normal(0, noise, position.shape)
    label, frame = np.repeat(np.arange(tracks), length), np.tile(np.arange(length), tracks)
    return lay_paths(label, frame, position.reshape(-1, space))


def sum_up(paths: Paths, lags: int = 10) -> Sums:
    terms = list_terms(paths, lags)
    return terms.add_up(np.ones(len(terms.track)))


@pytest.mark.parametrize("space", [2, 3])
@pytest.mark.parametrize("noise", [0.0, 1.0, 4.0])
def test_the_coefficient_and_the_noise_are_unbiased(noise: float, space: int) -> None:
    found = estimate_diffusion(sum_up(walk(4000, 12, 1.5, noise, 0, space)))
    for values, true in ((found.coefficient, 1.125), (found.noise, noise**2)):
        assert abs(values.mean() - true) < 4 * values.std() / np.sqrt(4000)


@pytest.mark.parametrize("noise", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("steps", [10, 40])
def test_the_error_is_that_of_the_quadratic_form(noise: float, steps: int) -> None:
    """D is x' A x of normal steps with a known covariance C, so that its variance is 2 tr(A C A C)."""
    one, side = np.eye(steps), np.eye(steps, k=1) + np.eye(steps, k=-1)
    covariance = (2 * 1.125 + 2 * noise**2) * one - noise**2 * side
    form = one / (2 * steps) + side / (2 * (steps - 1))
    exact = np.sqrt(2 * np.trace(form @ covariance @ form @ covariance) / 2)
    said = find_error(np.array([1.125]), np.array([noise**2]), np.array([float(steps)]), space=2)
    assert said[0] == pytest.approx(exact, rel=0.08)


def test_motion_blur_is_part_of_the_noise() -> None:
    """Positions averaged over the whole frame: D is the same, and R = 1/6 gives the noise back."""
    random = np.random.default_rng(1)
    fine = random.normal(0, 1.5 / np.sqrt(50), (2000, 12, 50, 2)).reshape(2000, 600, 2).cumsum(axis=1)
    position = fine.reshape(2000, 12, 50, 2).mean(axis=2) + random.normal(0, 0.8, (2000, 12, 2))
    label, frame = np.repeat(np.arange(2000), 12), np.tile(np.arange(12), 2000)
    sums = sum_up(lay_paths(label, frame, position.reshape(-1, 2))).pool()
    found = estimate_diffusion(sums, blur=1 / 6)
    assert found.coefficient[0] == pytest.approx(1.125, rel=0.03)
    assert found.noise[0] == pytest.approx(0.64, rel=0.05)
    assert estimate_diffusion(sums).noise[0] < 0.4


def test_the_exponent_tells_kinds_of_motion() -> None:
    brownian, noisy = (sum_up(walk(400, 60, 1.5, noise, 2)).pool() for noise in (0.0, 2.0))
    assert estimate_exponent(brownian)[0] == pytest.approx(1.0, abs=0.03)
    assert estimate_exponent(noisy)[0] < 0.8
    assert estimate_exponent(noisy, noise=4.0)[0] == pytest.approx(1.0, abs=0.05)
    assert estimate_slope(noisy)[0] == pytest.approx(1.125, rel=0.06)
    frame = np.arange(40)
    straight = lay_paths(np.zeros(40, dtype=np.int64), frame, np.stack([2.0 * frame, 1.0 * frame], axis=1))
    assert estimate_exponent(sum_up(straight))[0] == pytest.approx(2.0)
    assert np.isnan(estimate_exponent(sum_up(straight, lags=2))[0])


def test_the_errors_cover_the_truth() -> None:
    """Over walks drawn anew the estimates lie from the truth as far as their errors say."""
    off = []
    for seed in range(120):
        moving = measure_motion(walk(30, 20, 1.5, 1.0, seed), np.random.default_rng(seed), lags=5, noise=1.0)
        whole = moving.whole
        off.append([
            (whole.coefficient - 1.125) / whole.coefficient_error,
            (whole.slope - 1.125) / whole.slope_error,
            (whole.noise - 1.0) / whole.noise_error,
            (whole.exponent - 1.0) / whole.exponent_error,
            (whole.squared[2] - 4 * (3 * 1.125 + 1.0)) / whole.squared_error[2],
        ])  # fmt: skip
    assert (np.abs(np.mean(off, axis=0)) < 0.35).all()
    assert (np.abs(np.std(off, axis=0) - 1) < 0.25).all()


def test_doubted_links_widen_the_errors_and_keep_the_estimate() -> None:
    random = np.random.default_rng(5)
    paths = walk(60, 40, 1.5, 0.5, 5)
    sure = np.where(random.random(2400) < 0.3, 0.5, 1.0)
    moving = measure_motion(lay_paths(paths.track, paths.frame, paths.position, sure), random, noise=0.25)
    whole, open_whole = moving.whole, moving.doubted
    assert open_whole is not None
    assert open_whole.coefficient_error > 1.1 * whole.coefficient_error
    assert open_whole.slope_error > 1.3 * whole.slope_error
    assert (open_whole.squared_error > whole.squared_error).all()
    assert abs(open_whole.coefficient - 1.125) < 3 * open_whole.coefficient_error
    assert abs(open_whole.exponent - 1) < 3 * open_whole.exponent_error


def test_a_single_track_has_the_error_of_independent_steps() -> None:
    moving = measure_motion(walk(1, 200, 1.5, 0.0, 3), np.random.default_rng(0))
    assert moving.doubted is None
    assert abs(moving.whole.coefficient - 1.125) < 3 * moving.whole.coefficient_error
    assert np.isnan(moving.whole.exponent_error)
    assert np.isnan(moving.whole.squared_error).all()


def test_short_tracks_have_no_values_of_their_own() -> None:
    moving = measure_motion(walk(5, 6, 1.0, 0.0, 0), np.random.default_rng(0), minimum=7)
    assert np.isnan(moving.each.coefficient).all()
    assert np.isnan(moving.exponent).all()
    assert np.isfinite(moving.whole.coefficient)
