import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.estimation.gate import TYPICAL, TooManyCandidates, choose_gate, find_candidates, measure_steps


def test_the_gate_is_three_median_steps() -> None:
    position = np.array([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0], [1.0, 0.0], [12.0, 0.0], [25.0, 0.0]])
    detections = Detections(np.array([0, 0, 0, 1, 1, 1]), position)
    assert sorted(measure_steps(detections).tolist()) == [1.0, 2.0, 5.0]
    assert choose_gate(detections) == TYPICAL * 2.0


def test_only_neighbouring_frames_tell_steps() -> None:
    frame = np.array([0, 1, 5, 6])
    detections = Detections(frame, np.array([[0.0, 0.0], [1.0, 0.0], [50.0, 0.0], [53.0, 0.0]]))
    assert measure_steps(detections).tolist() == [1.0, 3.0]


def test_without_neighbouring_frames_the_closest_tell() -> None:
    """Over four frames a random walk goes twice as far as over one."""
    frame = np.array([0, 4, 8, 20])
    detections = Detections(frame, np.array([[0.0, 0.0], [1.0, 0.0], [4.0, 0.0], [90.0, 0.0]]))
    assert measure_steps(detections).tolist() == [0.5, 1.5]
    assert choose_gate(detections) == 3.0


def test_what_stands_still_does_not_hide_what_moves() -> None:
    position = np.array([[0.0, 0.0], [50.0, 0.0], [90.0, 0.0], [0.0, 0.0], [50.0, 0.0], [92.0, 0.0]])
    assert choose_gate(Detections(np.array([0, 0, 0, 1, 1, 1]), position)) == 6.0
    assert choose_gate(Detections(np.array([0, 0, 1, 1]), position[[0, 1, 3, 4]])) == 0.0


@pytest.mark.parametrize("frame", [[], [0], [3, 3], [0, 2, 4]])
def test_where_nothing_moves_there_is_no_gate(frame: list[int]) -> None:
    detections = Detections(np.array(frame, dtype=np.int64), np.ones((len(frame), 3)))
    assert choose_gate(detections) == 0.0


def test_many_frames_are_sampled() -> None:
    frame = np.arange(1_000)
    detections = Detections(frame, np.stack([frame * 0.5, np.zeros(1_000)], axis=1))
    assert len(measure_steps(detections, most_frames=10)) == 10
    assert len(measure_steps(detections)) == 64
    assert choose_gate(detections) == 1.5


def test_the_order_of_the_rows_is_irrelevant() -> None:
    random = np.random.default_rng(0)
    frame, position = random.integers(0, 9, 80), random.uniform(0, 9, (80, 2))
    order = random.permutation(80)
    assert choose_gate(Detections(frame[order], position[order])) == choose_gate(Detections(frame, position))


def test_more_pairs_than_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    place = np.random.default_rng(0).uniform(0, 1, (100, 2))
    monkeypatch.setattr("corpuscle.estimation.gate.LIMIT", 2_000)
    said = "a gate of 2.5 makes more than 2,000 candidate pairs; lower the setting `gate`"
    with pytest.raises(TooManyCandidates, match=said):
        find_candidates(place, place, 2.5)
    assert len(find_candidates(place, place + 100.0, 2.5)) == 0


def test_as_many_pairs_as_memory_holds_are_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    place = np.zeros((40, 2))
    monkeypatch.setattr("corpuscle.estimation.gate.LIMIT", 1_600)
    assert len(find_candidates(place, place, 1.0)) == 1_600
    monkeypatch.setattr("corpuscle.estimation.gate.LIMIT", 1_599)
    with pytest.raises(TooManyCandidates, match="more than 1,599"):
        find_candidates(place, place, 1.0)


def test_too_many_candidates_is_a_mistake_of_the_caller() -> None:
    assert issubclass(TooManyCandidates, ValueError)
