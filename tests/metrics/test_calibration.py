"""Calibration: known errors of made-up probabilities, and what counts as a link with one."""

import math

import numpy as np
import pytest

from corpuscle.data.scene import Truth
from corpuscle.metrics.base import Result
from corpuscle.metrics.calibration import Calibration, score_candidates
from corpuscle.metrics.reliability import BINS


def draw(links: int, seed: int, scenes: int = 1, *, honesty: float = 1.0) -> Calibration:
    """Draw links said to be true with p, uniform in 0.5 to 1, and true with 0.5 + honesty (p - 0.5)."""
    random = np.random.default_rng(seed)
    said = random.uniform(0.5, 1, links)
    right = random.random(links) < 0.5 + honesty * (said - 0.5)
    return Calibration(probability=said, right=right, scene=np.arange(links) * scenes // links)


def test_right_probabilities_have_no_error_but_chance() -> None:
    drawn = [draw(2000, seed) for seed in range(60)]
    chance = np.mean([one.floor for one in drawn])
    assert np.mean([one.expected_error for one in drawn]) == pytest.approx(chance, rel=0.1)
    assert draw(500_000, 0).expected_error < 0.002


def test_overconfidence_is_measured() -> None:
    """With half the honesty the mean distance is the mean of (p - 0.5) / 2 over 0.5 to 1, an eighth."""
    assert draw(500_000, 1, honesty=0.5).expected_error == pytest.approx(0.125, abs=0.003)
    assert draw(500_000, 1, honesty=0.0).expected_error == pytest.approx(0.25, abs=0.003)


def test_the_bins_have_equal_counts_and_rise() -> None:
    curve = draw(1003, 2).curve()
    assert len(curve.count) == BINS
    assert curve.count.sum() == 1003
    assert curve.count.min() >= 100
    assert (np.diff(curve.said) > 0).all()


def test_equal_probabilities_stay_together_and_their_order_is_irrelevant() -> None:
    """Nine of ten right and all said 0.9: no error, however the wrong ones lie among them."""
    right = np.arange(100) >= 10
    for order in (np.arange(100), np.random.default_rng(0).permutation(100)):
        one = Calibration(probability=np.full(100, 0.9), right=right[order], scene=np.zeros(100, dtype=np.int64))
        assert one.expected_error == pytest.approx(0.0, abs=1e-12)
        assert one.curve().count.tolist() == [100]


def test_pooled_scenes_are_scored_by_all_their_links() -> None:
    """Two scenes, each wrong in its own direction, are right together."""
    none = np.zeros(10, dtype=np.int64)
    high = Calibration(probability=np.full(10, 0.5), right=np.ones(10, dtype=bool), scene=none)
    low = Calibration(probability=np.full(10, 0.5), right=np.zeros(10, dtype=bool), scene=none)
    nothing = Calibration.pool([])
    both = Calibration.pool([high, nothing, low])
    assert (high.expected_error, low.expected_error, both.expected_error) == (0.5, 0.5, 0.0)
    assert both.scene.tolist() == [0] * 10 + [1] * 10
    assert Calibration.pool([both, high]).scene.tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert both.curve().error.tolist() == [0.5]  # over the scenes, not over twenty links
    assert nothing.list_values() == {}
    assert math.isnan(nothing.expected_error)
    assert math.isnan(nothing.negative_log_likelihood)


def test_the_standard_error_is_that_of_drawing_other_scenes() -> None:
    """Of scenes that are honest to very different degrees."""
    random = np.random.default_rng(3)

    def pooled() -> Calibration:
        seeds = random.integers(1 << 30, size=20).tolist()
        return Calibration.pool([draw(200, seed, honesty=random.uniform(0, 0.4)) for seed in seeds])

    found = [pooled() for _ in range(100)]
    spread = np.std([one.expected_error for one in found], ddof=1)
    errors = [one.standard_error(random) for one in found[:20]]
    assert np.mean(errors) == pytest.approx(spread, rel=0.25)
    assert math.isnan(draw(100, 0).standard_error(random))


def test_a_link_has_its_probability_at_its_later_row() -> None:
    frame = np.array([0, 1, 2, 0, 1])
    truth = Truth(np.array([0, 0, 0, 1, 1]), frame, np.zeros((5, 2)), np.arange(5))
    said = np.array([np.nan, 0.9, 0.3, np.nan, np.nan])
    track = np.array([0, 0, 0, 1, 1])
    found = Calibration.measure(truth, Result(track, frame, np.zeros((5, 2)), probability=said), gate=1.0)
    assert found.probability.tolist() == [0.9, 0.3]  # that of the last row is not known
    assert found.right.tolist() == [True, True]
    crossed = np.array([0, 1, 1, 1, 0])
    said = np.array([np.nan, 0.6, 0.9, np.nan, 0.6])
    found = Calibration.measure(truth, Result(crossed, frame, np.zeros((5, 2)), probability=said), gate=1.0)
    assert sorted(zip(found.probability.tolist(), found.right.tolist(), strict=True)) == [
        (0.6, False), (0.6, False), (0.9, True),
    ]  # fmt: skip


def test_by_position_as_by_identity() -> None:
    frame = np.array([0, 1, 2, 0, 1, 2])
    position = np.array([[0.0, 0], [1, 0], [2, 0], [9, 9], [8, 9], [7, 9]])
    truth = Truth(np.array([0, 0, 0, 1, 1, 1]), frame, position)
    crossed = np.array([0, 0, 1, 1, 1, 0])
    result = Result(crossed, frame, position + 0.1, probability=np.array([np.nan, 0.9, 0.2, np.nan, 0.9, 0.2]))
    found = Calibration.measure(truth, result, gate=1.0)
    assert found.right[found.probability > 0.5].all()
    assert not found.right[found.probability < 0.5].any()


def test_a_merge_has_no_probability_of_its_own() -> None:
    """The later row's probability is that of the track that goes on."""
    frame, track, merged = np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([-1, 0, -1])
    truth = Truth(np.array([0, 1, 0]), frame, np.zeros((3, 2)), np.arange(3))
    said = np.array([np.nan, np.nan, 0.7])
    result = Result(track, frame, np.zeros((3, 2)), merged_into=merged, probability=said)
    assert Calibration.measure(truth, result, gate=1.0).probability.tolist() == [0.7]
    split = Result(np.array([0, 1, 1]), frame, np.zeros((3, 2)), np.array([-1, -1, -1]), probability=said)
    assert Calibration.measure(truth, split, gate=1.0).right.tolist() == [False]


def test_the_log_likelihood_of_the_links() -> None:
    scene = np.zeros(3, dtype=np.int64)
    one = Calibration(probability=np.array([0.5, 0.25, 1.0]), right=np.array([True, False, True]), scene=scene)
    assert one.negative_log_likelihood == pytest.approx(-(math.log(0.5) + math.log(0.75)) / 3)
    sure = Calibration(probability=np.array([1.0]), right=np.array([False]), scene=scene[:1])
    assert sure.negative_log_likelihood == pytest.approx(-math.log(1e-12))


def test_the_log_likelihood_of_all_candidates() -> None:
    truth = Truth(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.zeros((4, 2)), np.arange(4))
    pair = np.array([[0, 1], [0, 3], [2, 1], [2, 3]])
    said = np.array([0.8, 0.2, 0.2, 0.8])
    assert score_candidates(pair, said, truth) == pytest.approx(-math.log(0.8))
    assert score_candidates(pair, 1 - said, truth) == pytest.approx(-math.log(0.2))
    assert score_candidates(pair, np.array([1.0, 1.0, 0.0, 1.0]), truth) == pytest.approx(-math.log(1e-12) / 4)
    assert math.isnan(score_candidates(pair[:0], said[:0], truth))
    with pytest.raises(ValueError, match="true links between detections need the truth's `detection` column"):
        score_candidates(pair, said, Truth(truth.track, truth.frame, truth.position))
