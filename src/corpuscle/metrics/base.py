"""What every score promises: measured from tracks and truth, read as named values."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.scene import Truth


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What is scored: rows of detections in tracks.

    Args:
        track: the track of each row, -1 where it is in none.
        frame: the frame of each row.
        position: the position of each row [length].
        parent: for each row the track that its own track split from, -1 otherwise; only links know splits.
        merged_into: for each row the track that its own track ran into, -1 otherwise; only links know merges.
        probability: how likely the link into each row is said to be, NaN where nothing is said; only calibration asks.
    """

    track: Int[np.ndarray, " n"]
    frame: Int[np.ndarray, " n"]
    position: Float[np.ndarray, "n d"]
    parent: Int[np.ndarray, " n"] | None = None
    merged_into: Int[np.ndarray, " n"] | None = None
    probability: Float[np.ndarray, " n"] | None = None


class Score(ABC):
    """What one metric found. A score sees tracks and truth, never the method that made the tracks.

    A ratio of nothing to nothing is 1: where there was nothing to find, and nothing was claimed, nothing is wrong.
    """

    __slots__ = ()

    @classmethod
    @abstractmethod
    def measure(cls, truth: Truth, result: Result, *, gate: float) -> "Score":
        """Measure a result against the truth.

        Args:
            truth: where the particles were.
            result: the tracks.
            gate: the distance from which on a pair of positions is no pair [length].
        """

    @abstractmethod
    def list_values(self) -> dict[str, float | int]:
        """List the ratios and the counts behind them, by the names that `corpuscle score --json` writes."""


def divide(part: float, whole: float) -> float:
    """Divide a part by its whole; nothing of nothing is 1.

    >>> divide(1, 4), divide(0, 0)
    (0.25, 1.0)
    """
    return part / whole if whole else 1.0
