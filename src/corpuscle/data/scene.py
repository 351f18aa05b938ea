"""A sequence with its truth, kept apart from what was measured."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections, refuse_rows
from corpuscle.data.links import Links
from corpuscle.data.tracks import read_links


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """Where every particle really was, frame by frame.

    Args:
        track: the particle of each row, from 0.
        frame: the frame of each row.
        position: where the particle was [length].
        detection: the row number of its detection, -1 where it was missed; None where nobody knows.

    Raises: ValueError, when a particle stands twice in a frame or a detection belongs to two rows.
    """

    track: Int[np.ndarray, " m"]
    frame: Int[np.ndarray, " m"]
    position: Float[np.ndarray, "m d"]
    detection: Int[np.ndarray, " m"] | None = None

    def __post_init__(self) -> None:
        refuse_rows(self.frame < 0, "a frame is a number from 0", self.frame)
        refuse_rows(self.track < 0, "a particle is a number from 0", self.track)
        refuse_rows(~np.isfinite(self.position).all(axis=1), "a true position is finite", self.position)
        check_once(self.track, self.frame)
        if self.detection is not None:
            refuse_rows(self.detection < -1, "a detection is a row number, or -1 where missed", self.detection)
            seen = self.detection[self.detection >= 0]
            names, counts = np.unique(seen, return_counts=True)
            if (counts > 1).any():
                message = f"a detection shows one particle, but {names[np.argmax(counts > 1)]} stands in two rows"
                raise ValueError(message)

    def __len__(self) -> int:
        return len(self.track)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What was measured, and what is true.

    Raises: ValueError, when the truth names a detection that does not exist or stands in another frame.
    """

    detections: Detections
    truth: Truth

    def __post_init__(self) -> None:
        check_detections(self.truth, self.detections.frame)


def true_links(truth: Truth) -> Links:
    """Give the true links between detections: consecutive detections of one particle, across missed frames.

    Raises: ValueError, when the truth does not say which detection is whose.

    >>> truth = Truth(np.zeros(3, int), np.arange(3), np.zeros((3, 2)), np.array([0, -1, 1]))
    >>> true_links(truth).pair
    array([[0, 1]])
    """
    if truth.detection is None:
        raise ValueError("true links between detections need the truth's `detection` column")
    seen = truth.detection >= 0
    found = read_links(truth.track[seen], truth.frame[seen])
    return Links(truth.detection[seen][found.pair])


def check_detections(truth: Truth, frame: Int[np.ndarray, " n"]) -> None:
    """Check that the truth's detections exist and stand in the same frame."""
    if truth.detection is None:
        return
    if truth.detection.max(initial=-1) >= len(frame):
        message = (
            f"the truth names detection {truth.detection.max()}, but there are {len(frame)} rows of detections: the "
            f"result's rows must be those of the detections, in order; score --by position otherwise"
        )
        raise ValueError(message)
    seen = np.flatnonzero(truth.detection >= 0)
    other = frame[truth.detection[seen]] != truth.frame[seen]
    if other.any():
        row = int(seen[np.argmax(other)])
        message = (
            f"row {row} of the truth says that detection {truth.detection[row]} is in frame {truth.frame[row]}, but it "
            f"is in frame {frame[truth.detection[row]]}: the result's rows must be those of the detections, in order; "
            f"score --by position otherwise"
        )
        raise ValueError(message)


def check_once(track: Int[np.ndarray, " m"], frame: Int[np.ndarray, " m"]) -> None:
    """Check that no track stands twice in a frame; rows with track -1 are in none."""
    rows = np.flatnonzero(track >= 0)
    rows = rows[np.lexsort((frame[rows], track[rows]))]
    twice = (np.diff(track[rows]) == 0) & (np.diff(frame[rows]) == 0)
    if twice.any():
        first, second = sorted(rows[[np.argmax(twice), np.argmax(twice) + 1]].tolist())
        where = f"track {track[first]}, frame {frame[first]}"
        message = f"a track has one row a frame, but rows {first} and {second} are both {where}"
        raise ValueError(message)
