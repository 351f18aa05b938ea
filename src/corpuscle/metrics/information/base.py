"""What every estimator of information is: its settings with one verb."""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.special import ndtri
from scipy.stats import rankdata

from corpuscle.data.settings import check_settings

BIT = math.log(2.0)
"""One bit [nat]."""

Kind = Literal["continuous", "discrete"]
Columns = Float[np.ndarray, "_n _d"] | Int[np.ndarray, "_n _d"]
"""Values of a quantity, a row an example, a column a coordinate; two of them need not have as many columns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimator(ABC):
    """A way to tell the mutual information of two quantities from their values, row by row."""

    kinds: ClassVar[tuple[Kind, Kind]]
    """What the two quantities must be."""

    def __post_init__(self) -> None:
        check_settings(self)

    @abstractmethod
    def weigh(self, one: Columns, other: Columns) -> Float[np.ndarray, " n"]:
        """Give the part of every row, whose mean is the information [nat].

        Args:
            one: the first quantity, a row an example, a column a coordinate.
            other: the second, row by row with the first.
        """

    def measure(self, one: Columns, other: Columns) -> float:
        """Give the information [bit]: the estimate as it is, below 0 where chance makes it so."""
        return float(self.weigh(one, other).mean()) / BIT


def check_pairs(one: Columns, other: Columns, *, least: int) -> None:
    """Refuse values that do not belong together, are too few, or are not finite.

    Raises: ValueError, saying which.
    """
    if len(one) != len(other):
        message = f"the two quantities have {len(one)} and {len(other)} values; they go together row by row"
        raise ValueError(message)
    if len(one) < least:
        message = f"expected at least {least} pairs of values, not {len(one)}"
        raise ValueError(message)
    for values in (one, other):
        bad = ~np.isfinite(values).all(axis=1)
        if bad.any():
            row = int(np.argmax(bad))
            message = f"expected finite values, but row {row} has {values[row]}"
            raise ValueError(message)


def rank(values: Columns) -> Float[np.ndarray, "n d"]:
    """Give every value its rank in its column, from 0 to 1; equal values share one.

    >>> rank(np.array([[1.0], [1000.0], [3.0]]))[:, 0]
    array([0.16666667, 0.83333333, 0.5       ])
    """
    return np.asarray((rankdata(values, axis=0) - 0.5) / len(values))


def normal_scores(values: Columns) -> Float[np.ndarray, "n d"]:
    """Put every column on the scale of a normal distribution by its ranks (normal scores).

    Information does not depend on how a quantity is written down, and after this neither does an estimate, under any
    growing or falling function of a column. Ranks as they are would do, but that they lie at even distances, where
    two neighbours are equally far.
    """
    return np.asarray(ndtri(rank(values)))


def spread(values: Columns) -> Float[np.ndarray, "n d"]:
    """Put every column in units of its standard deviation; a column without any stays as it is."""
    deviation = values.std(axis=0)
    return np.asarray(values / np.where(deviation > 0, deviation, 1.0), dtype=float)


def number(labels: Columns) -> Int[np.ndarray, " n"]:
    """Number the different rows of labels from 0.

    >>> number(np.array([[7, 1], [5, 1], [7, 1]]))
    array([1, 0, 1])
    """
    return np.asarray(np.unique(labels, axis=0, return_inverse=True)[1]).reshape(-1)
