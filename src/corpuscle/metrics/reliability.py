"""Whether what is said to be likely is as likely as said: bins of equal count, expected calibration error, surprise."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

BINS = 10
LEAST = 1e-12
"""A probability is at least this, and at most 1 less this, where its logarithm is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Statements in bins of equal count, from the least to the most likely; equally likely ones stay together.

    Args:
        said: mean probability of the statements of each bin.
        true: share of them that are true.
        count: how many they are.
        error: standard error of the share: over groups where there are several, else that of independent statements.
    """

    said: Float[np.ndarray, " b"]
    true: Float[np.ndarray, " b"]
    count: Int[np.ndarray, " b"]
    error: Float[np.ndarray, " b"]

    @property
    def expected_error(self) -> float:
        """Expected calibration error: sum over bins of their share of all times |mean probability - true share|."""
        total = self.count.sum()
        return float((np.abs(self.said - self.true) * self.count).sum() / total) if total else math.nan

    def list_rows(self) -> list[dict[str, float | int]]:
        """List the bins as rows."""
        columns = (self.said.tolist(), self.true.tolist(), self.count.tolist(), self.error.tolist())
        return [dict(zip(("said", "true", "count", "error"), row, strict=True)) for row in zip(*columns, strict=True)]


def bin_equally(probability: Float[np.ndarray, " m"]) -> Int[np.ndarray, " m"]:
    """Give each statement the number of its bin: that of its rank among all, equal ones together."""
    rank = np.searchsorted(np.sort(probability), probability)
    return np.unique(rank * BINS // max(len(rank), 1), return_inverse=True)[1]


def find_reliability(
    probability: Float[np.ndarray, " m"], right: Bool[np.ndarray, " m"], *, group: Int[np.ndarray, " m"] | None = None
) -> Reliability:
    """Give what was said and what is true, bin by bin.

    Args:
        probability: what was said of each statement.
        right: whether it is true.
        group: which of them are not independent, by number from 0 without holes; none: all are.

    >>> find_reliability(np.array([0.25, 0.75]), np.array([False, True])).expected_error
    0.25
    """
    number = bin_equally(probability)
    count = np.bincount(number)
    said = np.bincount(number, probability) / count
    true = np.bincount(number, right) / count
    return Reliability(said, true, count, find_errors(number, count, true, right, group))


def find_errors(
    number: Int[np.ndarray, " m"],
    count: Int[np.ndarray, " b"],
    true: Float[np.ndarray, " b"],
    right: Bool[np.ndarray, " m"],
    group: Int[np.ndarray, " m"] | None,
) -> Float[np.ndarray, " b"]:
    """Give the standard error of each bin's share: of a ratio over groups, or of independent statements in one group.

    Of S groups with n_s statements, r_s of them true: sqrt(S / (S - 1) sum (r_s - true n_s)^2) / sum n_s.
    """
    groups = 0 if group is None else int(group.max(initial=-1)) + 1
    if group is None or groups < 2:
        return np.asarray(np.sqrt(true * (1 - true) / count))
    place = group * len(count) + number
    off = np.bincount(place, right - true[number], minlength=groups * len(count)).reshape(groups, -1)
    return np.asarray(np.sqrt(groups / (groups - 1) * (off**2).sum(axis=0)) / count)


def find_floor(probability: Float[np.ndarray, " m"]) -> float:
    """Give the expected calibration error of right probabilities, from chance alone, of independent statements.

    The sum over bins of sqrt(2 / pi * sum of p (1 - p)) over all: the mean distance of a normal sum; NaN of nothing.
    """
    spread = np.bincount(bin_equally(probability), probability * (1 - probability))
    return float(np.sqrt(2 / np.pi * spread).sum() / len(probability)) if len(probability) else math.nan


def mean_surprise(probability: Float[np.ndarray, " m"], right: Bool[np.ndarray, " m"]) -> float:
    """Give the mean of -log p where right and -log(1 - p) where not; NaN of nothing."""
    held = np.clip(np.where(right, probability, 1 - probability), LEAST, 1.0)
    return float(-np.log(held).mean()) if len(held) else math.nan
