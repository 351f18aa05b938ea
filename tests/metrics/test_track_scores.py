"""Tracks scored by hand."""

import math

import numpy as np
import pytest

from corpuscle.data.scene import Truth
from corpuscle.metrics.tracks import TrackScore, score_tracks

TRACKS, FRAMES = 5, 20
TRACK, FRAME = np.repeat(np.arange(TRACKS), FRAMES), np.tile(np.arange(FRAMES), TRACKS)
POSITION = np.stack([FRAME * 0.5, TRACK * 50.0], axis=1)
TRUTH = Truth(TRACK, FRAME, POSITION)


def score(kept: np.ndarray, track: np.ndarray = TRACK, gate: float = 5.0) -> TrackScore:
    return score_tracks(TRUTH, track[kept], FRAME[kept], POSITION[kept], gate=gate)


ALL = np.ones(len(TRACK), dtype=bool)


def test_the_truth() -> None:
    found = score(ALL)
    assert (found.alpha, found.beta, found.jsc, found.jsc_theta, found.rmse) == (1.0, 1.0, 1.0, 1.0, 0.0)


def test_one_track_of_five_cut_in_half() -> None:
    """Half a track of five is missed, and its other half is spurious: 90 of 110 frames."""
    found = score(ALL, track=np.where((TRACK == 0) & (FRAME >= 10), 9, TRACK))
    assert found.alpha == pytest.approx(0.9)
    assert found.beta == pytest.approx(90 / 110)
    assert found.jsc == pytest.approx(90 / 110)
    assert found.jsc_theta == pytest.approx(5 / 6)


def test_one_spurious_track_beside_five() -> None:
    track, frame = np.append(TRACK, np.full(FRAMES, 9)), np.append(FRAME, np.arange(FRAMES))
    position = np.concatenate([POSITION, np.full((FRAMES, 2), -1000.0)])
    found = score_tracks(TRUTH, track, frame, position)
    assert (found.alpha, found.rmse) == (1.0, 0.0)
    assert (found.beta, found.jsc, found.jsc_theta) == pytest.approx((5 / 6, 5 / 6, 5 / 6))


def test_a_gap_of_three_frames_is_filled_but_not_credited() -> None:
    found = score(~((TRACK == 2) & np.isin(FRAME, [7, 8, 9])))
    assert (found.alpha, found.beta, found.jsc, found.jsc_theta) == pytest.approx((0.97, 0.97, 0.97, 1.0))
    assert (found.candidate_detections, found.missed_detections, found.spurious_detections) == (100, 3, 0)


def test_a_gap_in_the_reference_is_filled_and_found() -> None:
    whole = np.stack([np.arange(4.0), np.zeros(4)], axis=1)
    truth = Truth(np.zeros(2, dtype=np.int64), np.array([0, 3]), whole[[0, 3]])
    found = score_tracks(truth, np.zeros(4, dtype=np.int64), np.arange(4), whole)
    assert (found.reference_detections, found.paired_detections, found.alpha) == (4, 4, 1.0)


def test_a_shift_of_the_gate_pairs_nothing() -> None:
    found = score_tracks(TRUTH, TRACK, FRAME, POSITION + np.array([3.0, 4.0]))
    assert (found.alpha, found.beta, found.jsc, found.jsc_theta) == (0.0, 0.0, 0.0, 0.0)
    assert math.isnan(found.rmse)
    nearly = score_tracks(TRUTH, TRACK, FRAME, POSITION + np.array([3.0, 3.9]))
    assert nearly.rmse == pytest.approx(math.hypot(3.0, 3.9))
    assert nearly.alpha == pytest.approx(1 - math.hypot(3.0, 3.9) / 5)


def test_frames_that_a_candidate_spans_beyond_its_reference_cost_the_gate() -> None:
    truth = Truth(np.zeros(4, dtype=np.int64), np.arange(2, 6), np.zeros((4, 2)))
    frame = np.array([0, 2, 3, 4, 5])
    found = score_tracks(truth, np.zeros(5, dtype=np.int64), frame, np.zeros((5, 2)))
    assert found.pairing_distance == 10.0
    assert (found.paired_detections, found.spurious_detections, found.candidate_detections) == (4, 2, 6)


def test_at_a_tie_the_candidate_is_taken() -> None:
    """One frame found and one frame too many cost as much as the dummy."""
    truth = Truth(np.zeros(2, dtype=np.int64), np.array([0, 1]), np.zeros((2, 2)))
    found = score_tracks(truth, np.zeros(2, dtype=np.int64), np.array([1, 2]), np.zeros((2, 2)))
    assert (found.paired_tracks, found.pairing_distance) == (1, 10.0)


def test_detections_in_no_track_are_not_counted() -> None:
    track = np.where(TRACK == 0, -1, TRACK)
    found = score(ALL, track=track)
    assert (found.candidate_tracks, found.missed_tracks, found.spurious_detections) == (4, 1, 0)


def test_the_depth_counts() -> None:
    flat = np.zeros((4, 3))
    truth = Truth(np.zeros(4, dtype=np.int64), np.arange(4), flat)
    found = score_tracks(truth, np.zeros(4, dtype=np.int64), np.arange(4), flat + np.array([0.0, 0.0, 2.0]))
    assert found.rmse == 2.0


def test_dimensions_must_agree() -> None:
    truth = Truth(TRACK, FRAME, np.zeros((len(TRACK), 3)))
    with pytest.raises(ValueError, match="the truth is 3-D and the result 2-D: give both the same columns"):
        score_tracks(truth, TRACK, FRAME, POSITION)


def test_a_track_stands_once_in_a_frame() -> None:
    with pytest.raises(ValueError, match="a track has one row a frame, but rows 0 and 1 are both track 3, frame 2"):
        score_tracks(TRUTH, np.array([3, 3]), np.array([2, 2]), np.zeros((2, 2)))


@pytest.mark.parametrize("gate", [0.0, -1.0, math.inf, math.nan])
def test_a_gate_is_a_length(gate: float) -> None:
    with pytest.raises(ValueError, match="the gate of a score is a finite length above 0, not"):
        score(ALL, gate=gate)
