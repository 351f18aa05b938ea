"""Tables of hits and of the particles that made them, one row each."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import NOISE, Events, Particles
from corpuscle.data.helix import NAMES, HelixParameters
from corpuscle.io.exact import read_floats, read_ids, require_columns
from corpuscle.io.geometry import find_apparatus, settle_apparatus
from corpuscle.io.table import Table
from corpuscle.io.tabular import read_columns, write_together

HITS = ("event", "track", "x", "y", "z", "layer")
PARTICLES = ("event", "track", *NAMES)
LOWEST = -(2**63)
HINTS = {
    "event": "the hits of one collision have the number of one event, 0 say",
    "track": "a fit needs to know which hits belong together; link them first",
    "layer": "add the number of each hit's cylinder from the inside out, from 0; -1 where it lies on none",
}


def list_hits(events: Events) -> pa.Table:
    """List events as a table, one row a hit."""
    x, y, z = events.position.T
    columns = (events.event, events.track, x, y, z, events.layer)
    return pa.table({name: pa.array(column) for name, column in zip(HITS, columns, strict=True)})


def list_particles(particles: Particles) -> pa.Table:
    """List the truth as a table, one row a particle."""
    columns = (particles.event, particles.track, *particles.parameters.value.T)
    named = dict(zip(PARTICLES, columns, strict=True)) | {"kind": particles.kind, "lost": particles.lost}
    return pa.table({name: pa.array(column) for name, column in named.items()})


def make_events(table: Table, apparatus: Apparatus) -> Events:
    """Read a table of hits; rows may come in any order, and their events are put behind one another.

    Raises: FormatError, when a column is missing or a cell does not fit; a position may be empty or NaN.
    """
    require_columns(table, HITS, "hits", HINTS)
    event, track = read_ids(table, "event", least=0), read_ids(table, "track", least=NOISE)
    layer = read_layers(table, apparatus)
    position = np.stack([read_floats(table, axis) for axis in ("x", "y", "z")], axis=1)
    if (np.diff(event) < 0).any():
        order = np.argsort(event, kind="stable")
        event, track, layer, position = event[order], track[order], layer[order], position[order]
    number, begin = np.unique(event, return_index=True)
    offset = np.append(begin, len(event)).astype(np.int64)
    return Events(number=number, offset=offset, position=position, layer=layer, track=track)


def read_layers(table: Table, apparatus: Apparatus) -> Int[np.ndarray, " hit"]:
    """Read the cylinders of hits.

    Raises: FormatError, naming the first row on a cylinder that the apparatus does not have.
    """
    layer, count = read_ids(table, "layer", least=-1), len(apparatus.radius)
    if (layer >= count).any():
        row = int(np.argmax(layer >= count))
        hint = "the apparatus has no more: say radius, or give hits on no cylinder the number -1"
        expected = f"a cylinder from 0 to {count - 1}, or -1, in column 'layer'"
        raise table.refuse(row, expected, str(layer[row]), hint=hint)
    return layer


def make_particles(table: Table) -> Particles:
    """Read a table of particles; `kind` (0: unknown) and `lost` (NaN: unknown) may be missing.

    Raises: FormatError, when a column is missing or a cell does not fit; ValueError, when a row breaks a promise.
    """
    require_columns(table, PARTICLES, "particles", {})
    there, rows = table.columns.column_names, len(table)
    value = np.stack([read_floats(table, name) for name in NAMES], axis=1)
    event, track = read_ids(table, "event", least=0), read_ids(table, "track", least=0)
    kind = read_ids(table, "kind", least=LOWEST) if "kind" in there else np.zeros(rows, dtype=np.int64)
    lost = read_floats(table, "lost") if "lost" in there else np.full(rows, np.nan)
    try:
        return Particles(event=event, track=track, parameters=HelixParameters(value), kind=kind, lost=lost)
    except ValueError as error:
        raise table.place(error) from None


def read_hits(path: Path, overrides: Mapping[str, object] | None = None) -> tuple[Events, Apparatus]:
    """Read a file of hits, and the apparatus that saw them.

    Args:
        path: a Parquet file, or a table of text with `geometry.json` beside it.
        overrides: what holds in place of what the file says: field, radius, resolution, resolution_z, material.

    Raises: FormatError, when it is not what it says it is, or nothing says what the apparatus was.
    """
    table = read_columns(path, HITS)
    apparatus = settle_apparatus(
        find_apparatus(table.columns, path.parent, table.source), overrides or {}, table.source
    )
    return make_events(table, apparatus), apparatus


def write_hits(path: Path, events: Events, apparatus: Apparatus, *, force: bool = False) -> None:
    """Write a file of hits, whole or not at all, with the apparatus in it or beside it."""
    write_together([(list_hits(events), path)], apparatus, force=force)


def read_particles(path: Path) -> Particles:
    """Read a file of particles.

    Raises: FormatError, when it is not what it says it is.
    """
    return make_particles(read_columns(path, (*PARTICLES, "kind", "lost")))


def write_particles(
    path: Path, particles: Particles, apparatus: Apparatus | None = None, *, force: bool = False
) -> None:
    """Write a file of particles, whole or not at all."""
    write_together([(list_particles(particles), path)], apparatus, force=force)
