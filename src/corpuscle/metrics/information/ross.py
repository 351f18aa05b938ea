"""Information of a continuous quantity and a label from the distances of nearest neighbours of the same label."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import cKDTree
from scipy.special import digamma

from corpuscle.data.settings import setting
from corpuscle.metrics.information.base import Columns, Estimator, Kind, check_pairs, number
from corpuscle.metrics.information.ksg import CLOSER, SCALES, Scale, count_closer


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEstimator(Estimator):
    """Compare how many points lie around one with how many of its own label do.

    psi(N) + <psi(k)> - <psi(N_label)> - <psi(m)>: m counts the points of any label that lie closer than the k-th
    neighbour of the same label. A label that is met once says nothing, its rows count neither as points nor in N;
    their part is the mean of the others.

    Source: Ross, PLOS ONE 9 (2014) e87357, equation 2.
    """

    kinds: ClassVar[tuple[Kind, Kind]] = ("continuous", "discrete")

    neighbours: int = setting(3, "neighbours of a point (k), or one less than its label has rows", least=1)
    scale: Scale = setting("ranks", "the unit of a coordinate: its ranks, or its standard deviation")

    def weigh(self, one: Columns, other: Columns) -> Float[np.ndarray, " n"]:
        """Give the part of every row [nat].

        Raises: ValueError, when no label is met twice.
        """
        check_pairs(one, other, least=2)
        label = number(other)
        count = np.bincount(label)[label]
        kept = np.flatnonzero(count > 1)
        if not len(kept):
            message = f"expected labels that are met twice or more, but all {len(label)} differ"
            raise ValueError(message)
        values = SCALES[self.scale](one[kept])
        k = np.minimum(self.neighbours, count[kept] - 1)
        reach = find_own(values, label[kept], k)
        m = count_closer(values, CLOSER * reach)
        part = digamma(len(kept)) + digamma(k) - digamma(count[kept]) - digamma(m)
        whole = np.full(len(label), part.mean())
        whole[kept] = part
        return whole


def find_own(
    values: Float[np.ndarray, "n d"], label: Int[np.ndarray, " n"], k: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Give how far the k-th neighbour of the same label lies, along the coordinate that is farthest."""
    if values.shape[1] == 1:
        return find_own_sorted(values[:, 0], label, k)
    reach = np.empty(len(values))
    order = np.argsort(label, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        asked = int(k[rows[0]])
        reach[rows] = cKDTree(values[rows]).query(values[rows], k=asked + 1, p=np.inf)[0][:, asked]
    return reach


def find_own_sorted(
    value: Float[np.ndarray, " n"], label: Int[np.ndarray, " n"], k: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Do the same along one coordinate: the k-th neighbour is among the k before and the k behind in order."""
    order = np.lexsort((value, label))
    near = np.arange(len(order))[:, None] + np.delete(np.arange(-k.max(), k.max() + 1), k.max())
    inside = (near >= 0) & (near < len(order))
    row = order[np.where(inside, near, 0)]
    same = inside & (label[row] == label[order][:, None])
    distance = np.sort(np.where(same, np.abs(value[row] - value[order][:, None]), np.inf), axis=1)
    reach = np.empty(len(order))
    reach[order] = np.take_along_axis(distance, k[order][:, None] - 1, axis=1)[:, 0]
    return reach
