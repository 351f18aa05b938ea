"""Positions measured in frames, without identity; their precision when known."""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

LARGEST = 1e100
"""Positions beyond this count as infinite: their squares would."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Detections of a sequence, in any order of the rows.

    Frames are the clock: a frame without detections is an empty frame, and the frames missed between two detections
    are the frame numbers between theirs. Where `time` is given, elapsed time is read from it, and frames are counted
    all the same.

    Args:
        frame: the frame of each detection, from 0; frames without detections simply do not occur.
        position: x, y or x, y, z of each detection [length].
        deviation: standard deviation of each coordinate [length], where known (its precision).
        time: when each detection was made [time], where known; it grows with the frame.

    Raises: ValueError, naming the first row that breaks a promise.

    >>> Detections(np.array([0, 1]), np.array([[1.0, 2.0], [1.5, 2.0]]))
    Detections(2 detections, 2 frames, 2-D)
    """

    frame: Int[np.ndarray, " n"]
    position: Float[np.ndarray, "n d"]
    deviation: Float[np.ndarray, "n d"] | None = None
    time: Float[np.ndarray, " n"] | None = None

    def __post_init__(self) -> None:
        refuse_rows(self.frame < 0, "a frame is a number from 0", self.frame)
        if self.position.shape[1] not in {2, 3}:
            message = f"positions are 2-D or 3-D, not {self.position.shape[1]}-D"
            raise ValueError(message)
        far = ~(np.abs(self.position) < LARGEST).all(axis=1)
        refuse_rows(far, f"a position is finite and within {LARGEST:g} of 0", self.position)
        if self.deviation is not None:
            good = ((self.deviation < LARGEST) & (self.deviation >= 0)).all(axis=1)
            refuse_rows(np.asarray(~good), f"a standard deviation is from 0 to {LARGEST:g}", self.deviation)
        if self.time is not None:
            refuse_rows(~np.isfinite(self.time), "a time is finite", self.time)
            check_time(self.frame, self.time)

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        return f"Detections({len(self)} detections, {len(np.unique(self.frame))} frames, {self.position.shape[1]}-D)"


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The rows of some detections, frame by frame.

    `rows[start[k]:start[k + 1]]` are the rows of the k-th frame that has any, in the order of the table, and
    `number[k]` is that frame's number.
    """

    rows: Int[np.ndarray, " n"]
    number: Int[np.ndarray, " f"]
    start: Int[np.ndarray, " f_and_1"]

    def __len__(self) -> int:
        return len(self.number)

    def rows_of(self, index: int) -> Int[np.ndarray, " k"]:
        """Give the rows of the `index`-th frame that has detections."""
        return self.rows[self.start[index] : self.start[index + 1]]


def split_frames(detections: Detections) -> Frames:
    """Group the rows of a table by frame.

    >>> frames = split_frames(Detections(np.array([4, 0, 4]), np.zeros((3, 2))))
    >>> frames.number, frames.rows_of(1)
    (array([0, 4]), array([0, 2]))
    """
    rows = np.argsort(detections.frame, kind="stable")
    number, first = np.unique(detections.frame[rows], return_index=True)
    return Frames(rows, number, np.append(first, len(rows)).astype(np.int64))


def measure_clock(detections: Detections) -> Float[np.ndarray, " n"]:
    """Give each detection's time in frames: its frame number, or its `time` over the usual time of one frame.

    The time of a frame is the mean of its detections' times; the usual time of one frame is the median, over
    neighbouring frames that have detections, of the time between them over the frames between them.
    """
    if detections.time is None:
        return detections.frame.astype(np.float64)
    number, place, count = np.unique(detections.frame, return_inverse=True, return_counts=True)
    if len(number) < 2:
        return detections.frame.astype(np.float64)
    mean = np.bincount(place, detections.time) / count
    interval = float(np.median(np.diff(mean) / np.diff(number)))
    clock: Float[np.ndarray, " n"] = (detections.time - mean[0]) / interval + number[0]
    return clock


def check_time(frame: Int[np.ndarray, " n"], time: Float[np.ndarray, " n"]) -> None:
    """Check that time grows with the frame."""
    order = np.lexsort((time, frame))
    grows = np.diff(time[order]) > 0
    same = np.diff(frame[order]) == 0
    bad = np.flatnonzero(~(grows | same))
    if len(bad):
        before, row = order[bad[0]], order[bad[0] + 1]
        message = (
            f"time grows with the frame, but row {row} (frame {frame[row]}, time {time[row]:g}) is not later than "
            f"row {before} (frame {frame[before]}, time {time[before]:g}); leave the time column out with "
            f"--columns time= if it means something else"
        )
        raise ValueError(message)


def refuse_rows(bad: Bool[np.ndarray, " n"], promise: str, values: np.ndarray) -> None:
    """Refuse a column when any of its rows is bad, naming the first."""
    if bad.any():
        row = int(np.argmax(bad))
        shown = np.array2string(values[row], separator=", ") if values.ndim > 1 else str(values[row])
        count = int(bad.sum())
        others = f" (and {count - 1} more rows)" if count > 1 else ""
        message = f"{promise}, but row {row} has {shown}{others}"
        raise ValueError(message)


def choose_unit(detections: Detections) -> float:
    """Choose a power of two by whose length positions are numbers of ordinary size [length].

    >>> choose_unit(Detections(np.arange(2), np.array([[1e9, 0.0], [1e9 + 10.0, 0.0]])))
    8.0
    """
    extent = float(np.ptp(detections.position, axis=0).max(initial=0.0)) if len(detections) else 0.0
    return 2.0 ** math.floor(math.log2(extent)) if extent > 0.0 else 1.0


def measure_in(detections: Detections, unit: float) -> Detections:
    """Give the same detections about their middle, in another unit of length.

    >>> measure_in(Detections(np.arange(2), np.array([[4.0, 4.0], [8.0, 8.0]])), 2.0).position[:, 0]
    array([-1.,  1.])
    """
    middle = detections.position.mean(axis=0) if len(detections) else 0.0
    deviation = None if detections.deviation is None else detections.deviation / unit
    return dataclasses.replace(detections, position=(detections.position - middle) / unit, deviation=deviation)
