"""Detections sorted by frame: the form that compiled loops work on."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections, measure_clock, split_frames
from corpuscle.data.links import Links

CHUNK = 200_000
"""Detections that one compiled call handles, so that progress can be told in between."""


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """Detections in the order of their frames.

    Args:
        rows: row number of each in the user's table.
        position: where each is [length].
        start: first of each frame, and one past the last.
        number: the frame's number.
        clock: the frame's time [frames].
    """

    rows: Int[np.ndarray, " n"]
    position: Float[np.ndarray, "n d"]
    start: Int[np.ndarray, " f_and_1"]
    number: Int[np.ndarray, " f"]
    clock: Float[np.ndarray, " f"]

    def __len__(self) -> int:
        return len(self.number)


def sort_frames(detections: Detections) -> Sequence:
    """Sort detections by frame; the time of a frame is the mean of its detections' times."""
    frames = split_frames(detections)
    clock = measure_clock(detections)[frames.rows]
    mean = np.add.reduceat(clock, frames.start[:-1]) / np.diff(frames.start) if len(frames) else np.empty(0)
    position = np.ascontiguousarray(detections.position[frames.rows])
    return Sequence(frames.rows, position, frames.start, frames.number.astype(np.int64), mean)


def split_chunks(sequence: Sequence) -> list[tuple[int, int]]:
    """Cut the frames into runs of about `CHUNK` detections, each given as first frame and one past the last."""
    cuts = np.unique(np.searchsorted(sequence.start, np.arange(0, sequence.start[-1], CHUNK), side="right") - 1)
    edges = np.append(cuts, len(sequence)).tolist()
    return [(a, b) for a, b in pairwise(edges) if b > a]


def gather_links(sequence: Sequence, following: Int[np.ndarray, " n"]) -> Links:
    """Give the links, in the user's rows, of detections and those that follow them (-1: none)."""
    earlier = np.flatnonzero(following >= 0)
    return Links(np.stack([sequence.rows[earlier], sequence.rows[following[earlier]]], axis=1))
