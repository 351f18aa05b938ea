"""Scores of labels: examples by hand, what is refused, and what intervals are worth."""

import math

import numpy as np
import pytest

from corpuscle.data.labels import Labels
from corpuscle.metrics.classes.passing import draw_roc, find_passing
from corpuscle.metrics.classes.ranking import average, rank_images, subtract
from corpuscle.metrics.classes.score import score_labels
from corpuscle.metrics.classes.share import find_share_interval


def label(second: list[float]) -> Labels:
    said = np.array(second)
    return Labels(probability=np.stack([1 - said, said], axis=1), names=("photon", "electron"))


def test_an_example_by_hand() -> None:
    """Two photons, three electrons: of six pairs four are right, one is tied, one is wrong."""
    scores = score_labels(label([0.2, 0.6, 0.6, 0.4, 0.9]), np.array([0, 0, 1, 1, 1]), replicates=20)
    values = scores.list_values()
    assert values["auc"] == pytest.approx(4.5 / 6)
    assert values["accuracy"] == pytest.approx(3 / 5)
    assert values["classes"] == {"photon": 2, "electron": 3}
    assert values["signal"] == "electron"
    assert values["brier"] == pytest.approx((0.04 + 0.36 + 0.16 + 0.36 + 0.01) / 5)
    assert values["log_loss"] == pytest.approx(-np.log([0.8, 0.4, 0.6, 0.4, 0.9]).mean())
    # V10 of electrons: 3/4, 1/2, 1; V01 of photons: 1, 1/2
    wanted = np.var([0.75, 0.5, 1.0], ddof=1) / 3 + np.var([1.0, 0.5], ddof=1) / 2
    assert values["auc_error"] == pytest.approx(math.sqrt(wanted))
    # half of the electrons pass on the way from the cut 0.9 (1/3) to that of 0.6 (2/3), where one of two photons does
    assert values["rejection_50"] == pytest.approx(4.0)
    assert values["rejection_30"] == math.inf
    low, high = values["rejection_30_interval"]
    assert 1 < low < 2
    assert high == math.inf


def test_classes_are_scored_against_the_rest() -> None:
    names = ("a", "b", "c")
    said = np.array([[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.1, 0.5, 0.4], [0.3, 0.4, 0.3]])
    scores = score_labels(Labels(probability=said, names=names), np.array([0, 1, 2, 1]), replicates=5)
    values = scores.list_values()
    assert values["accuracy"] == 0.75
    assert values["one_against_rest"]["a"]["auc"] == 1.0
    assert values["auc"] == pytest.approx(np.mean([one["auc"] for one in values["one_against_rest"].values()]))
    few = score_labels(Labels(probability=said[:2], names=names), np.array([0, 1]), replicates=5).list_values()
    assert list(few["one_against_rest"]) == ["a", "b"]


def test_the_mean_of_one_area_twice_is_the_area() -> None:
    random = np.random.default_rng(0)
    one = rank_images(random.normal(size=40), np.arange(40) % 2 == 0)
    assert average([one, one]).error == pytest.approx(one.error)
    assert subtract(one, one).error == 0


def test_wilson_of_a_published_example() -> None:
    """Newcombe, Statistics in Medicine 17 (1998) 857, Table I, method 3: 81 of 263 and 1 of 29."""
    assert find_share_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert find_share_interval(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert math.isnan(find_share_interval(0, 0)[0])


def test_one_class_is_refused() -> None:
    with pytest.raises(ValueError, match="needs images of two classes at least, of 'photon', 'electron', and all 2"):
        score_labels(label([0.2, 0.3]), np.array([1, 1]))
    with pytest.raises(ValueError, match="and there is none"):
        score_labels(Labels(probability=np.zeros((0, 2)), names=("a", "b")), np.zeros(0, int))
    with pytest.raises(ValueError, match="of 2 images all of them are of the one"):
        rank_images(np.array([0.1, 0.2]), np.array([True, True]))
    with pytest.raises(ValueError, match="all 2 images are of one"):
        draw_roc(np.array([0.1, 0.2]), np.array([False, False]))
    with pytest.raises(ValueError, match="cannot be paired"):
        subtract(rank_images(np.arange(4.0), np.arange(4) > 1), rank_images(np.arange(3.0), np.arange(3) > 1))
    with pytest.raises(ValueError, match="class of each of 2 images, not of 3"):
        score_labels(label([0.2, 0.3]), np.array([0, 1, 1]))


def test_rejection_holds_its_true_value() -> None:
    """Signal uniform, background 1 - sqrt(uniform): P(background > 1 - s) = P(sqrt(u) < s) = s^2."""
    random = np.random.default_rng(1)
    share, held = np.array([0.3, 0.5, 0.8]), np.zeros(3)
    for _ in range(40):
        score = 1 - np.concatenate([np.sqrt(random.uniform(size=300)), random.uniform(size=300)])
        found = find_passing(score, np.arange(600) >= 300, share, random, replicates=400)
        held += (found.low <= share**2) & (share**2 <= found.high)
    assert (held >= 34).all()
