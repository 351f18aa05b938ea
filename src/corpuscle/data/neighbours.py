"""Hits that follow one another on a track: the pairs that a linker of hits is to find."""

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.event import NOISE


def pair_neighbours(
    event: Int[np.ndarray, " hit"], track: Int[np.ndarray, " hit"], position: Float[np.ndarray, "hit 3"]
) -> Int[np.ndarray, "pair 2"]:
    """Pair the hits that follow one another on a track, in the order of their distance from the origin, inner first.

    Args:
        event: the event of each hit.
        track: its track in that event; -1: noise, which follows nothing.
        position: x, y, z of each hit [mm].

    >>> at = np.array([[30.0, 0, 0], [110, 0, 0], [70, 0, 0], [35, 0, 0]])
    >>> pair_neighbours(np.zeros(4, int), np.array([1, 1, 1, -1]), at)
    array([[0, 2], [2, 1]])
    """
    rows = np.flatnonzero(track != NOISE)
    distance = np.linalg.norm(position[rows], axis=1)
    rows = rows[np.lexsort((distance, track[rows], event[rows]))]
    same = (np.diff(event[rows]) == 0) & (np.diff(track[rows]) == 0)
    return np.stack([rows[:-1][same], rows[1:][same]], axis=1)
