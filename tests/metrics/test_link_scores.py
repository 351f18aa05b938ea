"""Links counted by hand."""

import numpy as np
import pytest

from corpuscle.data.links import Links, no_links
from corpuscle.data.scene import Truth
from corpuscle.metrics.base import Result
from corpuscle.metrics.links import LinkScore, score_links, score_paired_links

FRAME = np.array([0, 1, 2, 3])
LINE = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])


def count(score: LinkScore) -> tuple[int, int, int]:
    return score.true_positives, score.false_positives, score.false_negatives


def two_particles(detected: bool) -> Truth:
    """Give two particles side by side over four frames; the second is missed in frame 1 when detections are known."""
    detection = np.array([0, 1, 2, 3, 4, -1, 5, 6]) if detected else None
    return Truth(
        np.repeat([0, 1], 4), np.tile(FRAME, 2), np.concatenate([LINE, LINE + np.array([0.0, 10.0])]), detection
    )


def test_a_link_across_a_missed_frame_is_true() -> None:
    """Rows 0-3 are the first particle, 4-6 the second; 0-1-2-3 and 4-5-6 are true."""
    truth = two_particles(detected=True)
    assert count(score_links(Links(np.array([[0, 1], [1, 2], [2, 3], [4, 5], [5, 6]])), truth)) == (5, 0, 0)
    assert count(score_links(Links(np.array([[0, 1], [1, 5], [2, 3], [4, 6]])), truth)) == (2, 2, 3)


def test_a_link_to_a_false_detection_is_false_and_one_listed_twice_counts_once() -> None:
    truth = two_particles(detected=True)
    assert count(score_links(Links(np.array([[0, 1], [0, 1], [1, 7]])), truth)) == (1, 1, 4)


def test_ratios() -> None:
    score = LinkScore(true_positives=3, false_positives=1, false_negatives=2)
    assert (score.precision, score.recall, score.jaccard) == (3 / 4, 3 / 5, 3 / 6)


def test_ratios_of_nothing_are_1() -> None:
    alone = Truth(np.array([0]), np.array([0]), np.zeros((1, 2)), np.array([0]))
    nothing = score_links(no_links(), alone)
    assert (nothing.precision, nothing.recall, nothing.jaccard) == (1.0, 1.0, 1.0)
    missed = score_links(no_links(), two_particles(detected=True))
    assert (missed.precision, missed.recall, missed.jaccard) == (1.0, 0.0, 0.0)


def test_two_particles_swapped_at_random_score_a_third() -> None:
    """Half the links of two particles right by chance: 1 of 2 true, 1 false, 1 not found."""
    truth = two_particles(detected=False)
    label = np.array([0, 0, 1, 1, 1, 1, 0, 0])
    score = score_paired_links(Result(label, truth.frame, truth.position), truth, gate=1.0)
    assert count(score) == (4, 2, 2)
    chance = LinkScore(true_positives=1, false_positives=1, false_negatives=1)
    assert chance.jaccard == 1 / 3


def test_pairing_by_position_equals_identity_where_positions_are_clear() -> None:
    truth = two_particles(detected=True)
    label, frame = np.array([0, 0, 1, 1, 1, 0, 0]), np.array([0, 1, 2, 3, 0, 2, 3])
    position = np.concatenate([LINE, LINE[[0, 2, 3]] + [0.0, 10.0]]) + 0.3
    by_position = score_paired_links(Result(label, frame, position), truth, gate=1.0)
    by_identity = score_links(Links(np.array([[0, 1], [1, 5], [5, 6], [4, 2], [2, 3]])), truth)
    assert count(by_position) == count(by_identity) == (3, 2, 2)


def test_without_detections_every_true_row_counts_as_present() -> None:
    """A link that leaves out a row of the truth joins no consecutive rows."""
    truth = Truth(np.zeros(4, dtype=np.int64), FRAME, LINE)
    kept = np.array([0, 2, 3])
    score = score_paired_links(Result(np.zeros(3, dtype=np.int64), FRAME[kept], LINE[kept]), truth, gate=0.5)
    assert count(score) == (1, 1, 2)


def test_a_link_with_an_unpaired_end_is_false() -> None:
    truth = Truth(np.zeros(4, dtype=np.int64), FRAME, LINE)
    far = LINE + np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 9.0], [0.0, 0.0]])
    assert count(score_paired_links(Result(np.zeros(4, dtype=np.int64), FRAME, far), truth, gate=5.0)) == (1, 2, 2)
    at_gate = LINE + np.array([0.0, 5.0])
    assert count(score_paired_links(Result(np.zeros(4, dtype=np.int64), FRAME, at_gate), truth, gate=5.0)) == (0, 3, 3)


def test_a_split_is_a_predicted_link() -> None:
    """The truth knows no splits, so the link from a parent to its child is false."""
    truth = two_particles(detected=False)
    first = np.array([0, 1, 2, 3, 6, 7])
    label, parent = np.array([0, 0, 0, 0, 1, 1]), np.array([-1, -1, -1, -1, 0, 0])
    frame, position = truth.frame[first], truth.position[first]
    assert count(score_paired_links(Result(label, frame, position), truth, gate=1.0)) == (4, 0, 2)
    assert count(score_paired_links(Result(label, frame, position, parent), truth, gate=1.0)) == (4, 1, 2)


def test_identity_needs_to_be_known() -> None:
    with pytest.raises(ValueError, match="need the truth's `detection` column"):
        score_links(no_links(), two_particles(detected=False))


def test_the_results_rows_are_those_of_the_detections() -> None:
    truth = two_particles(detected=True)
    with pytest.raises(ValueError, match="the truth names detection 6, but there are 4 rows of detections"):
        LinkScore.measure(truth, Result(np.zeros(4, dtype=np.int64), FRAME, LINE), gate=1.0)
