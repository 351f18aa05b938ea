"""Which estimator suits two quantities: what they are decides, not who asks."""

from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from corpuscle.metrics.information.base import Columns, Estimator, Kind
from corpuscle.metrics.information.counts import CountEstimator
from corpuscle.metrics.information.ksg import NeighbourEstimator, Scale
from corpuscle.metrics.information.ross import LabelEstimator

MET = 20
"""How often a value is met on average from which on it is a label: a layer's radius is one, a hit's azimuth is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swapped(Estimator):
    """An estimator with its two quantities the other way round."""

    inner: Estimator = field(default_factory=LabelEstimator)

    def __post_init__(self) -> None:
        """Check nothing: what it wraps was checked."""

    @property
    def kinds(self) -> tuple[Kind, Kind]:  # type: ignore[override] # those of what it wraps
        """What the two quantities must be."""
        return self.inner.kinds[1], self.inner.kinds[0]

    def weigh(self, one: Columns, other: Columns) -> Float[np.ndarray, " n"]:
        """Give the part of every row [nat]."""
        return self.inner.weigh(other, one)


def is_discrete(values: Columns) -> bool:
    """Tell whether values are labels: met 20 times or more on average.

    >>> is_discrete(np.zeros((40, 1))), is_discrete(np.arange(40.0)[:, None])
    (True, False)
    """
    return bool(len(np.unique(values, axis=0)) * MET <= len(values))


def choose_estimator(one: bool, other: bool, *, neighbours: int = 3, scale: Scale = "ranks") -> Estimator:
    """Choose the estimator of two quantities; labels are counted as they are, and the null tells what chance adds.

    Args:
        one: whether the first is a label.
        other: whether the second is.
        neighbours: neighbours of a point (k), where some are counted.
        scale: the unit of a continuous coordinate.

    >>> choose_estimator(False, True)
    LabelEstimator(neighbours=3, scale='ranks')
    """
    if one and other:
        return CountEstimator(corrected=False)
    if other:
        return LabelEstimator(neighbours=neighbours, scale=scale)
    if one:
        return Swapped(inner=LabelEstimator(neighbours=neighbours, scale=scale))
    return NeighbourEstimator(neighbours=neighbours, scale=scale)
