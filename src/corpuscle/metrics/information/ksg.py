"""Information of two continuous quantities from the distances of nearest neighbours."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import cKDTree
from scipy.special import digamma

from corpuscle.data.settings import setting
from corpuscle.metrics.information.base import Columns, Estimator, Kind, check_pairs, normal_scores, spread

Scale = Literal["ranks", "spread"]
SCALES = {"ranks": normal_scores, "spread": spread}

CLOSER = 1 - 1e-9
"""What a distance is multiplied by to leave out what lies at it; more than rounding, less than any neighbour."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourEstimator(Estimator):
    """Compare how many neighbours a point has along each quantity with the k that it has along both.

    Form 1: psi(k) - <psi(n_x + 1) + psi(n_y + 1)> + psi(N), n counting what lies closer than the k-th neighbour in
    the larger of both distances. Form 2: psi(k) - 1/k - <psi(n_x) + psi(n_y)> + psi(N), n counting what lies no
    farther than the farthest of the k along each quantity.

    Rows are taken as drawn independently. Hits of one particle that share a value are not: the estimate then holds
    what only tells particles apart, and the null of permuted particles says how much that is.

    Source: Kraskov, Stögbauer and Grassberger, Physical Review E 69 (2004) 066138, equations 8 and 9.
    """

    kinds: ClassVar[tuple[Kind, Kind]] = ("continuous", "continuous")

    neighbours: int = setting(3, "neighbours of a point (k)", least=1)
    form: Literal[1, 2] = setting(1, "the first or the second of the paper's estimators")
    scale: Scale = setting("ranks", "the unit of a coordinate: its ranks, or its standard deviation")

    def weigh(self, one: Columns, other: Columns) -> Float[np.ndarray, " n"]:
        """Give the part of every row [nat].

        Raises: ValueError, when most pairs of values are met more than k times: those are labels.
        """
        check_pairs(one, other, least=self.neighbours + 1)
        ours, theirs = SCALES[self.scale](one), SCALES[self.scale](other)
        k, n = self.neighbours, len(ours)
        distance, near = cKDTree(np.hstack([ours, theirs])).query(np.hstack([ours, theirs]), k=k + 1, p=np.inf)
        reach = distance[:, k]
        if (reach == 0).mean() > 0.5:
            message = f"expected continuous values, but most pairs are met more than {k} times: count them ('counts')"
            raise ValueError(message)
        if self.form == 1:
            x, y = (count_closer(values, CLOSER * reach) for values in (ours, theirs))
            return np.asarray(digamma(k) + digamma(n) - digamma(x) - digamma(y))
        x, y = (count_closer(values, find_farthest(values, near) / CLOSER) - 1 for values in (ours, theirs))
        return np.asarray(digamma(k) - 1 / k + digamma(n) - digamma(np.maximum(x, 1)) - digamma(np.maximum(y, 1)))


def find_farthest(values: Float[np.ndarray, "n d"], near: Int[np.ndarray, "n k"]) -> Float[np.ndarray, " n"]:
    """Give how far the farthest of a point's neighbours lies along some coordinates."""
    return np.asarray(np.abs(values[near] - values[:, None]).max(axis=(1, 2)))


def count_closer(values: Float[np.ndarray, "n d"], reach: Float[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Count the points no farther than a reach along every coordinate, the point itself included.

    >>> count_closer(np.array([[0.0], [1.0], [5.0]]), np.array([1.0, 0.5, 9.0]))
    array([2, 1, 3])
    """
    if values.shape[1] > 1:
        return np.asarray(cKDTree(values).query_ball_point(values, reach, p=np.inf, return_length=True))
    column = values[:, 0]
    ordered = np.sort(column)
    above = np.searchsorted(ordered, column + reach, side="right")
    return np.asarray(np.maximum(above - np.searchsorted(ordered, column - reach, side="left"), 1))
