"""Where a method believes each particle to be, frame by frame (optional beside links)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.detections import refuse_rows
from corpuscle.data.scene import check_once


@dataclass(frozen=True, slots=True, eq=False)
class Estimates:
    """Believed positions of tracks.

    A method that gives no sensible number writes NaN; such a row is invalid, and no score ever counts it as right.

    Args:
        track: the track of each row, from 0.
        frame: its frame.
        position: where the particle is believed to be [length].

    Raises: ValueError, when a track stands twice in a frame or a number is below 0.

    >>> Estimates(np.array([0, 0]), np.array([0, 1]), np.array([[1.0, 2.0], [np.nan, 2.0]])).valid
    array([ True, False])
    """

    track: Int[np.ndarray, " m"]
    frame: Int[np.ndarray, " m"]
    position: Float[np.ndarray, "m d"]

    def __post_init__(self) -> None:
        refuse_rows(self.frame < 0, "a frame is a number from 0", self.frame)
        refuse_rows(self.track < 0, "a track is a number from 0", self.track)
        check_once(self.track, self.frame)

    def __len__(self) -> int:
        return len(self.track)

    @property
    def valid(self) -> Bool[np.ndarray, " m"]:
        """Which rows are numbers."""
        valid: Bool[np.ndarray, " m"] = np.isfinite(self.position).all(axis=1)
        return valid
