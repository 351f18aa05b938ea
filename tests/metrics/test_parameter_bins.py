"""Scores of track parameters: what is left out, what is refused, what is listed."""

import math

import numpy as np
import pytest

from corpuscle.data.helix import HelixParameters
from corpuscle.metrics.interval import find_intervals
from corpuscle.metrics.regression import score_all_of, score_bins, score_momentum
from corpuscle.metrics.residuals import subtract

TRUE = HelixParameters(
    np.array([[0.0, 0.0, 3.1, 1.5, -0.5], [0.0, 0.0, -3.1, 1.0, 0.5], [0.0, 0.0, 0.0, 0.2, 0.05], [0, 0, 0, 2.0, 1.9]])
)


def find(offset: float = 0.01, *, lost: int | None = None, covariance: bool = True) -> HelixParameters:
    value = TRUE.value * np.array([1, 1, 1, 1, 1 + offset])
    if lost is not None:
        value[lost] = np.nan
    return HelixParameters(value, np.tile(np.eye(5) * 1e-4, (4, 1, 1)) if covariance else None)


def test_phi_goes_the_short_way_around() -> None:
    value = TRUE.value.copy()
    value[0, 2], value[1, 2] = -3.1, 3.1
    difference = subtract(HelixParameters(value), TRUE).difference[:2, 3]
    np.testing.assert_allclose(difference, [2 * np.pi - 6.2, 6.2 - 2 * np.pi])


def test_without_errors_nothing_is_said_of_pulls() -> None:
    values = score_momentum(subtract(find(covariance=False), TRUE))
    assert values["r68"] == pytest.approx(0.0, abs=1e-12)
    assert all(math.isnan(values[name]) for name in ("pull_width", "coverage68", "crps", "far"))
    assert math.isnan(values["ratio_to_bound"])
    assert math.isnan(values["ratio_to_reference"])


def test_what_was_not_found_is_counted_and_left_out() -> None:
    residuals = subtract(find(lost=1), TRUE)
    one = score_all_of(residuals)
    assert (one.tracks, one.invalid) == (4, 0.25)
    assert one.values["relative_error"] == pytest.approx(1 - 1 / 1.01)
    nothing = score_all_of(subtract(HelixParameters(np.full((4, 5), np.nan)), TRUE))
    assert nothing.invalid == 1.0
    assert all(math.isnan(value) for value in nothing.values.values())


def test_a_reference_counts_where_both_were_found() -> None:
    residuals = subtract(find(lost=0), TRUE, reference=find(0.02, lost=1))
    assert score_momentum(residuals)["ratio_to_reference"] == 0.0 or math.isnan(
        score_momentum(residuals)["ratio_to_reference"]
    )
    assert np.isfinite(residuals.reference).tolist() == [True, False, True, True]


def test_bins_are_of_the_true_value_whatever_was_found() -> None:
    bins = score_bins(subtract(find(0.9), TRUE))
    assert [(one.low, one.high, one.tracks) for one in bins] == [(0.0, 0.5, 1), (1.0, 2.0, 2), (2.0, 5.0, 1)]
    assert [one.tracks for one in score_bins(subtract(find(), TRUE), by="eta", edges=(0.0, 1.0, 9.0))] == [3, 1]
    with pytest.raises(ValueError, match="expected bins of pt, eta, lost, not of 'phi'"):
        score_bins(subtract(find(), TRUE), by="phi")


def test_values_are_listed_with_their_intervals() -> None:
    one = score_all_of(subtract(find(), TRUE), generator=np.random.default_rng(0), replicates=20)
    listed = one.list_values()
    assert listed["tracks"] == 4
    assert listed["bias_interval"] == one.intervals["bias"]
    assert one.intervals["ratio_to_bound"] == pytest.approx((math.nan, math.nan), nan_ok=True)
    assert not score_all_of(subtract(find(), TRUE)).intervals


def test_one_event_has_no_interval() -> None:
    found = find_intervals(lambda rows: {"count": float(len(rows))}, np.zeros(4, int), np.random.default_rng(0))
    assert found["count"] == pytest.approx((math.nan, math.nan), nan_ok=True)


def test_what_cannot_be_compared_is_refused() -> None:
    one = HelixParameters(TRUE.value[:1])
    with pytest.raises(ValueError, match="4 true tracks need as many of found, not 1"):
        subtract(one, TRUE)
    with pytest.raises(ValueError, match="4 true tracks need as many of reference, not 1"):
        subtract(find(), TRUE, reference=one)
    neutral = HelixParameters(TRUE.value * np.array([1, 1, 1, 1, 0]))
    with pytest.raises(ValueError, match="a finite q/p other than 0, but track 0 has -0: leave it out"):
        subtract(find(), neutral)
