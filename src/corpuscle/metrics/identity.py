"""How well identities last: CLEAR-MOT and IDF1."""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.scene import Truth
from corpuscle.data.tracks import ALONE
from corpuscle.estimation.assign import assign_sparse
from corpuscle.estimation.gate import Candidates
from corpuscle.metrics.base import Result, Score, divide
from corpuscle.metrics.pairing import choose_pairs, find_near
from corpuscle.metrics.table import TrackTable, lay_side_by_side


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityScore(Score):
    """How well the tracks of a result keep the identity of the particles (the objects).

    Args:
        frames: frames in which there is an object or a prediction.
        objects: rows of the truth.
        predictions: rows of the result that are in a track.
        matches: objects paired with the track they were last paired with, or for the first time.
        switches: objects paired with another track than the one they were last paired with.
        distance: summed distance of matches and switches [length].
        fragmentations: how often an object was lost and found again.
        mostly_tracked: particles paired in at least 80 % of their rows.
        partially_tracked: particles paired in at least 20 %, but less than 80 %.
        mostly_lost: particles paired in less than 20 %.
        idtp: pairs within the gate when each particle has one track throughout, as many as possible.

    Source: Bernardin and Stiefelhagen, EURASIP J. Image Video Process. 2008, 246309 (CLEAR-MOT); Ristani et al., ECCV
    Workshops (2016) (IDF1); with the semantics of py-motmetrics 1.4.0.
    """

    frames: int
    objects: int
    predictions: int
    matches: int
    switches: int
    distance: float
    fragmentations: int
    mostly_tracked: int
    partially_tracked: int
    mostly_lost: int
    idtp: int

    @property
    def misses(self) -> int:
        """Objects without a prediction."""
        return self.objects - self.matches - self.switches

    @property
    def false_positives(self) -> int:
        """Predictions without an object."""
        return self.predictions - self.matches - self.switches

    @property
    def mota(self) -> float:
        """1 - (misses + false positives + switches) / objects.

        It is below 0 where the errors outnumber the objects, and NaN where there are errors but no objects.
        """
        errors = self.misses + self.false_positives + self.switches
        if self.objects == 0:
            return math.nan if errors else 1.0
        return 1 - errors / self.objects

    @property
    def motp(self) -> float:
        """The mean distance of the pairs [length]: 0 is best; NaN where there are none."""
        pairs = self.matches + self.switches
        return self.distance / pairs if pairs else math.nan

    @property
    def precision(self) -> float:
        """The share of the predictions that are paired."""
        return divide(self.matches + self.switches, self.predictions)

    @property
    def recall(self) -> float:
        """The share of the objects that are paired."""
        return divide(self.matches + self.switches, self.objects)

    @property
    def idfp(self) -> int:
        """Predictions that are not of their particle's one track."""
        return self.predictions - self.idtp

    @property
    def idfn(self) -> int:
        """Objects that their particle's one track does not cover."""
        return self.objects - self.idtp

    @property
    def idp(self) -> float:
        """The share of the predictions of the right identity: IDTP / (IDTP + IDFP)."""
        return divide(self.idtp, self.predictions)

    @property
    def idr(self) -> float:
        """The share of the objects of the right identity: IDTP / (IDTP + IDFN)."""
        return divide(self.idtp, self.objects)

    @property
    def idf1(self) -> float:
        """The harmonic mean of both: 2 IDTP / (2 IDTP + IDFP + IDFN)."""
        return divide(2 * self.idtp, self.objects + self.predictions)

    @classmethod
    def measure(cls, truth: Truth, result: Result, *, gate: float) -> "IdentityScore":
        """Score identities by `score_identity`."""
        return score_identity(truth, result.track, result.frame, result.position, gate=gate)

    def list_values(self) -> dict[str, float | int]:
        """List MOTA and IDF1, and the counts with `mot_` before their names."""
        return {
            "mota": self.mota,
            "idf1": self.idf1,
            "mot_frames": self.frames,
            "mot_objects": self.objects,
            "mot_predictions": self.predictions,
            "mot_matches": self.matches,
            "mot_switches": self.switches,
            "mot_false_positives": self.false_positives,
            "mot_misses": self.misses,
            "mot_fragmentations": self.fragmentations,
            "mot_mostly_tracked": self.mostly_tracked,
            "mot_partially_tracked": self.partially_tracked,
            "mot_mostly_lost": self.mostly_lost,
            "mot_idtp": self.idtp,
            "mot_idfp": self.idfp,
            "mot_idfn": self.idfn,
        }


