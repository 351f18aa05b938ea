"""What every linker of hits is: its settings with one verb, and the pairs that it gives."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.spatial import cKDTree

from corpuscle.data.settings import check_settings, setting


@dataclass(frozen=True, slots=True, eq=False)
class HitPairs:
    """Hits that may follow one another on a track.

    Args:
        pair: row numbers, the hit that is nearer to the origin first; each pair once.
        distance: how far apart the linker finds the two; the smaller, the likelier they are of one track.
    """

    pair: Int[np.ndarray, "m 2"]
    distance: Float[np.ndarray, " m"]

    def __len__(self) -> int:
        return len(self.pair)

    def __repr__(self) -> str:
        return f"HitPairs({len(self)})"


@dataclass(frozen=True, slots=True, kw_only=True)
class HitLinker(ABC):
    """A way to find which hits of a collision follow one another: all that lie within a radius of each other.

    Which hits are compared is the same for all linkers: those of one event, and of layers next to each other where
    the layer is known. What they differ in is where a hit lies.
    """

    radius: float = setting(0.1, "the distance up to which two hits are linked", above=0)

    def __post_init__(self) -> None:
        check_settings(self)

    @abstractmethod
    def place(self, position: Float[np.ndarray, "hit 3"]) -> tuple[Float[np.ndarray, "hit d"], tuple[float, ...]]:
        """Give where hits lie, and the length after which each coordinate begins anew; 0: it never does."""

    def link(
        self,
        event: Int[np.ndarray, " hit"],
        position: Float[np.ndarray, "hit 3"],
        layer: Int[np.ndarray, " hit"],
    ) -> HitPairs:
        """Link the hits of collisions.

        Args:
            event: the event of each hit.
            position: x, y, z of each hit [mm].
            layer: its layer; -1: not known, it may follow any.

        Returns:
            Pairs of row numbers, ordered.
        """
        place, period = self.place(position)
        order = np.argsort(event, kind="stable")
        found = [np.empty((0, 2), dtype=np.int64)]
        for rows in np.split(order, np.flatnonzero(np.diff(event[order])) + 1):
            tree = cKDTree(wrap(place[rows], period), boxsize=period)
            found.append(rows[tree.query_pairs(self.radius, output_type="ndarray")])
        pair = orient(np.concatenate(found).astype(np.int64), position)
        pair = pair[are_next(layer[pair[:, 0]], layer[pair[:, 1]])]
        pair = pair[np.lexsort((pair[:, 1], pair[:, 0]))]
        return HitPairs(pair, measure_apart(place[pair[:, 0]], place[pair[:, 1]], period))


def wrap(place: Float[np.ndarray, "n d"], period: tuple[float, ...]) -> Float[np.ndarray, "n d"]:
    """Bring every coordinate that begins anew into its first length; rounding may reach the end, which is its start.

    >>> wrap(np.array([[-1.0, -1.0]]), (0.0, 4.0))
    array([[-1.,  3.]])
    """
    length = np.array(period)
    inside = np.mod(place, np.where(length > 0, length, 1.0))
    return np.where(length > 0, np.where(inside < length, inside, 0.0), place)


def orient(pair: Int[np.ndarray, "m 2"], position: Float[np.ndarray, "hit 3"]) -> Int[np.ndarray, "m 2"]:
    """Put the hit that is nearer to the origin first."""
    distance = np.linalg.norm(position, axis=1)
    swap = distance[pair[:, 0]] > distance[pair[:, 1]]
    return np.where(swap[:, None], pair[:, ::-1], pair)


def are_next(inner: Int[np.ndarray, " m"], outer: Int[np.ndarray, " m"]) -> np.ndarray:
    """Tell whether layers lie next to each other, or one of them is not known.

    >>> are_next(np.array([0, 0, 0, -1]), np.array([1, 2, 0, 5]))
    array([ True, False, False,  True])
    """
    return np.asarray((np.abs(outer - inner) == 1) | (inner < 0) | (outer < 0))


def measure_apart(
    one: Float[np.ndarray, "m d"], other: Float[np.ndarray, "m d"], period: tuple[float, ...]
) -> Float[np.ndarray, " m"]:
    """Give the distance of places, the shorter way round where a coordinate begins anew."""
    apart = np.abs(one - other)
    length = np.array(period)
    apart = np.where(length > 0, np.minimum(apart, np.abs(length - apart)), apart)
    return np.asarray(np.sqrt(np.square(apart).sum(axis=1)))
