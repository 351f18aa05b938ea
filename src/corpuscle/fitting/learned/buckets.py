"""Tracks of like length side by side, padded, as nets take them."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Int

AT_ONCE = 1024
"""Tracks that go through a net at once: few enough that they stay in the cache."""


class Bucket(NamedTuple):
    """Some tracks side by side.

    Args:
        rows: which tracks.
        hit: the row of each hit; 0 where there is none.
        real: True where there is a hit.
    """

    rows: Int[np.ndarray, " track"]
    hit: Int[np.ndarray, "track place"]
    real: Bool[np.ndarray, "track place"]


def fill_bucket(
    offset: Int[np.ndarray, " track_and_1"], rows: Int[np.ndarray, " some"], *, places: int | None = None
) -> Bucket:
    """Lay tracks side by side, each followed by nothing up to the longest.

    Args:
        offset: where the hits of each track begin, and the number of all hits.
        rows: which tracks.
        places: how many places each has, if more than the longest needs.

    >>> fill_bucket(np.array([0, 1, 3]), np.array([0, 1])).hit
    array([[0, 0],
           [1, 2]])
    """
    length = (offset[1:] - offset[:-1])[rows]
    place = np.arange(int(length.max(initial=0)) if places is None else places)
    real = place < length[:, None]
    return Bucket(rows, np.where(real, offset[rows, None] + place, 0), real)


def make_buckets(offset: Int[np.ndarray, " track_and_1"], *, at_once: int = AT_ONCE) -> Iterator[Bucket]:
    """Give all tracks in buckets, the short ones first."""
    order = np.argsort(np.diff(offset), kind="stable")
    for first in range(0, len(order), at_once):
        yield fill_bucket(offset, order[first : first + at_once])
