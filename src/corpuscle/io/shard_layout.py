"""The arrays of a shard: their names, types and sizes."""

from collections.abc import Mapping
from typing import Any

from corpuscle.io.columns import Column

SCHEMA = 1
"""The version of the layout."""

FORMAT = "corpuscle shards"
"""What the card says that it is."""


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


def list_files(card: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """List what the card says of every file, by its path."""
    return {f"{name}/{file}": about for name, entry in card["shards"].items() for file, about in entry["files"].items()}
