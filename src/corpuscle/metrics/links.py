"""How many links are right: precision, recall and Jaccard, by identity or by pairing positions."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Int

from corpuscle.data.links import Links
from corpuscle.data.scene import Truth, check_detections, check_once, true_links
from corpuscle.data.tracks import ALONE, read_links
from corpuscle.metrics.base import Result, Score, divide
from corpuscle.metrics.pairing import pair_positions
from corpuscle.metrics.table import check_gate, check_space


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkScore(Score):
    """How many links are right. Without any link predicted precision is 1, without any true one recall is 1.

    A true link joins consecutive detections of one particle, across the frames in which it was missed.

    Args:
        true_positives: predicted links that are true (TP).
        false_positives: predicted links that are not (FP).
        false_negatives: true links that were not predicted (FN).

    >>> LinkScore(true_positives=2, false_positives=1, false_negatives=1).jaccard
    0.5
    """

    true_positives: int
    false_positives: int
    false_negatives: int

    @property
    def precision(self) -> float:
        """The share of the predicted links that are true: TP / (TP + FP)."""
        return divide(self.true_positives, self.true_positives + self.false_positives)

    @property
    def recall(self) -> float:
        """The share of the true links that were predicted: TP / (TP + FN)."""
        return divide(self.true_positives, self.true_positives + self.false_negatives)

    @property
    def jaccard(self) -> float:
        """The links common to both over the links in either: TP / (TP + FP + FN)."""
        return divide(self.true_positives, self.true_positives + self.false_positives + self.false_negatives)

    @classmethod
    def measure(cls, truth: Truth, result: Result, *, gate: float) -> "LinkScore":
        """Score by identity where the truth knows whose each detection is, else by pairing positions.

        Raises: ValueError, when the truth names a row that is not there or in another frame.
        """
        if truth.detection is None:
            return score_paired_links(result, truth, gate=gate)
        check_rows(result, truth)
        return score_links(read_links(result.track, result.frame, result.parent, result.merged_into), truth)

    def list_values(self) -> dict[str, float | int]:
        """List precision, recall, Jaccard and the three counts, each with `link_` before its name."""
        return {
            "link_precision": self.precision,
            "link_recall": self.recall,
            "link_jaccard": self.jaccard,
            "link_true_positives": self.true_positives,
            "link_false_positives": self.false_positives,
            "link_false_negatives": self.false_negatives,
        }


def score_links(links: Links, truth: Truth) -> LinkScore:
    """Score links by identity: a link is true when it joins consecutive detections of one particle.

    Args:
        links: the predicted links, as rows of the detections.
        truth: the truth, whose `detection` column says which row shows which particle.

    Raises: ValueError, when the truth has no `detection` column.

    >>> truth = Truth(np.zeros(3, int), np.arange(3), np.zeros((3, 2)), np.array([0, -1, 1]))
    >>> score_links(Links(np.array([[0, 1]])), truth).jaccard
    1.0
    """
    return count_links(links.pair, true_links(truth).pair)


def score_paired_links(result: Result, truth: Truth, *, gate: float) -> LinkScore:
    """Score tracks by pairing positions: a link is true when both its ends are paired with consecutive true rows.

    The detections in tracks are paired with the truth's rows, frame by frame, within the gate (strictly). A link with
    an unpaired end is false. Where the truth knows its detections, rows that were missed are left out; where it does
    not, every row counts as detected.

    Args:
        result: the tracks.
        truth: where the particles were.
        gate: the distance that a pair stays below [length].

    Raises: ValueError, when the gate is not a length above 0, the dimensions differ or a track stands twice in a
        frame.

    >>> truth = Truth(np.zeros(3, int), np.arange(3), np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    >>> found = Result(np.array([4, 4, -1]), np.arange(3), truth.position + 0.5)
    >>> score_paired_links(found, truth, gate=1.0).recall
    0.5
    """
    predicted, right = judge_paired_links(result, truth, gate=gate)
    seen = truth.detection >= 0 if truth.detection is not None else np.ones(len(truth), dtype=bool)
    true, found = len(read_links(truth.track[seen], truth.frame[seen])), int(right.sum())
    return LinkScore(true_positives=found, false_positives=len(predicted) - found, false_negatives=true - found)


def judge_links(result: Result, truth: Truth, *, gate: float) -> tuple[Int[np.ndarray, "m 2"], Bool[np.ndarray, " m"]]:
    """List the links of a result, and tell which are true: by identity, or by pairing positions.

    Raises: as `LinkScore.measure`.
    """
    if truth.detection is None:
        return judge_paired_links(result, truth, gate=gate)
    check_rows(result, truth)
    predicted = read_links(result.track, result.frame, result.parent, result.merged_into).pair
    return predicted, np.isin(number_pairs(predicted), number_pairs(true_links(truth).pair))


def judge_paired_links(
    result: Result, truth: Truth, *, gate: float
) -> tuple[Int[np.ndarray, "m 2"], Bool[np.ndarray, " m"]]:
    """List the links of a result, and tell which are true by pairing positions (see `score_paired_links`)."""
    check_gate(gate)
    check_space(truth, result.position)
    check_once(result.track, result.frame)
    seen = np.flatnonzero(truth.detection >= 0) if truth.detection is not None else np.arange(len(truth))
    linked = np.flatnonzero(result.track != ALONE)
    frame, position = result.frame[linked], result.position[linked]
    pairs = pair_positions(truth.frame[seen], truth.position[seen], frame, position, gate=gate)
    partner = np.full(len(result.track), ALONE)
    partner[linked[pairs[:, 1]]] = pairs[:, 0]
    predicted = read_links(result.track, result.frame, result.parent, result.merged_into).pair
    both = partner[predicted]
    paired = (both != ALONE).all(axis=1)
    true = read_links(truth.track[seen], truth.frame[seen]).pair
    return predicted, paired & np.isin(number_pairs(both), number_pairs(true))


def check_rows(result: Result, truth: Truth) -> None:
    """Check that no track stands twice in a frame, and that the truth's detections are rows of the result."""
    check_once(result.track, result.frame)
    check_detections(truth, result.frame)


def number_pairs(pair: Int[np.ndarray, "m 2"]) -> Int[np.ndarray, " m"]:
    """Give each pair of rows a number of its own."""
    number: Int[np.ndarray, " m"] = pair[:, 0] * (1 << 31) + pair[:, 1]
    return number


def count_links(predicted: Int[np.ndarray, "m 2"], true: Int[np.ndarray, "k 2"]) -> LinkScore:
    """Count the links that two tables share, and those that only one has; a link listed twice counts once."""
    span = 1 + max(int(predicted.max(initial=0)), int(true.max(initial=0)))
    ours, theirs = (np.sort(pair[:, 0] * span + pair[:, 1]) for pair in (predicted, true))
    ours = ours[np.diff(ours, prepend=-1) != 0]
    common = len(np.intersect1d(ours, theirs, assume_unique=True))
    return LinkScore(true_positives=common, false_positives=len(ours) - common, false_negatives=len(theirs) - common)
