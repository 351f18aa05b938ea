"""Information of two labels from how often they are met together, with the correction of Miller and Madow."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.settings import setting
from corpuscle.metrics.information.base import BIT, Columns, Estimator, Kind, check_pairs, number


@dataclass(frozen=True, slots=True, kw_only=True)
class CountEstimator(Estimator):
    """Count: the mean of ln n_xy n / (n_x n_y).

    Counts make too much of chance: with labels that are seldom met twice they give the whole entropy, dependent or
    not. Miller and Madow take off (cells - rows - columns + 1) / 2n, which is right where cells are met several times
    and absurd where they are not (`saturated` of a measurement says so).

    Source: Miller, in Information Theory in Psychology (1955) 95; Roulston, Physica D 125 (1999) 285.

    >>> label = np.array([[0], [0], [1], [1]])
    >>> CountEstimator(corrected=False).measure(label, label)
    1.0
    """

    kinds: ClassVar[tuple[Kind, Kind]] = ("discrete", "discrete")

    corrected: bool = setting(True, "take off the bias of Miller and Madow")

    def weigh(self, one: Columns, other: Columns) -> Float[np.ndarray, " n"]:
        """Give the part of every row [nat]."""
        check_pairs(one, other, least=1)
        ours, theirs = number(one), number(other)
        both = number(np.stack([ours, theirs], axis=1))
        row, column, cell = (np.bincount(labels) for labels in (ours, theirs, both))
        part = np.log(cell[both] * (len(both) / (row[ours] * column[theirs])))
        bias = (len(cell) - len(row) - len(column) + 1) / (2 * len(both)) if self.corrected else 0.0
        return np.asarray(part - bias)


def measure_entropy(labels: Int[np.ndarray, "n d"] | Int[np.ndarray, " n"], *, corrected: bool = False) -> float:
    """Give the entropy of labels [bit], counted; corrected by (cells - 1) / 2n where that is asked for.

    >>> measure_entropy(np.array([0, 1, 2, 3]))
    2.0
    """
    count = np.bincount(number(labels.reshape(len(labels), -1)))
    share = count / count.sum()
    bias = (len(count) - 1) / (2 * count.sum()) if corrected else 0.0
    return float(-(share * np.log(share)).sum() + bias) / BIT
