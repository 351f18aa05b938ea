"""How many pairs of hits are found that follow one another on a track, and how many others with them."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.metrics.links import number_pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class PairScore:
    """The pairs within a radius.

    Args:
        radius: the radius.
        found: pairs within it.
        true: those of them that are true.
        wanted: all true pairs, within reach or not.
    """

    radius: float
    found: int
    true: int
    wanted: int

    @property
    def efficiency(self) -> float:
        """The share of the true pairs that are found; NaN without any."""
        return self.true / self.wanted if self.wanted else float("nan")

    @property
    def purity(self) -> float:
        """The share of what is found that is true; NaN where nothing is."""
        return self.true / self.found if self.found else float("nan")

    @property
    def f1(self) -> float:
        """The harmonic mean of both; 0 where nothing true is found."""
        return 2 * self.true / (self.found + self.wanted) if self.found + self.wanted else float("nan")

    def list_values(self) -> dict[str, float]:
        """Give everything as plain values."""
        return {**dataclasses.asdict(self), "efficiency": self.efficiency, "purity": self.purity, "f1": self.f1}


def score_pairs(
    pair: Int[np.ndarray, "m 2"],
    distance: Float[np.ndarray, " m"],
    truth: Int[np.ndarray, "k 2"],
    radii: Sequence[float],
) -> list[PairScore]:
    """Score pairs of hits within growing radii.

    Args:
        pair: the pairs, each once and the same way round as the true ones.
        distance: how far apart each is.
        truth: the true pairs.
        radii: the radii.

    >>> pairs, apart = np.array([[0, 1], [1, 2], [0, 2]]), np.array([0.1, 0.2, 0.3])
    >>> [round(one.f1, 3) for one in score_pairs(pairs, apart, np.array([[0, 1], [1, 2]]), (0.15, 0.25, 0.35))]
    [0.667, 1.0, 0.8]
    """
    right = np.isin(number_pairs(pair), number_pairs(truth))
    order = np.argsort(distance, kind="stable")
    found = np.searchsorted(distance[order], radii, side="right")
    true = np.concatenate([[0], np.cumsum(right[order])])[found]
    return [
        PairScore(radius=float(radius), found=int(many), true=int(good), wanted=len(truth))
        for radius, many, good in zip(radii, found, true, strict=True)
    ]
