"""How well tracks follow particles: alpha, beta, JSC, JSC_theta and RMSE of the ISBI tracking challenge."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.scene import Truth
from corpuscle.estimation.assign import assign_sparse
from corpuscle.metrics.base import Result, Score, divide
from corpuscle.metrics.pairing import find_near
from corpuscle.metrics.table import TrackTable, lay_side_by_side


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackScore(Score):
    """How well the candidate tracks of a result follow the reference tracks of the truth.

    Gaps inside tracks are filled by linear interpolation. A filled (virtual) reference detection counts as a real one;
    a filled candidate detection is never paired, and is not counted as spurious inside its reference track.

    Args:
        gate: the distance from which on a position is missed [length] (epsilon).
        pairing_distance: the least total distance of reference tracks from their candidates or dummies [length] (D).
        squared_distance: summed squared distance of the paired detections [length^2].
        spurious_frames: frames spanned by the candidate tracks without a reference track.
        reference_tracks: tracks in the truth.
        candidate_tracks: tracks in the result.
        paired_tracks: reference tracks that have a candidate.
        reference_detections: frames spanned by the reference tracks.
        candidate_detections: frames spanned by the candidate tracks.
        paired_detections: detections of paired tracks closer than the gate (TP).
        spurious_detections: detections of the result that pair with nothing (FP).

    Source: Chenouard et al., Nature Methods 11 (2014) 281, with the semantics of the organisers' program.
    """

    gate: float
    pairing_distance: float
    squared_distance: float
    spurious_frames: int
    reference_tracks: int
    candidate_tracks: int
    paired_tracks: int
    reference_detections: int
    candidate_detections: int
    paired_detections: int
    spurious_detections: int

    @property
    def missed_tracks(self) -> int:
        """Reference tracks without a candidate."""
        return self.reference_tracks - self.paired_tracks

    @property
    def spurious_tracks(self) -> int:
        """Candidate tracks without a reference track."""
        return self.candidate_tracks - self.paired_tracks

    @property
    def missed_detections(self) -> int:
        """Detections of the truth that pair with nothing (FN)."""
        return self.reference_detections - self.paired_detections

    @property
    def alpha(self) -> float:
        """How close the tracks are, spurious ones forgiven: 1 - D / D_max, D_max = gate * reference detections."""
        return divide(self.furthest - self.pairing_distance, self.furthest)

    @property
    def beta(self) -> float:
        """How close the tracks are, spurious ones counted: (D_max - D) / (D_max + gate * spurious frames)."""
        return divide(self.furthest - self.pairing_distance, self.furthest + self.gate * self.spurious_frames)

    @property
    def jsc(self) -> float:
        """Jaccard of detections: TP / (TP + FN + FP)."""
        return divide(self.paired_detections, self.reference_detections + self.spurious_detections)

    @property
    def jsc_theta(self) -> float:
        """Jaccard of tracks: paired tracks / (reference tracks + spurious tracks)."""
        return divide(self.paired_tracks, self.reference_tracks + self.spurious_tracks)

    @property
    def rmse(self) -> float:
        """Root mean squared distance of the paired detections [length]; NaN where there are none."""
        return math.sqrt(self.squared_distance / self.paired_detections) if self.paired_detections else math.nan

    @property
    def furthest(self) -> float:
        """The total distance where nothing is found [length] (D_max)."""
        return self.gate * self.reference_detections

    @classmethod
    def measure(cls, truth: Truth, result: Result, *, gate: float) -> "TrackScore":
        """Score tracks by `score_tracks`."""
        return score_tracks(truth, result.track, result.frame, result.position, gate=gate)

    def list_values(self) -> dict[str, float | int]:
        """List the five values, and the counts with `isbi_` before their names."""
        return {
            "alpha": self.alpha,
            "beta": self.beta,
            "jsc": self.jsc,
            "jsc_theta": self.jsc_theta,
            "rmse": self.rmse,
            "isbi_pairing_distance": self.pairing_distance,
            "isbi_reference_tracks": self.reference_tracks,
            "isbi_candidate_tracks": self.candidate_tracks,
            "isbi_paired_tracks": self.paired_tracks,
            "isbi_missed_tracks": self.missed_tracks,
            "isbi_spurious_tracks": self.spurious_tracks,
            "isbi_reference_detections": self.reference_detections,
            "isbi_candidate_detections": self.candidate_detections,
            "isbi_paired_detections": self.paired_detections,
            "isbi_missed_detections": self.missed_detections,
            "isbi_spurious_detections": self.spurious_detections,
        }


def score_tracks(
    truth: Truth,
    track: Int[np.ndarray, " n"],
    frame: Int[np.ndarray, " n"],
    position: Float[np.ndarray, "n d"],
    *,
    gate: float = 5.0,
) -> TrackScore:
    """Score tracks as the ISBI 2012 particle tracking challenge does.

    A reference track and a candidate are apart by the gate for each frame that only one of them spans, and by
    min(distance, gate) for each that both do. Each reference track takes a candidate or, at the gate times its length,
    none, so that the total distance is least; at a tie it takes the candidate.

    Args:
        truth: the reference tracks.
        track: the track of each row of the result, -1 where it is in none.
        frame: its frame.
        position: its position [length].
        gate: the distance from which on a position is missed [length]; the challenge's own is 5 pixels.

    Raises: ValueError, when the gate is not a length above 0, the dimensions differ or a track stands twice in a
        frame.

    Source: Chenouard et al., Nature Methods 11 (2014) 281.

    >>> truth = Truth(np.zeros(4, int), np.arange(4), np.zeros((4, 2)))
    >>> score_tracks(truth, np.zeros(4, int), np.arange(4), np.ones((4, 2)) * [3.0, 0.0]).alpha
    0.4
    """
    reference, candidate = lay_side_by_side(truth, track, frame, position, gate)
    begin, end = reference.frame[reference.start], reference.frame[reference.stop - 1]
    starts, ends = candidate.frame[candidate.start], candidate.frame[candidate.stop - 1]
    spans = ends - starts + 1

    filled = fill_gaps(reference, np.unique(candidate.frame))
    near = find_near(filled.frame, filled.position, candidate.frame, candidate.position, gate=gate)
    keys = filled.track[near.row] * max(candidate.tracks, 1) + candidate.track[near.column]
    names, which = np.unique(keys, return_inverse=True)
    ours, theirs = np.divmod(names, max(candidate.tracks, 1))
    paired = np.bincount(which, minlength=len(names))
    distance = np.bincount(which, near.distance, minlength=len(names))
    outside = np.maximum(begin[ours] - starts[theirs], 0) + np.maximum(ends[theirs] - end[ours], 0)

    # what a candidate costs beyond the dummy of its reference track; without a pair it never costs less
    cost = gate * (outside - paired) + distance
    pairs = assign_sparse(ours, theirs, cost, rows=reference.tracks, columns=candidate.tracks, unassigned=0.0)
    made = np.searchsorted(names, pairs[:, 0] * max(candidate.tracks, 1) + pairs[:, 1])
    ours, theirs = ours[made], theirs[made]
    alone = np.ones(candidate.tracks, dtype=bool)
    alone[theirs] = False

    within = count_within(candidate, theirs, begin[ours], end[ours]) - paired[made]
    lengths = (candidate.stop - candidate.start)[alone]
    squared = np.bincount(which, near.distance**2, minlength=len(names))[made]
    frames = int((end - begin + 1).sum())
    return TrackScore(
        gate=gate,
        pairing_distance=float(gate * (frames + (outside - paired)[made].sum()) + distance[made].sum()),
        squared_distance=float(squared.sum()),
        spurious_frames=int(spans[alone].sum()),
        reference_tracks=reference.tracks,
        candidate_tracks=candidate.tracks,
        paired_tracks=len(made),
        reference_detections=frames,
        candidate_detections=int(spans.sum()),
        paired_detections=int(paired[made].sum()),
        spurious_detections=int(within.sum() + outside[made].sum() + lengths.sum()),
    )


def fill_gaps(table: TrackTable, frames: Int[np.ndarray, " f"]) -> TrackTable:
    """Give the position of each track at those of some frames (sorted) that it spans, straight across its gaps.

    >>> table = TrackTable(np.zeros(2, int), np.array([0, 4]), np.array([[0.0, 0.0], [4.0, 8.0]]), 1)
    >>> fill_gaps(table, np.array([1, 4, 9])).position
    array([[1., 2.], [4., 8.]])
    """
    low = np.searchsorted(frames, table.frame[table.start])
    counts = np.searchsorted(frames, table.frame[table.stop - 1], side="right") - low
    track = np.repeat(np.arange(table.tracks), counts)
    when = frames[np.arange(len(track)) - np.repeat(np.cumsum(counts) - counts - low, counts)]
    before = find_rows(table, track, when + 1) - 1
    after = np.minimum(before + 1, table.stop[track] - 1)
    weight = (when - table.frame[before]) / np.maximum(table.frame[after] - table.frame[before], 1)
    step = table.position[after] - table.position[before]
    return TrackTable(track, when, table.position[before] + weight[:, None] * step, table.tracks)


def count_within(
    table: TrackTable, track: Int[np.ndarray, " q"], begin: Int[np.ndarray, " q"], end: Int[np.ndarray, " q"]
) -> Int[np.ndarray, " q"]:
    """Count a track's rows from the frame `begin` to the frame `end`."""
    inside: Int[np.ndarray, " q"] = find_rows(table, track, end + 1) - find_rows(table, track, begin)
    return inside


def find_rows(table: TrackTable, track: Int[np.ndarray, " q"], frame: Int[np.ndarray, " q"]) -> Int[np.ndarray, " q"]:
    """Find a track's first row not before a frame, or one past its last row."""
    span = 1 + max(int(table.frame.max(initial=0)), int(frame.max(initial=0)))
    found: Int[np.ndarray, " q"] = np.searchsorted(table.track * span + table.frame, track * span + frame)
    return found
