"""Laws of every score, over small random scenes."""

import math
from dataclasses import dataclass, replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from corpuscle.data.scene import Truth
from corpuscle.metrics import METRICS
from corpuscle.metrics.base import Result, Score

GATE = 3.0
SHARES = {"link_precision", "link_recall", "link_jaccard", "alpha", "beta", "jsc", "jsc_theta", "idf1"}
BEST = SHARES | {"mota"}

every_metric = pytest.mark.parametrize("name", METRICS)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A truth and a result whose rows are the truth's detections, then false ones."""

    truth: Truth
    track: np.ndarray
    frame: np.ndarray
    position: np.ndarray
    probability: np.ndarray | None = None

    def measure(self, name: str) -> dict[str, float | int]:
        metric: type[Score] = METRICS[name]
        result = Result(self.track, self.frame, self.position, probability=self.probability)
        return metric.measure(self.truth, result, gate=GATE).list_values()


@st.composite
def truths(draw: st.DrawFn, gaps: bool = True) -> Truth:
    """Draw random walks that start and end anywhere, each row detected; with `gaps`, some rows are left out."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    particles, frames, space = draw(st.integers(1, 5)), draw(st.integers(2, 8)), draw(st.sampled_from([2, 3]))
    tables = []
    for particle in range(particles):
        begin = int(random.integers(0, frames - 1))
        frame = np.arange(begin, int(random.integers(begin + 2, frames + 1)))
        walk = random.uniform(0, 8, space) + random.normal(0, 1, (len(frame), space)).cumsum(axis=0)
        kept = random.random(len(frame)) < 0.8 if gaps else np.ones(len(frame), dtype=bool)
        tables.append((np.full(int(kept.sum()), particle), frame[kept], walk[kept]))
    track, frame, position = (np.concatenate(columns) for columns in zip(*tables, strict=True))
    return Truth(track, frame, position, np.arange(len(track)))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a result with misses, noise, false detections, detections in no track, and tracks that change particle."""
    truth = draw(truths())
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    seen = random.random(len(truth)) < 0.9
    found, false = int(seen.sum()), draw(st.integers(0, 4))
    track = np.append(truth.track[seen], random.integers(100, 102, false))
    frame = np.append(truth.frame[seen], random.permutation(8)[:false])
    noise = random.normal(0, 1, (found, truth.position.shape[1]))
    wild = random.uniform(0, 8, (false, truth.position.shape[1]))
    position = np.concatenate([truth.position[seen] + noise, wild])
    for when in range(8):
        for first, second in random.integers(0, 5, (2, 2)) if draw(st.booleans()) else []:
            swapped = np.where(track == first, second, np.where(track == second, first, track))
            track = np.where(frame >= when, swapped, track)
    track = np.where(random.random(len(track)) < 0.1, -1, track)
    detection = np.full(len(truth), -1)
    detection[seen] = np.arange(found)
    said = np.where(random.random(len(track)) < 0.2, np.nan, random.random(len(track)))
    truth = replace(truth, detection=detection)
    return Case(truth=truth, track=track, frame=frame, position=position, probability=said)


def forget(truth: Truth) -> Truth:
    """Leave out which detection is whose."""
    return replace(truth, detection=None)


def assert_same(values: dict[str, float | int], others: dict[str, float | int]) -> None:
    """Check that two scores agree in every value."""
    assert values == pytest.approx(others, rel=1e-9, abs=1e-9, nan_ok=True)


@every_metric
@given(truth=truths(gaps=False), known=st.booleans())
def test_the_truth_scores_1(name: str, truth: Truth, known: bool) -> None:
    case = Case(truth=truth if known else forget(truth), track=truth.track, frame=truth.frame, position=truth.position)
    values = case.measure(name)
    assert {key: values[key] for key in BEST & set(values)} == dict.fromkeys(BEST & set(values), 1.0)
    assert values.get("rmse", 0.0) == 0.0


@every_metric
@given(case=cases(), known=st.booleans())
def test_scores_lie_in_0_to_1(name: str, case: Case, known: bool) -> None:
    """But MOTA, which is only at most 1, and RMSE, which is a length below the gate."""
    values = (case if known else replace(case, truth=forget(case.truth))).measure(name)
    assert all(0 <= values[key] <= 1 for key in (SHARES | {"calibration_error", "calibration_floor"}) & set(values))
    assert not values.get("mota", 0.0) > 1
    assert not values.get("rmse", 0.0) >= GATE
    assert all(value >= 0 for key, value in values.items() if key != "mota" and not math.isnan(value))


