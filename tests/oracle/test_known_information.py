"""Information by other roads: closed forms, definitions written out, scikit-learn."""

import numpy as np
import pytest
from scipy.special import digamma
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression
from sklearn.metrics import mutual_info_score

from corpuscle.metrics.information.base import BIT, normal_scores
from corpuscle.metrics.information.binned import BinEstimator
from corpuscle.metrics.information.chance import adjust
from corpuscle.metrics.information.counts import CountEstimator, measure_entropy
from corpuscle.metrics.information.ksg import NeighbourEstimator
from corpuscle.metrics.information.ross import LabelEstimator


def draw_gaussian(correlation: float, count: int = 4000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    x = generator.normal(size=(count, 1))
    return x, correlation * x + np.sqrt(1 - correlation**2) * generator.normal(size=(count, 1))


@pytest.mark.parametrize("correlation", [0.0, 0.3, 0.6, 0.9, 0.99])
@pytest.mark.parametrize("form", [1, 2])
@pytest.mark.parametrize("scale", ["ranks", "spread"])
def test_neighbours_tell_what_a_gaussian_holds(correlation: float, form: int, scale: str) -> None:
    estimator = NeighbourEstimator(form=form, scale=scale)  # type: ignore[arg-type] # parametrised literals
    assert estimator.measure(*draw_gaussian(correlation)) == pytest.approx(-np.log2(1 - correlation**2) / 2, abs=0.06)


def test_bins_tell_no_more_than_a_gaussian_holds() -> None:
    assert BinEstimator(bins=12).measure(*draw_gaussian(0.6)) == pytest.approx(-np.log2(1 - 0.36) / 2, abs=0.03)
    assert BinEstimator(bins=12).measure(*draw_gaussian(0.99)) < -np.log2(1 - 0.99**2) / 2


def test_two_coordinates_of_a_gaussian_add_up() -> None:
    one, other = draw_gaussian(0.8, seed=2), draw_gaussian(0.5, seed=3)
    both = NeighbourEstimator().measure(np.hstack([one[0], other[0]]), np.hstack([one[1], other[1]]))
    assert both == pytest.approx(-np.log2((1 - 0.64) * (1 - 0.25)) / 2, abs=0.08)


def test_scikit_learn_measures_the_same() -> None:
    x, y = draw_gaussian(0.7, 1500)
    ours = NeighbourEstimator(scale="spread").measure(x, y)
    assert ours * BIT == pytest.approx(mutual_info_regression(x, y[:, 0], random_state=0)[0], abs=1e-6)
    label = (np.arange(1500) * 7 % 90)[:, None]
    shifted = x + 0.1 * label
    ours = LabelEstimator(scale="spread").measure(shifted, label)
    theirs = mutual_info_classif(shifted, label[:, 0], discrete_features=False, random_state=0)[0]
    assert ours * BIT == pytest.approx(theirs, abs=2e-3)
    coarse = np.round(shifted).astype(np.int64)
    counted = CountEstimator(corrected=False).measure(coarse, label)
    assert counted * BIT == pytest.approx(mutual_info_score(coarse[:, 0], label[:, 0]))


def test_the_definition_written_out_gives_the_same() -> None:
    x, y = draw_gaussian(0.5, 60)
    k, one, other = 3, normal_scores(x)[:, 0], normal_scores(y)[:, 0]
    part = []
    for row in range(60):
        along, across = np.abs(one - one[row]), np.abs(other - other[row])
        reach = np.sort(np.maximum(along, across))[k]
        part.append(digamma(k) + digamma(60) - digamma((along < reach).sum()) - digamma((across < reach).sum()))
    np.testing.assert_allclose(NeighbourEstimator(neighbours=k).weigh(x, y), part)
    label = np.arange(60) % 4
    part = []
    for row in range(60):
        along = np.abs(one - one[row])
        reach = np.sort(along[label == label[row]])[k]
        part.append(digamma(60) + digamma(k) - digamma(15) - digamma((along < reach).sum()))
    np.testing.assert_allclose(LabelEstimator(neighbours=k).weigh(x, label[:, None]), part)


def test_a_label_of_two_normals_holds_what_the_integral_says() -> None:
    generator = np.random.default_rng(4)
    label = generator.integers(2, size=(6000, 1))
    x = 2.0 * label + generator.normal(size=(6000, 1))
    at = np.linspace(-8, 10, 20001)
    one, other = (np.exp(-((at - mean) ** 2) / 2) / np.sqrt(2 * np.pi) for mean in (0.0, 2.0))
    mixed = (one + other) / 2
    known = 0.5 * np.trapezoid(one * np.log2(one / mixed) + other * np.log2(other / mixed), at)
    assert LabelEstimator().measure(x, label) == pytest.approx(known, abs=0.02)


def test_labels_hold_their_closed_forms() -> None:
    letter = np.repeat(np.arange(8), 500)[:, None]
    assert measure_entropy(letter) == pytest.approx(3.0)
    assert CountEstimator(corrected=False).measure(letter // 2, letter) == pytest.approx(2.0)
    generator = np.random.default_rng(5)
    bit = generator.integers(2, size=(20000, 1))
    flipped = np.where(generator.random((20000, 1)) < 0.11, 1 - bit, bit)
    assert CountEstimator().measure(bit, flipped) == pytest.approx(0.5, abs=0.02)


def test_miller_and_madow_take_off_what_chance_adds() -> None:
    generator = np.random.default_rng(6)
    one, other = generator.integers(12, size=(2, 3000, 1))
    assert CountEstimator(corrected=False).measure(one, other) > 0.02
    assert abs(CountEstimator().measure(one, other)) < 0.01


def test_false_discoveries_as_benjamini_and_hochberg_count_them() -> None:
    p = np.array([0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240])
    p = np.append(p, [0.4262, 0.5719, 0.6528, 0.7590, 1.0])  # the example of their paper: four are rejected at 0.05
    assert (adjust(p) <= 0.05).sum() == 4
    adjusted = adjust(p[::-1])[::-1]
    np.testing.assert_allclose(adjusted, adjust(p))
    assert (np.diff(adjusted) >= 0).all()
