"""Information of two continuous quantities from bins of equal count."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.settings import setting
from corpuscle.metrics.information.base import Columns, Estimator, Kind, check_pairs, rank
from corpuscle.metrics.information.counts import CountEstimator


@dataclass(frozen=True, slots=True, kw_only=True)
class BinEstimator(Estimator):
    """Put both quantities into bins of equal count, and count.

    What is left within a bin is lost: an estimate from below, but for the bias of counts. The excess over permuted
    values is its shuffle correction.

    Source: Panzeri et al., Journal of Neurophysiology 98 (2007) 1064.
    """

    kinds: ClassVar[tuple[Kind, Kind]] = ("continuous", "continuous")

    bins: int = setting(16, "bins of each coordinate", least=2)
    corrected: bool = setting(True, "take off the bias of Miller and Madow")

    def weigh(self, one: Columns, other: Columns) -> Float[np.ndarray, " n"]:
        """Give the part of every row [nat]."""
        check_pairs(one, other, least=self.bins)
        return CountEstimator(corrected=self.corrected).weigh(self.bin(one), self.bin(other))

    def bin(self, values: Columns) -> Int[np.ndarray, "n d"]:
        """Give the bin of every value, column by column; equal values share a bin."""
        return np.asarray(np.minimum((rank(values) * self.bins).astype(np.int64), self.bins - 1))
