"""Scores of labels against scikit-learn, all pairs, and images drawn anew."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuscle.data.labels import Labels
from corpuscle.metrics.classes.passing import draw_roc, find_passing
from corpuscle.metrics.classes.ranking import rank_images, subtract
from corpuscle.metrics.classes.score import score_labels


@given(seed=st.integers(0, 1000), count=st.integers(2, 60), steps=st.integers(1, 12))
def test_areas_are_those_of_all_pairs_and_of_scikit_learn(seed: int, count: int, steps: int) -> None:
    """With few different scores, so that many tie."""
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(seed)
    score, positive = random.integers(0, steps, count) / steps, np.arange(count) % 3 == 0
    found = rank_images(score, positive)
    above = score[positive][:, None] - score[~positive]
    pairs = (above > 0) + 0.5 * (above == 0)
    assert found.value == pytest.approx(pairs.mean(), abs=1e-12)
    assert found.value == pytest.approx(metrics.roc_auc_score(positive, score), abs=1e-12)
    background, signal, cut = metrics.roc_curve(positive, score, drop_intermediate=False)
    curve = draw_roc(score, positive)
    np.testing.assert_allclose(curve.background, background)
    np.testing.assert_allclose(curve.signal, signal)
    np.testing.assert_array_equal(curve.cut, cut)
    if min(pairs.shape) > 1:  # DeLong, literally
        wanted = pairs.mean(axis=1).var(ddof=1) / len(pairs) + pairs.mean(axis=0).var(ddof=1) / pairs.shape[1]
        assert found.error**2 == pytest.approx(wanted, abs=1e-12)


def test_the_difference_has_delongs_covariance() -> None:
    random = np.random.default_rng(3)
    positive = np.arange(80) % 2 == 0
    one = random.normal(size=80) + positive
    other = one + random.normal(size=80)
    parts = []
    for score in (one, other):
        above = score[positive][:, None] - score[~positive]
        pairs = (above > 0) + 0.5 * (above == 0)
        parts.append((pairs.mean(axis=1), pairs.mean(axis=0)))
    wanted = sum(np.var(a - b, ddof=1) / len(a) for a, b in zip(*parts, strict=True))
    found = subtract(rank_images(one, positive), rank_images(other, positive))
    assert found.error**2 == pytest.approx(wanted)
    apart = np.hypot(rank_images(one, positive).error, rank_images(other, positive).error)
    assert found.error < apart  # pairing is worth it


def test_delongs_error_is_that_of_images_drawn_anew() -> None:
    random = np.random.default_rng(0)
    positive = np.arange(400) % 2 == 0
    score = random.normal(size=400) + positive
    drawn = []
    for _ in range(400):
        rows = np.concatenate([random.choice(np.flatnonzero(side), 200) for side in (positive, ~positive)])
        drawn.append(rank_images(score[rows], positive[rows]).value)
    assert np.std(drawn) == pytest.approx(rank_images(score, positive).error, rel=0.12)


def test_what_passes_is_spread_as_over_images_drawn_anew() -> None:
    random, share = np.random.default_rng(5), np.array([0.3, 0.5, 0.8])
    positive = np.arange(600) % 3 == 0
    score = np.round(random.normal(size=600) + positive, 1)  # many tie
    drawn = []
    for _ in range(600):
        rows = np.concatenate([random.choice(np.flatnonzero(side), side.sum()) for side in (positive, ~positive)])
        curve = draw_roc(score[rows], positive[rows])
        drawn.append(np.interp(share, curve.signal, curve.background))
    low, high = np.quantile(drawn, [0.025, 0.975], axis=0)
    found = find_passing(score, positive, share, random)
    np.testing.assert_allclose(found.low, low, atol=0.015)
    np.testing.assert_allclose(found.high, high, atol=0.015)


@pytest.mark.parametrize("classes", [2, 4])
def test_values_are_those_of_scikit_learn(classes: int) -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(classes)
    truth = np.concatenate([np.arange(classes), random.integers(0, classes, 150)])
    said = random.dirichlet(np.ones(classes), len(truth)) + 0.5 * np.eye(classes)[truth]
    said /= said.sum(axis=1, keepdims=True)
    labels = Labels(probability=said, names=tuple("abcd"[:classes]))
    values = score_labels(labels, truth, replicates=2).list_values()
    assert values["log_loss"] == pytest.approx(metrics.log_loss(truth, said))
    assert values["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said.argmax(axis=1)))
    if classes == 2:
        assert values["auc"] == pytest.approx(metrics.roc_auc_score(truth, said[:, 1]))
        assert values["brier"] == pytest.approx(metrics.brier_score_loss(truth, said[:, 1]))
    else:
        assert values["auc"] == pytest.approx(metrics.roc_auc_score(truth, said, multi_class="ovr"))
        assert values["brier"] == pytest.approx(((said - np.eye(classes)[truth]) ** 2).sum(axis=1).mean() / 2)