@every_metric
@given(case=cases(), known=st.booleans(), seed=st.integers(0, 1000))
def test_labels_are_irrelevant(name: str, case: Case, known: bool, seed: int) -> None:
    case = case if known else replace(case, truth=forget(case.truth))
    random = np.random.default_rng(seed)
    names, others = random.permutation(200), random.permutation(50)
    truth = replace(case.truth, track=others[case.truth.track])
    renamed = replace(case, truth=truth, track=np.where(case.track < 0, -1, names[case.track]))
    assert_same(renamed.measure(name), case.measure(name))


@every_metric
@given(case=cases(), known=st.booleans(), seed=st.integers(0, 1000))
def test_the_order_of_rows_is_irrelevant(name: str, case: Case, known: bool, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows, theirs = random.permutation(len(case.track)), random.permutation(len(case.truth))
    place = np.append(np.argsort(rows), -1)  # the last place keeps missed rows at -1
    truth = case.truth
    assert truth.detection is not None
    detection = place[truth.detection[theirs]] if known else None
    shuffled = Case(
        truth=Truth(truth.track[theirs], truth.frame[theirs], truth.position[theirs], detection),
        track=case.track[rows],
        frame=case.frame[rows],
        position=case.position[rows],
        probability=None if case.probability is None else case.probability[rows],
    )
    assert_same(shuffled.measure(name), (case if known else replace(case, truth=forget(truth))).measure(name))


@every_metric
@given(case=cases(), seed=st.integers(0, 1000))
def test_a_rigid_motion_of_both_is_irrelevant(name: str, case: Case, seed: int) -> None:
    random = np.random.default_rng(seed)
    space = case.position.shape[1]
    turn = np.linalg.qr(random.normal(size=(space, space)))[0]
    shift = random.normal(0, 10, space)
    truth = replace(forget(case.truth), position=case.truth.position @ turn + shift)
    moved = replace(case, truth=truth, position=case.position @ turn + shift)
    assert_same(moved.measure(name), replace(case, truth=forget(case.truth)).measure(name))


@every_metric
@given(case=cases(), lag=st.integers(1, 1000))
def test_a_later_start_of_both_is_irrelevant(name: str, case: Case, lag: int) -> None:
    later = replace(case, truth=replace(case.truth, frame=case.truth.frame + lag), frame=case.frame + lag)
    assert_same(later.measure(name), case.measure(name))


@every_metric
@given(truth=truths(gaps=False))
def test_an_empty_result_finds_nothing(name: str, truth: Truth) -> None:
    none = np.empty(0, dtype=np.int64)
    case = Case(truth=forget(truth), track=none, frame=none, position=truth.position[:0])
    values = case.measure(name)
    expected = dict.fromkeys(BEST, 0.0) | {"link_precision": 1.0}
    assert {key: values[key] for key in BEST & set(values)} == {key: expected[key] for key in BEST & set(values)}
    assert math.isnan(values.get("rmse", math.nan))


@every_metric
def test_nothing_for_nothing_is_1(name: str) -> None:
    none = np.empty(0, dtype=np.int64)
    truth = Truth(none, none, np.empty((0, 2)), none)
    values = Case(truth=truth, track=none, frame=none, position=np.empty((0, 2))).measure(name)
    assert {key: values[key] for key in BEST & set(values)} == dict.fromkeys(BEST & set(values), 1.0)


@every_metric
@given(case=cases(), length=st.integers(2, 8))
def test_a_spurious_track_lowers_what_counts_it(name: str, case: Case, length: int) -> None:
    """Of the ISBI values beta, JSC and JSC_theta; alpha and RMSE forgive it, and so does every recall."""
    more = Case(
        truth=case.truth,
        track=np.append(case.track, np.full(length, 150)),
        frame=np.append(case.frame, np.arange(length)),
        position=np.concatenate([case.position, np.full((length, case.position.shape[1]), 1e6)]),
        probability=None if case.probability is None else np.append(case.probability, np.full(length, np.nan)),
    )
    before, after = case.measure(name), more.measure(name)
    for key in {"beta", "jsc", "jsc_theta", "link_precision", "link_jaccard", "idf1"} & set(before):
        assert after[key] < before[key] or before[key] == 0 or before.get(f"{key[:4]}_true_positives") == 0
    for key in {"alpha", "rmse", "link_recall", "mot_misses", "mot_switches", "mot_idtp"} & set(before):
        assert after[key] == pytest.approx(before[key], nan_ok=True)
    assert not after.get("mota", -1.0) >= before.get("mota", 0.0)
