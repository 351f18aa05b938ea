"""Measurements of information: what stands in them, and what cannot be measured."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from corpuscle.metrics.information.chance import judge_chance
from corpuscle.metrics.information.choice import Swapped, choose_estimator, is_discrete
from corpuscle.metrics.information.counts import CountEstimator, measure_entropy
from corpuscle.metrics.information.curve import choose_events, follow_events, list_counts
from corpuscle.metrics.information.ksg import NeighbourEstimator
from corpuscle.metrics.information.measurement import Measurement, draw_interval, measure_information
from corpuscle.metrics.information.permutations import Null, Origin
from corpuscle.metrics.information.probe import probe_linearly
from corpuscle.metrics.information.ross import LabelEstimator


def make_origin(particles: int, *, hits: int = 10, events: int = 4) -> Origin:
    particle = np.repeat(np.arange(particles), hits)
    return Origin(event=particle * events // particles, particle=particle, layer=np.tile(np.arange(hits), particles))


def measure_control(particles: int, null: Null) -> Measurement:
    origin = make_origin(particles)
    generator = np.random.default_rng(0)
    angle = generator.uniform(-math.pi, math.pi, size=particles)[origin.particle]
    seen = angle + 0.02 * origin.layer * generator.choice([-1, 1], size=particles)[origin.particle]
    control = generator.uniform(size=particles)[origin.particle]
    return measure_information(
        NeighbourEstimator(), seen[:, None], control[:, None], origin=origin, null=null, shuffles=12,
        generator=generator,
    )  # fmt: skip


def test_a_number_a_particle_seems_to_be_known_until_particles_are_permuted() -> None:
    by_hits, by_particles = measure_control(240, "hits"), measure_control(240, "particles")
    assert by_hits.excess > 1.0
    assert by_hits.p < 1e-6
    assert abs(by_particles.z) < 3
    assert by_particles.null_mean > 1.0


def test_more_particles_make_less_of_it() -> None:
    assert measure_control(960, "particles").bits < measure_control(120, "particles").bits - 0.5


def test_labels_met_too_seldom_are_said_to_be_saturated() -> None:
    origin = make_origin(60)
    tile = np.random.default_rng(0).permutation(600)[:, None]
    found = measure_information(
        CountEstimator(corrected=False), tile, origin.particle[:, None], origin=origin, null="hits", shuffles=5,
        generator=np.random.default_rng(0),
    )  # fmt: skip
    assert found.bits == pytest.approx(found.ceiling) == pytest.approx(math.log2(60))
    assert found.saturated
    assert found.list_values()["saturated"] is True
    assert found.share == pytest.approx(0.0, abs=1e-9)


def test_a_continuous_target_has_no_ceiling() -> None:
    found = measure_control(60, "particles")
    assert math.isnan(found.ceiling)
    assert math.isnan(found.share)
    assert not found.saturated
    assert (found.hits, found.particles, found.events, found.shuffles) == (600, 60, 4, 12)


def test_too_few_permutations_have_no_spread() -> None:
    with pytest.raises(ValueError, match="expected 2 permutations or more, not 1"):
        measure_information(
            NeighbourEstimator(), np.eye(9), np.eye(9), origin=make_origin(9, hits=1), null="hits", shuffles=1,
            generator=np.random.default_rng(0),
        )  # fmt: skip


def test_one_event_has_no_interval() -> None:
    assert all(
        math.isnan(bound) for bound in draw_interval(np.ones(20), make_origin(2, events=1), np.random.default_rng(0))
    )
    low, high = draw_interval(np.repeat([0.0, 1.0], 500), make_origin(100, events=50), np.random.default_rng(0))
    assert (low, high) == pytest.approx((0.36, 0.64), abs=0.05)


def test_labels_that_are_met_once_cannot_be_told() -> None:
    with pytest.raises(ValueError, match="expected labels that are met twice or more, but all 5 differ"):
        LabelEstimator().weigh(np.random.default_rng(0).normal(size=(5, 1)), np.arange(5)[:, None])


def test_a_label_met_once_changes_nothing() -> None:
    x, label = np.random.default_rng(0).normal(size=(200, 1)), np.arange(200)[:, None] % 5
    label[7] = 99
    kept = np.arange(200) != 7
    assert LabelEstimator().measure(x, label) == pytest.approx(LabelEstimator().measure(x[kept], label[kept]))


def test_labels_are_no_continuous_values() -> None:
    label = np.arange(400)[:, None] % 4
    with pytest.raises(ValueError, match="most pairs are met more than 3 times: count them"):
        NeighbourEstimator().weigh(label, label)


def test_joint_values_and_their_labels() -> None:
    generator = np.random.default_rng(0)
    x, label = generator.normal(size=(3000, 2)), generator.integers(2, size=(3000, 1))
    ring = np.where(label == 1, 3.0, 1.0) * x / np.linalg.norm(x, axis=1, keepdims=True)
    assert LabelEstimator(scale="spread").measure(ring, label) == pytest.approx(1.0, abs=0.03)


def test_without_spread_there_is_no_telling() -> None:
    assert judge_chance(1.0, np.ones(5)) == (0.0, 1.0)


def test_learning_curves_end_with_all_events() -> None:
    origin = make_origin(60, events=6)
    assert list_counts(origin) == [1, 2, 4, 6]
    assert len(choose_events(origin, 2)) == 200


def test_a_curve_says_whether_it_has_converged() -> None:
    origin, generator = make_origin(160, events=8), np.random.default_rng(0)
    one, control = generator.normal(size=(1600, 1)), generator.uniform(size=160)[origin.particle][:, None]
    other = one + generator.normal(size=(1600, 1))

    def measure(values: np.ndarray, null: Null) -> Callable[[np.ndarray], Measurement]:
        return lambda rows: measure_information(
            NeighbourEstimator(), one[rows], values[rows], origin=origin.choose(rows), null=null, shuffles=5,
            generator=generator,
        )  # fmt: skip

    found = follow_events(measure(other, "hits"), origin)
    assert found.events == (1, 2, 4, 8)
    assert found.converged is True
    values = found.list_values()
    assert values["curve_excess"][-1] == values["excess"] == pytest.approx(0.5, abs=0.1)
    assert follow_events(measure(one**3 + 0.3 * np.where(origin.event < 4, one * 0, 9 * control)[:, :1], "hits"),
                         origin).converged is False  # fmt: skip
    alone = np.flatnonzero(origin.event == 0)
    single = follow_events(lambda rows: measure(other, "hits")(alone[rows]), origin.choose(alone))
    assert single.converged is None


def test_within_events_a_particle_is_told_from_those_of_its_own_event() -> None:
    origin = make_origin(64, events=4)
    x = origin.particle.astype(float)[:, None] + 0.01 * np.random.default_rng(0).normal(size=(640, 1))
    found = measure_information(
        LabelEstimator(), x, origin.particle[:, None], origin=origin, null="layers", shuffles=4,
        generator=np.random.default_rng(0), by_event=True,
    )  # fmt: skip
    assert found.ceiling == pytest.approx(4.0)
    assert found.bits == pytest.approx(4.0, abs=0.2)


def test_what_quantities_are_decides_who_measures() -> None:
    chosen = [choose_estimator(one, other) for one in (True, False) for other in (True, False)]
    assert [one.kinds for one in chosen] == [
        ("discrete", "discrete"), ("discrete", "continuous"), ("continuous", "discrete"), ("continuous", "continuous")
    ]  # fmt: skip
    x, label = np.random.default_rng(0).normal(size=(100, 1)), np.arange(100)[:, None] % 5
    assert is_discrete(label)
    assert not is_discrete(x)
    assert Swapped(inner=LabelEstimator()).measure(label, x) == LabelEstimator().measure(x, label)


def test_a_probe_is_asked_on_other_events() -> None:
    generator = np.random.default_rng(0)
    features, target, fold = generator.normal(size=(200, 3)), generator.normal(size=200), np.arange(200) // 50
    assert probe_linearly(features, target, fold) < 0.02
    assert probe_linearly(features, features @ [1.0, 2.0, 0.0] + 0.5 * target, fold) == pytest.approx(0.95, abs=0.03)
    assert probe_linearly(features, np.ones(200), fold) == 0.0
    with pytest.raises(ValueError, match="all hits are of one event"):
        probe_linearly(features, target, np.zeros(200, int))


def test_entropy_is_corrected_where_it_is_asked_for() -> None:
    label = np.random.default_rng(0).integers(64, size=256)
    assert measure_entropy(label) < measure_entropy(label, corrected=True) == pytest.approx(6.0, abs=0.1)
