"""Follow each track with a Kalman filter and assign detections to the predictions."""

import dataclasses
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections
from corpuscle.data.estimates import Estimates
from corpuscle.data.links import Links
from corpuscle.data.progress import follow
from corpuscle.data.settings import TINY, setting
from corpuscle.data.units import LENGTH, SPEED
from corpuscle.estimation.assign import assign_sparse
from corpuscle.estimation.gate import choose_gate, find_candidates, measure_extent
from corpuscle.estimation.kalman import Belief, begin, predict, score_innovation, update
from corpuscle.estimation.motion import Kind, Motion
from corpuscle.estimation.movement.series import Slot
from corpuscle.linking.believed import filter_tracks
from corpuscle.linking.classical.gated import GatedLinker
from corpuscle.linking.classical.sequence import Sequence, gather_links, sort_frames

DEVIATIONS = 3.5
"""The Mahalanobis gate: one true detection in 460 lies beyond it in the plane, one in 150 in space."""


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """The tracks that are still open: the belief about each at its last detection."""

    belief: Belief
    row: Int[np.ndarray, " n"]
    frame: Int[np.ndarray, " n"]
    clock: Float[np.ndarray, " n"]

    def take(self, which: np.ndarray) -> "Followed":
        """Give some of the tracks."""
        return Followed(self.belief.take(which), self.row[which], self.frame[which], self.clock[which])


