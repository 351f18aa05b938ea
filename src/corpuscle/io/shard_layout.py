"""The arrays of a shard: their names, types and sizes, and how they are mapped."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Num

SCHEMA = 1
"""The version of the layout."""

CARD = "card.json"


@dataclass(frozen=True, slots=True)
class Column:
    """One flat array of a shard.

    Args:
        name: its file, whose ending says its type.
        type: the type of a number, little-endian.
        of: what it has a row for.
        width: numbers in a row.
        more: rows beyond one for each.
        meaning: what stands in it, with its unit.
    """

    name: str
    type: str
    of: str
    meaning: str
    width: int = 1
    more: int = 0

    def count_bytes(self, counts: Mapping[str, int], *, whole: bool = True) -> int:
        """Give the size of its file, of so many hits and tracks; before it is whole, without the last offset."""
        return (counts[self.of] + self.more * whole) * self.width * np.dtype(self.type).itemsize

    def map(self, path: Path, counts: Mapping[str, int]) -> Num[np.ndarray, "..."]:
        """Map its file into memory, read only; nothing is read before it is asked for."""
        rows = counts[self.of] + self.more
        shape = (rows,) if self.width == 1 else (rows, self.width)
        if not rows:
            return np.zeros(shape, self.type)
        # a plain view of the map: a subclass of arrays would make every gather slower
        return np.asarray(np.memmap(path, dtype=self.type, mode="r", shape=shape))


COLUMNS = (
    Column("position.f32", "<f4", "hits", "x, y, z [mm]", width=3),
    Column("layer.i16", "<i2", "hits", "cylinder in the apparatus, from 0; -1: none"),
    Column("offset.i64", "<i8", "tracks", "where hits of each track begin in this shard, then their number", more=1),
    Column("event.i64", "<i8", "tracks", "number of the generator's event"),
    Column("track.i64", "<i8", "tracks", "number of the particle in its event"),
    Column("origin.i64", "<i8", "tracks", "number that tracks share if generated with one momentum"),
    Column("parameters.f64", "<f8", "tracks", "d0, z0 [mm], phi, theta [rad], q/p [1/GeV]", width=5),
    Column("kind.i32", "<i4", "tracks", "number of the Particle Data Group (PDG); 0: unknown"),
    Column("lost.f32", "<f4", "tracks", "share of momentum lost before the first hit; NaN: unknown"),
)
"""Every array of a shard, in the order of the page about it."""

HIT_BYTES = 14
"""Bytes of a hit; a track takes 80 more, and each shard 8."""
