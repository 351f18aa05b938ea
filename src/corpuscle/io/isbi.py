"""The XML of the ISBI 2012 particle tracking challenge: tracks in pixels, frames from 0."""

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar
from xml.sax.saxutils import quoteattr

from corpuscle.io.base import Format
from corpuscle.io.cells import as_text
from corpuscle.io.errors import FormatError
from corpuscle.io.layout import (
    axes_of,
    exact_column,
    note_columns,
    note_rows,
    recognise_flat,
    spare_columns,
    tracked_rows,
)
from corpuscle.io.markup import read_root
from corpuscle.io.particles import read_particles
from corpuscle.io.table import Table, read_positions

ROOT = "TrackContestISBI2012"
UNKNOWN = {"SNR": "unknown", "density": "unknown", "scenario": "unknown"}


class Isbi(Format):
    """Tracks of the ISBI 2012 challenge; rows in no track and other columns have no place in it."""

    suffixes: ClassVar[tuple[str, ...]] = (".xml",)
    beside: ClassVar[tuple[str, ...]] = ("pixel_size_m", "frame_interval_s")

    def read(self, path: Path, chosen: Mapping[str, str]) -> Table:
        """Read the particles in the order of the file."""
        root = read_root(path)
        contest = root if root.tag == ROOT else root.find(ROOT)
        if contest is None:
            hint = "say --from with its format"
            raise FormatError(path.name, f"an XML with {ROOT}", f"one with {root.tag}", hint=hint)
        columns = read_particles(contest.findall("particle"), path.name)
        extras = {"attributes": dict(contest.attrib), "root": root is not contest}
        table = Table(columns=columns, roles={}, source=path.name, first_line=0, format="isbi", extras=extras)
        found = recognise_flat(table, chosen)
        return dataclasses.replace(table, roles=found.roles, notes=found.notes)

    def write(self, table: Table, path: Path) -> list[str]:
        """Write the rows that are in a track, ordered by track and frame."""
        own = table.format == "isbi"
        if own:
            table = dataclasses.replace(table, roles={**table.roles, "z": "z"})
        rows, _, _ = tracked_rows(table)
        read_positions(table)
        attributes = table.extras["attributes"] if own else UNKNOWN
        inside = "".join(f" {name}={quoteattr(value)}" for name, value in attributes.items())
        wrapped = table.extras["root"] if own else True
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write('<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n')
            file.write(("<root>\n" if wrapped else "") + f"<{ROOT}{inside}>\n")
            file.writelines(format_particles(table))
            file.write(f"</{ROOT}>\n" + ("</root>\n" if wrapped else ""))
        spare = spare_columns(table, {"track", "frame", "x", "y", "z"})
        return note_rows(table, len(rows)) + note_columns(spare)


def format_particles(table: Table) -> Iterator[str]:
    """Format the rows that are in a track, one particle a track."""
    rows, label, frame = tracked_rows(table)
    axes = [as_text(exact_column(table, axis)).to_pylist() for axis in axes_of(table)]
    cells = [*axes, ["0"] * len(table)][:3]
    before = None
    for row in rows.tolist():
        if label[row] != before:
            yield "<particle>\n" if before is None else "</particle>\n<particle>\n"
            before = label[row]
        x, y, z = (quoteattr(column[row].strip()) for column in cells)
        yield f'<detection t="{frame[row]}" x={x} y={y} z={z}/>\n'
    if before is not None:
        yield "</particle>\n"
