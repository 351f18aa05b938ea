"""Laws of every score of track parameters, over random tracks."""

import dataclasses
import math
from collections.abc import Callable, Mapping
from functools import partial

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from corpuscle.data.helix import HelixParameters
from corpuscle.metrics.regression import ETA_EDGES, PT_EDGES, score_bins, score_momentum, score_quantity
from corpuscle.metrics.residuals import QUANTITIES, Residuals, subtract

Score = Callable[[Residuals], Mapping[str, float]]

SCORES: Mapping[str, Score] = {
    "momentum": score_momentum,
    **{name: partial(score_quantity, name=name) for name in QUANTITIES},
}
SHARES = ("far", "coverage68", "coverage95", "charge_wrong")
ZERO_ON_THE_TRUTH = ("bias", "r68", "far", "pull_mean", "pull_width", "charge_wrong", "mae_pt", "mae_pz")

every_score = pytest.mark.parametrize("name", SCORES)


@st.composite
def drawn(draw: st.DrawFn) -> tuple[HelixParameters, HelixParameters]:
    """Draw true tracks, and what was found of them with errors of their covariance; some were not found."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    tracks = draw(st.integers(2, 60))
    true = np.column_stack([
        random.normal(0, 1, tracks), random.normal(0, 50, tracks), random.uniform(-np.pi, np.pi, tracks),
        random.uniform(0.5, 2.6, tracks), random.choice([-1, 1], tracks) / random.uniform(0.5, 60, tracks),
    ])  # fmt: skip
    spread = np.array([0.05, 0.1, 1e-3, 1e-3, 5e-3])
    found = true + random.normal(0, 1, true.shape) * spread
    found[random.random(tracks) < 0.1] = np.nan
    return HelixParameters(found, np.tile(np.diag(spread**2), (tracks, 1, 1))), HelixParameters(true)


def assert_same(one: Mapping[str, float], other: Mapping[str, float]) -> None:
    assert one.keys() == other.keys()
    for key, value in one.items():
        assert other[key] == pytest.approx(value, rel=1e-9, abs=1e-9, nan_ok=True), key


def turn(parameters: HelixParameters, angle: float) -> HelixParameters:
    value = parameters.value.copy()
    value[:, 2] = (value[:, 2] + angle + np.pi) % (2 * np.pi) - np.pi
    return HelixParameters(value, parameters.covariance)


def mirror(parameters: HelixParameters) -> HelixParameters:
    """Mirror in the plane of x and z: d0, phi and the charge change sign."""
    return HelixParameters(parameters.value * np.array([-1, 1, -1, 1, -1]), parameters.covariance)


@every_score
@given(tracks=drawn())
def test_the_truth_is_perfect(name: str, tracks: tuple[HelixParameters, HelixParameters]) -> None:
    found, true = tracks
    values = SCORES[name](subtract(HelixParameters(true.value, found.covariance), true))
    assert {values[score] for score in ZERO_ON_THE_TRUTH if score in values} == {0.0}
    assert values["coverage68"] == values["coverage95"] == 1.0


@every_score
@given(tracks=drawn(), seed=st.integers(0, 99))
def test_the_order_of_tracks_says_nothing(
    name: str, tracks: tuple[HelixParameters, HelixParameters], seed: int
) -> None:
    residuals = subtract(*tracks)
    shuffled = residuals.choose(np.random.default_rng(seed).permutation(len(residuals)))
    assert_same(SCORES[name](residuals), SCORES[name](shuffled))


@every_score
@given(tracks=drawn(), angle=st.floats(-np.pi, np.pi))
def test_turning_all_about_the_axis_says_nothing(
    name: str, tracks: tuple[HelixParameters, HelixParameters], angle: float
) -> None:
    found, true = tracks
    before = subtract(found, true)
    after = subtract(turn(found, angle), turn(true, angle))
    np.testing.assert_allclose(after.difference, before.difference, atol=1e-9)
    np.testing.assert_array_equal(after.error, before.error)
    assert SCORES[name](after).keys() == SCORES[name](before).keys()


@given(tracks=drawn())
def test_particles_and_antiparticles_are_scored_alike(tracks: tuple[HelixParameters, HelixParameters]) -> None:
    found, true = tracks
    plain = HelixParameters(found.value), HelixParameters(mirror(found).value)
    assert_same(score_momentum(subtract(plain[0], true)), score_momentum(subtract(plain[1], mirror(true))))


@every_score
@given(tracks=drawn())
def test_tracks_that_were_not_found_change_nothing_but_their_share(
    name: str, tracks: tuple[HelixParameters, HelixParameters]
) -> None:
    residuals = subtract(*tracks)
    assert_same(SCORES[name](residuals), SCORES[name](residuals.choose(residuals.found)))


@every_score
@given(tracks=drawn())
def test_shares_are_shares(name: str, tracks: tuple[HelixParameters, HelixParameters]) -> None:
    values = SCORES[name](subtract(*tracks))
    for score in SHARES:
        assert math.isnan(values.get(score, 0.0)) or 0 <= values.get(score, 0.0) <= 1


@pytest.mark.parametrize(("by", "edges"), [("pt", PT_EDGES), ("eta", ETA_EDGES)])
@given(tracks=drawn())
def test_every_track_stands_in_one_bin(
    by: str, edges: tuple[float, ...], tracks: tuple[HelixParameters, HelixParameters]
) -> None:
    residuals = subtract(*tracks)
    bins = score_bins(residuals, by=by, edges=edges)
    assert sum(one.tracks for one in bins) == len(residuals)
    assert sum(one.invalid * one.tracks for one in bins) == pytest.approx((~residuals.found).sum())
    assert all(one.low < one.high for one in bins)


@given(tracks=drawn())
def test_a_fit_is_as_good_as_itself(tracks: tuple[HelixParameters, HelixParameters]) -> None:
    found, true = tracks
    own = subtract(found, true, reference=found)
    if own.found.sum() > 1:
        assert score_momentum(own)["ratio_to_reference"] == pytest.approx(1.0)
    scaled = dataclasses.replace(own, bound=np.full(len(own), 2.0))
    assert_same({"ratio": score_momentum(scaled)["ratio_to_bound"]}, {"ratio": score_momentum(own)["r68"] / 2})