def score_identity(
    truth: Truth,
    track: Int[np.ndarray, " n"],
    frame: Int[np.ndarray, " n"],
    position: Float[np.ndarray, "n d"],
    *,
    gate: float = 5.0,
) -> IdentityScore:
    """Score how long particles keep their track.

    CLEAR-MOT goes frame by frame. A particle keeps the track that it was last paired with where that is closer than
    the gate (of two particles last paired with one track the later keeps it); what remains is paired one to one, as
    many as possible, then at the least summed distance. IDF1 gives each particle one track for all frames.

    Args:
        truth: where the particles were.
        track: the track of each row of the result, -1 where it is in none.
        frame: its frame.
        position: its position [length].
        gate: the distance from which on a pair is none [length].

    Raises: ValueError, when the gate is not a length above 0, the dimensions differ or a track stands twice in a
        frame.

    Source: Bernardin and Stiefelhagen, EURASIP J. Image Video Process. 2008, 246309; Ristani et al., ECCV Workshops
    (2016).

    >>> truth = Truth(np.zeros(4, int), np.arange(4), np.zeros((4, 2)))
    >>> score = score_identity(truth, np.array([0, 0, 1, 1]), np.arange(4), np.zeros((4, 2)))
    >>> score.switches, score.mota, score.idf1
    (1, 0.75, 0.5)
    """
    objects, predictions = lay_side_by_side(truth, track, frame, position, gate)
    near = find_near(objects.frame, objects.position, predictions.frame, predictions.position, gate=gate)
    kept, switched = follow_objects(objects, predictions, near)
    chosen = np.concatenate([kept, switched])
    found = np.zeros(len(objects), dtype=bool)
    found[near.row[chosen]] = True
    share = np.bincount(objects.track, found, objects.tracks) / np.bincount(objects.track, minlength=objects.tracks)
    return IdentityScore(
        frames=len(np.union1d(objects.frame, predictions.frame)),
        objects=len(objects),
        predictions=len(predictions),
        matches=len(kept),
        switches=len(switched),
        distance=float(near.distance[chosen].sum()),
        fragmentations=count_fragmentations(objects, found),
        mostly_tracked=int((share >= 0.8).sum()),
        partially_tracked=int(((share >= 0.2) & (share < 0.8)).sum()),
        mostly_lost=int((share < 0.2).sum()),
        idtp=count_identities(objects, predictions, near),
    )


def follow_objects(
    objects: TrackTable, predictions: TrackTable, near: Candidates
) -> tuple[Int[np.ndarray, " k"], Int[np.ndarray, " s"]]:
    """Choose the pairs of each frame, the last pairing first.

    Returns:
        Which of the possible pairs are matches, and which are switches.
    """
    ours, theirs, frame = objects.track[near.row], predictions.track[near.column], objects.frame[near.row]
    last_track = np.full(objects.tracks, ALONE)
    last_frame = np.full(objects.tracks, ALONE)
    matches, switches = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    bounds = np.append(np.flatnonzero(np.diff(frame, prepend=-1)), len(frame))
    for first, last in pairwise(bounds):
        edges = np.arange(first, last)
        kept = edges[last_track[ours[edges]] == theirs[edges]]
        kept = kept[np.argsort(-last_frame[ours[kept]], kind="stable")]
        kept = kept[np.unique(theirs[kept], return_index=True)[1]]
        rest = edges[~(np.isin(ours[edges], ours[kept]) | np.isin(theirs[edges], theirs[kept]))]
        new = rest[choose_pairs(ours[rest], theirs[rest], near.distance[rest])]
        switch = last_track[ours[new]] != ALONE
        switch &= last_track[ours[new]] != theirs[new]
        matches += [kept, new[~switch]]
        switches.append(new[switch])
        for chosen in (kept, new):
            last_track[ours[chosen]] = theirs[chosen]
            last_frame[ours[chosen]] = frame[chosen]
    return np.concatenate(matches), np.concatenate(switches)


def count_fragmentations(objects: TrackTable, found: Bool[np.ndarray, " n"]) -> int:
    """Count how often particles were lost and found again: the runs of found rows of each, less the first."""
    fresh = np.diff(objects.track, prepend=-1) != 0
    before = np.append(False, found[:-1])[: len(found)]
    begins = found & (fresh | ~before)
    runs = np.bincount(objects.track[begins], minlength=objects.tracks)
    return int(np.maximum(runs - 1, 0).sum())


def count_identities(objects: TrackTable, predictions: TrackTable, near: Candidates) -> int:
    """Count the pairs within the gate when each particle has one track and each track one particle, at most."""
    width = max(predictions.tracks, 1)
    names, counts = np.unique(objects.track[near.row] * width + predictions.track[near.column], return_counts=True)
    ours, theirs = np.divmod(names, width)
    pairs = assign_sparse(
        ours, theirs, -counts.astype(np.float64), rows=objects.tracks, columns=predictions.tracks, unassigned=0.0
    )
    return int(counts[np.searchsorted(names, pairs[:, 0] * width + pairs[:, 1])].sum())
