"""Tracks laid out for comparing: numbered from 0, sorted by track and frame, detections in no track left out."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.scene import Truth, check_once


@dataclass(frozen=True, slots=True, eq=False)
class TrackTable:
    """Rows of tracks, sorted by track, then by frame.

    Args:
        track: the track of each row; tracks are numbered from 0 without holes.
        frame: the frame of each row.
        position: the position of each row [length].
        tracks: how many tracks there are.
    """

    track: Int[np.ndarray, " n"]
    frame: Int[np.ndarray, " n"]
    position: Float[np.ndarray, "n d"]
    tracks: int

    def __len__(self) -> int:
        return len(self.track)

    @property
    def start(self) -> Int[np.ndarray, " k"]:
        """The first row of each track."""
        return np.searchsorted(self.track, np.arange(self.tracks))

    @property
    def stop(self) -> Int[np.ndarray, " k"]:
        """One past the last row of each track."""
        return np.searchsorted(self.track, np.arange(self.tracks), side="right")


def lay_out(
    track: Int[np.ndarray, " n"], frame: Int[np.ndarray, " n"], position: Float[np.ndarray, "n d"]
) -> TrackTable:
    """Lay tracks out for comparing.

    Raises: ValueError, when a track stands twice in a frame.

    >>> lay_out(np.array([7, -1, 7]), np.array([1, 0, 0]), np.zeros((3, 2))).frame
    array([0, 1])
    """
    check_once(track, frame)
    rows = np.flatnonzero(track >= 0)
    rows = rows[np.lexsort((frame[rows], track[rows]))]
    names, number = np.unique(track[rows], return_inverse=True)
    return TrackTable(number.astype(np.int64), frame[rows].astype(np.int64), position[rows], len(names))


def lay_side_by_side(
    truth: Truth,
    track: Int[np.ndarray, " n"],
    frame: Int[np.ndarray, " n"],
    position: Float[np.ndarray, "n d"],
    gate: float,
) -> tuple[TrackTable, TrackTable]:
    """Lay out the truth and a result, after checking that they can be compared.

    Raises: ValueError, when the gate is not a length above 0, the dimensions differ, or a track stands twice in a
        frame.
    """
    check_gate(gate)
    check_space(truth, position)
    return lay_out(truth.track, truth.frame, truth.position), lay_out(track, frame, position)


def check_gate(gate: float) -> None:
    """Check that a gate is a finite length above 0."""
    if not (math.isfinite(gate) and gate > 0):
        message = f"the gate of a score is a finite length above 0, not {gate:g}"
        raise ValueError(message)


def check_space(truth: Truth, position: Float[np.ndarray, "n d"]) -> None:
    """Check that truth and result have the same number of dimensions."""
    if truth.position.shape[1] != position.shape[1]:
        message = (
            f"the truth is {truth.position.shape[1]}-D and the result {position.shape[1]}-D: "
            f"give both the same columns out of x, y, z"
        )
        raise ValueError(message)