@dataclass(frozen=True, slots=True, kw_only=True)
class KalmanLinker(GatedLinker):
    """One Kalman filter a track, and in each frame the best assignment of detections to predictions.

    A pair is considered within 3.5 standard deviations of the prediction (Mahalanobis) and within the gate, which grows
    over missed frames. Its cost is the squared Mahalanobis distance plus log det S. The
    precision of each detection is used where the table has it, `measurement_noise` elsewhere. A `step` that is not
    given is chosen so that a new track's gate of 3.5 deviations is `gate`; with `drift` or `velocity` `drift` takes
    half of that variance.

    Source: Mishra and Roudot, EUSIPCO (2024), section III.B with one hypothesis; Blackman and Popoli, Design and
    Analysis of Modern Tracking Systems (1999).

    >>> detections = Detections(np.array([0, 1, 2]), np.array([[0.0, 0.0], [1.0, 0.0], [2.1, 0.0]]))
    >>> KalmanLinker(step=1.0, measurement_noise=0.1).link(detections).pair
    array([[0, 1], [1, 2]])
    """

    motion: Kind = setting("walk", "random walk, random walk with drift, or nearly constant velocity")
    step: float | None = setting(
        None,
        "standard deviation of one step (velocity: of its change); default from the gate",
        unit=LENGTH,
        least=TINY,
        most=1e100,
    )
    drift: float | None = setting(
        None,
        "standard deviation of drift or velocity over particles; default from the gate",
        unit=SPEED,
        least=0.0,
        most=1e100,
    )
    measurement_noise: float = setting(
        0.0,
        "standard deviation of a measured coordinate where the table has none",
        unit=LENGTH,
        least=0.0,
        most=1e100,
    )
    smoothed: bool = setting(False, "believe in smoothed positions instead of filtered ones")

    def settle_gate(self, detections: Detections) -> float:
        """Give the gate that was asked for; else no bound where the step is known, or what the detections suggest."""
        if self.gate is None:
            return np.inf if self.step is not None else choose_gate(detections)
        return float(self.gate)

    def settle(self, detections: Detections) -> "KalmanLinker":
        """Give the same linker with its gate filled in, where it has one."""
        gate = self.settle_gate(detections)
        return dataclasses.replace(self, gate=gate if np.isfinite(gate) else None)

    def link(self, detections: Detections) -> Links:
        """Link detections by filtering frame after frame."""
        sequence = sort_frames(detections)
        following = np.full(len(detections), -1)
        if len(sequence) < 2:
            return gather_links(sequence, following)
        variance = self.measure_variance(detections)[sequence.rows]
        gate = self.settle_gate(detections)
        extent = measure_extent(sequence.position, sequence.position)
        motion = self.choose_motion(min(gate, extent) if np.isfinite(gate) else gate, float(np.median(variance)))
        tracks = self.open_tracks(sequence, motion, variance, np.arange(sequence.start[1]), 0)
        for index in follow(range(1, len(sequence)), "linking"):
            tracks = self.advance(tracks, sequence, motion, variance, (index, gate), following)
        return gather_links(sequence, following)

    def estimate(self, detections: Detections, links: Links) -> Estimates:
        """Filter along the links, or smooth."""
        variance = self.measure_variance(detections)
        motion = self.choose_motion(self.settle_gate(detections), float(np.median(variance)) if len(variance) else 0.0)
        slot: Slot = "acceleration" if motion.kind == "velocity" else "position"
        return filter_tracks(
            detections, links, variance, slot=slot, process_noise=motion.step, rate=motion.rate, smoothed=self.smoothed
        )

    def measure_variance(self, detections: Detections) -> Float[np.ndarray, "n d"]:
        """Give the variance of every measured coordinate."""
        if detections.deviation is not None:
            return detections.deviation**2
        return np.full(detections.position.shape, float(self.measurement_noise) ** 2)

    def choose_motion(self, gate: float, variance: float) -> Motion:
        """Settle the motion: what was given, the rest from the gate."""
        total = (gate / DEVIATIONS) ** 2 if np.isfinite(gate) else 0.0
        moved = max(total - 2 * variance, total / 16, 1e-18)
        share = 1.0 if self.motion == "walk" else 0.5
        step = np.sqrt(share * moved) if self.step is None else float(self.step)
        rate = self.drift if self.drift is not None else (np.sqrt(share * moved) if np.isfinite(gate) else step)
        return Motion(kind=self.motion, step=float(step), rate=0.0 if self.motion == "walk" else float(rate))

    def advance(
        self,
        tracks: Followed,
        sequence: Sequence,
        motion: Motion,
        variance: Float[np.ndarray, "n d"],
        place: tuple[int, float],
        following: Int[np.ndarray, " n"],
    ) -> Followed:
        """Carry the tracks into one frame: predict, gate, assign, update, open new ones."""
        index, gate = place
        low, high = sequence.start[index], sequence.start[index + 1]
        tracks = tracks.take(np.flatnonzero(sequence.number[index] - tracks.frame <= self.gap + 1))
        elapsed = sequence.clock[index] - tracks.clock
        predicted = predict(tracks.belief, motion, elapsed)
        position, doubt = sequence.position[low:high], variance[low:high]
        pairs = self.pair(predicted, position, doubt, gate * elapsed**self.gate_growth, motion)
        track, found = pairs[:, 0], pairs[:, 1]
        following[tracks.row[track]] = low + found
        belief = update(predicted.take(track), position[found], doubt[found])
        rows = low + found
        clock, number = sequence.clock[index], sequence.number[index]
        seen = Followed(belief, rows, np.full(len(rows), number), np.full(len(rows), clock))
        lost = np.ones(len(tracks.row), dtype=bool)
        lost[track] = False
        new = np.ones(high - low, dtype=bool)
        new[found] = False
        opened = self.open_tracks(sequence, motion, variance, low + np.flatnonzero(new), index)
        return join_followed(seen, tracks.take(np.flatnonzero(lost)), opened)

    @staticmethod
    def pair(
        predicted: Belief,
        position: Float[np.ndarray, "m d"],
        variance: Float[np.ndarray, "m d"],
        bound: Float[np.ndarray, " n"],
        motion: Motion,
    ) -> Int[np.ndarray, "k 2"]:
        """Give the best pairs of predictions and detections within both gates."""
        widest = predicted.covariance[..., 0, 0].max(axis=1, initial=0.0) + variance.max(initial=0.0)
        reach = np.minimum(bound, DEVIATIONS * np.sqrt(widest))
        candidates = find_candidates(predicted.mean[..., 0], position, reach)
        row, column = candidates.row, candidates.column
        squared, spread = score_innovation(predicted.take(row), position[column], variance[column])
        inside = squared <= DEVIATIONS**2
        row, column, cost = row[inside], column[inside], (squared + spread)[inside]
        first = np.log(motion.step**2 + motion.rate**2 + 2 * variance).sum(axis=1).max(initial=-np.inf)
        price = DEVIATIONS**2 + max(float(first), float(spread.max(initial=first)))
        return assign_sparse(row, column, cost, rows=len(predicted), columns=len(position), unassigned=price)

    @staticmethod
    def open_tracks(
        sequence: Sequence,
        motion: Motion,
        variance: Float[np.ndarray, "n d"],
        rows: Int[np.ndarray, " k"],
        index: int,
    ) -> Followed:
        """Open a track at each of some detections of a frame."""
        belief = begin(motion, sequence.position[rows], variance[rows])
        number = np.full(len(rows), sequence.number[index])
        return Followed(belief, rows, number, np.full(len(rows), sequence.clock[index]))


def join_followed(*parts: Followed) -> Followed:
    """Put several groups of tracks into one."""
    mean = np.concatenate([part.belief.mean for part in parts])
    covariance = np.concatenate([part.belief.covariance for part in parts])
    row, frame, clock = (np.concatenate([getattr(part, name) for part in parts]) for name in ("row", "frame", "clock"))
    return Followed(Belief(mean, covariance), row, frame, clock)
