"""Which pairs of positions are close enough to be considered."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections, split_frames
from corpuscle.estimation.gate_kernel import find_pairs

LIMIT = 200_000_000
"""The most candidate pairs that are held at once (about 4 GB)."""

TYPICAL = 3.0
"""The default gate, in median steps to the nearest neighbour in the next frame."""


class TooManyCandidates(ValueError):
    """A gate lets more pairs through than memory holds."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """Pairs of positions within a gate, sorted by row: row, column and distance [length]."""

    row: Int[np.ndarray, " e"]
    column: Int[np.ndarray, " e"]
    distance: Float[np.ndarray, " e"]

    def __len__(self) -> int:
        return len(self.row)


def find_candidates(
    before: Float[np.ndarray, "n d"], after: Float[np.ndarray, "m d"], gate: float | Float[np.ndarray, " n"]
) -> Candidates:
    """Find every pair of positions not farther apart than the gate.

    Args:
        before: positions in one frame [length].
        after: positions in another [length].
        gate: the distance beyond which a pair is not considered, one for all or one a row [length].

    Raises: TooManyCandidates, when the gate is so wide that the pairs would not fit in memory.

    >>> find_candidates(np.array([[0.0, 0.0]]), np.array([[9.0, 0.0], [3.0, 4.0]]), 5.0).column
    array([1])
    """
    farthest = measure_extent(before, after)
    reach = np.minimum(np.broadcast_to(np.asarray(gate, dtype=np.float64), (len(before),)), farthest)
    first, column, squared, count = find_pairs(np.ascontiguousarray(before), np.ascontiguousarray(after), reach, LIMIT)
    check_count(int(count[0]), float(reach.max(initial=0.0)))
    row = np.repeat(np.arange(len(before)), np.diff(first))
    return Candidates(row, column, np.sqrt(squared))


def measure_extent(before: Float[np.ndarray, "n d"], after: Float[np.ndarray, "m d"]) -> float:
    """Give a length that no distance between two positions reaches [length]."""
    both = np.concatenate([before, after])
    return 2.0 * float(np.linalg.norm(both.max(axis=0) - both.min(axis=0))) + 1.0 if len(both) else 1.0


def check_count(count: int, gate: float) -> None:
    """Refuse more candidate pairs than memory holds."""
    if count > LIMIT:
        message = f"a gate of {gate:g} makes more than {LIMIT:,} candidate pairs; lower the setting `gate`"
        raise TooManyCandidates(message)


def measure_steps(detections: Detections, most_frames: int = 64) -> Float[np.ndarray, " k"]:
    """Measure the distance from detections to their nearest neighbour in the next frame [length].

    Where no two frames with detections are neighbours, the closest ones are taken, and distances divided by the square
    root of the frames between. At most `most_frames` pairs of neighbouring frames are looked at, evenly
    spaced over the sequence.
    """
    from scipy.spatial import KDTree

    frames = split_frames(detections)
    apart = np.diff(frames.number)
    nearest = int(apart.min(initial=np.iinfo(np.int64).max))
    pairs = np.flatnonzero(apart == nearest)
    if len(pairs) > most_frames:
        pairs = pairs[np.linspace(0, len(pairs) - 1, most_frames).astype(int)]
    steps = [
        KDTree(detections.position[frames.rows_of(k + 1)]).query(detections.position[frames.rows_of(k)])[0]
        for k in pairs.tolist()
    ]
    return np.concatenate(steps) / np.sqrt(nearest) if steps else np.empty(0)


def choose_gate(detections: Detections) -> float:
    """Choose a gate from the detections: three times the median step to the nearest neighbour in the next frame.

    Steps of zero are left out where there are others, so that particles at rest do not hide those that move. With
    fewer than two frames there is nothing to link and nothing to learn: the gate is then 0.

    >>> position = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]])
    >>> choose_gate(Detections(np.arange(3), position))
    3.0
    """
    steps = measure_steps(detections)
    moved = steps[steps > 0]
    return TYPICAL * float(np.median(moved)) if len(moved) else 0.0
