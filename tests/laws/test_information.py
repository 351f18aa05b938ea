"""What holds for every estimator of information and every permutation."""

from typing import Any, get_args

import numpy as np
import pytest

from corpuscle.metrics.information import ESTIMATORS
from corpuscle.metrics.information.base import Estimator
from corpuscle.metrics.information.measurement import measure_information
from corpuscle.metrics.information.permutations import Null, Origin, permute

each_estimator = pytest.mark.parametrize("name", ESTIMATORS)
each_null = pytest.mark.parametrize("null", get_args(Null))


def draw(estimator: Estimator, *, dependent: float, seed: int = 0, count: int = 1200) -> tuple[Any, Any]:
    generator = np.random.default_rng(seed)
    one = generator.normal(size=(count, 1))
    other = dependent * one + generator.normal(size=(count, 1))
    pair = [
        np.digitize(v, [-1, 0, 1]) if kind == "discrete" else v
        for kind, v in zip(estimator.kinds, (one, other), strict=True)
    ]
    return pair[0], pair[1]


def make_origin(count: int, *, events: int = 4, particles: int = 30) -> Origin:
    row = np.arange(count)
    event = row * events // count
    particle = event * particles + row % particles
    return Origin(event=event, particle=particle, layer=(row // particles) % 10)


@each_estimator
def test_what_is_independent_has_no_excess(name: str) -> None:
    estimator = ESTIMATORS[name]()
    scores = [
        measure_information(
            estimator, *draw(estimator, dependent=0.0, seed=seed), origin=make_origin(1200), null="hits", shuffles=20,
            generator=np.random.default_rng(seed),
        ).z
        for seed in range(12)
    ]  # fmt: skip
    assert abs(np.mean(scores)) < 1.0
    assert np.max(np.abs(scores)) < 4.5


@each_estimator
def test_what_is_dependent_has(name: str) -> None:
    estimator = ESTIMATORS[name]()
    found = measure_information(
        estimator, *draw(estimator, dependent=1.0), origin=make_origin(1200), null="layers", shuffles=10,
        generator=np.random.default_rng(0),
    )  # fmt: skip
    assert found.z > 8
    assert found.p < 1e-4
    assert found.low < found.bits < found.high
    assert 0.25 < found.excess < 0.6  # 0.5 bit, less what labels leave out


@each_estimator
def test_the_same_twice_and_in_any_order(name: str) -> None:
    estimator = ESTIMATORS[name]()
    one, other = draw(estimator, dependent=1.0)
    mixed = np.random.default_rng(1).permutation(len(one))
    part = estimator.weigh(one, other)
    np.testing.assert_array_equal(part, estimator.weigh(one, other))
    np.testing.assert_allclose(part[mixed], estimator.weigh(one[mixed], other[mixed]), rtol=1e-12, atol=1e-12)


@each_estimator
@pytest.mark.parametrize("bijection", [np.exp, lambda x: -x, lambda x: 5000 * x + 3, lambda x: x**3])
def test_how_a_quantity_is_written_down_does_not_matter(name: str, bijection: Any) -> None:
    estimator = ESTIMATORS[name]()
    one, other = draw(estimator, dependent=1.0)
    again = bijection(one.astype(float))
    assert estimator.measure(again, other) == pytest.approx(estimator.measure(one, other), abs=2e-3)


@each_estimator
def test_a_bijection_that_cuts_changes_little(name: str) -> None:
    estimator = ESTIMATORS[name]()
    one, other = draw(estimator, dependent=1.0)
    cut = np.where(one < np.median(one), one + 100.0, one)
    assert estimator.measure(cut, other) == pytest.approx(estimator.measure(one, other), abs=0.06)


@each_estimator
def test_values_that_do_not_go_together_are_refused(name: str) -> None:
    estimator = ESTIMATORS[name]()
    one, other = draw(estimator, dependent=1.0)
    with pytest.raises(ValueError, match="have 1200 and 7 values; they go together row by row"):
        estimator.weigh(one, other[:7])
    with pytest.raises(ValueError, match=r"expected at least \d+ pairs of values, not 0"):
        estimator.weigh(one[:0], other[:0])
    bad = one.astype(float)
    bad[3] = np.nan
    with pytest.raises(ValueError, match="expected finite values, but row 3 has"):
        estimator.weigh(bad, other)


@each_null
def test_permutations_keep_what_they_must(null: Null) -> None:
    origin = make_origin(1200)
    rows = permute(origin, null, np.random.default_rng(3))
    assert rows.shape == (1200,)
    if null != "events":
        np.testing.assert_array_equal(origin.event[rows], origin.event)
    if null in {"hits", "layers"}:
        np.testing.assert_array_equal(np.sort(rows), np.arange(1200))
        assert (rows != np.arange(1200)).mean() > 0.5
    if null == "layers":
        np.testing.assert_array_equal(origin.layer[rows], origin.layer)
    if null in {"particles", "events"}:
        group = origin.particle if null == "particles" else origin.event
        pairs = np.unique(np.stack([group, group[rows]], axis=1), axis=0)
        assert len(pairs) == len(np.unique(group)) == len(np.unique(pairs[:, 1]))


@each_null
def test_a_value_that_a_group_shares_stays_shared(null: Null) -> None:
    origin = make_origin(600)
    group = {"hits": origin.event, "layers": origin.event, "particles": origin.particle, "events": origin.event}[null]
    value = np.random.default_rng(0).normal(size=int(group.max()) + 1)[group]
    mixed = value[permute(origin, null, np.random.default_rng(1))]
    assert all(len(np.unique(mixed[group == one])) == 1 for one in np.unique(group))
