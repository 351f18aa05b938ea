"""TrackMate's table of spots: CSV with up to four header rows."""

import csv
import dataclasses
import io
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pyarrow as pa

from corpuscle.data.units import Scale
from corpuscle.io.aliases import AXES
from corpuscle.io.base import Format
from corpuscle.io.cells import as_numbers
from corpuscle.io.errors import FormatError
from corpuscle.io.layout import exact_column, recognise_flat, spare_columns
from corpuscle.io.table import Table, mend_scale, read_frames, read_positions, read_tracks
from corpuscle.io.text import parse_rows, read_bytes, read_header, write_text
from corpuscle.io.trackmate import LENGTHS

HEADERS = {
    "LABEL": ("Label", "Label", ""),
    "ID": ("Spot ID", "Spot ID", ""),
    "TRACK_ID": ("Track ID", "Track ID", ""),
    "QUALITY": ("Quality", "Quality", "(quality)"),
    "POSITION_X": ("X", "X", "(unit)"),
    "POSITION_Y": ("Y", "Y", "(unit)"),
    "POSITION_Z": ("Z", "Z", "(unit)"),
    "POSITION_T": ("T", "T", "(sec)"),
    "FRAME": ("Frame", "Frame", ""),
    "RADIUS": ("Radius", "R", "(unit)"),
    "VISIBILITY": ("Visibility", "Visibility", ""),
}
OWN = {
    "frame": "FRAME",
    "time": "POSITION_T",
    "track": "TRACK_ID",
    "x": "POSITION_X",
    "y": "POSITION_Y",
    "z": "POSITION_Z",
}
UNITS = {1e-9: "nm", 1e-6: "micron", 1e-3: "mm", 1.0: "m"}


class TrackMateCsv(Format):
    """TrackMate's table of spots, its header rows kept."""

    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    beside: ClassVar[tuple[str, ...]] = ("pixel_size_m", "frame_interval_s")

    def read(self, path: Path, chosen: Mapping[str, str]) -> Table:
        """Read the rows below the header rows, every column as text."""
        data = read_bytes(path)
        names, first = read_header(data, path.name, delimiter=",")
        if not {"POSITION_X", "POSITION_Y"} <= set(names):
            expected = "TrackMate's columns POSITION_X and POSITION_Y"
            raise FormatError(path.name, expected, f"the columns {', '.join(names)}", hint="say --from csv")
        headers, lines = read_headers(data, names, first, path.name)
        columns = parse_rows(data, path.name, names, delimiter=",", skipped=lines)
        table = Table(
            columns=columns,
            roles={},
            scale=Scale(pixel_size=read_length(headers, names)),
            first_line=lines + 1,
            source=path.name,
            format="trackmate-csv",
            extras={"headers": headers, "names": names},
        )
        found = recognise_flat(table, chosen)
        scale = mend_scale(found.scale, table.scale)
        return dataclasses.replace(table, roles=found.roles, scale=scale, notes=found.notes)

    def write(self, table: Table, path: Path) -> list[str]:
        """Write TrackMate's columns, then the others."""
        if table.format == "trackmate-csv":
            write_text(table.columns, path, delimiter=",", headers=extend_headers(table))
            return []
        columns = lay_out(table)
        unit = UNITS.get(table.scale.pixel_size or 0.0, "pixel")
        rows = [[HEADERS.get(name, (name, name, ""))[row] for name in columns.column_names] for row in range(3)]
        headers = [columns.column_names, *rows][1:]
        headers[2] = [cell.replace("(unit)", f"({unit})") for cell in headers[2]]
        write_text(columns, path, delimiter=",", headers=headers)
        return []


def read_headers(data: bytes, names: list[str], first: int, source: str) -> tuple[list[list[str]], int]:
    """Read the header rows below the first: those without numbers for x and y."""
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""))
    places = names.index("POSITION_X"), names.index("POSITION_Y")
    headers: list[list[str]] = []
    lines = first
    try:
        next(rows)
        for row in rows:
            if len(headers) == 3 or len(row) != len(names) or not all(is_word(row[place]) for place in places):
                break
            headers.append(row)
            lines = rows.line_num
    except csv.Error as error:
        raise FormatError(source, "a row of cells", str(error), line=rows.line_num) from None
    return headers, lines


def is_word(cell: str) -> bool:
    """Tell whether a cell holds neither a number nor nothing."""
    _, bad = as_numbers(pa.chunked_array([pa.array([cell])]))
    return bad is not None and cell != "ø"


def read_length(headers: list[list[str]], names: list[str]) -> float | None:
    """Read the length of one unit of position [m] from the last header row."""
    return LENGTHS.get(headers[-1][names.index("POSITION_X")].strip(" ()")) if headers else None


def extend_headers(table: Table) -> list[list[str]]:
    """Give the header rows as they were read, new columns headed by their own names."""
    old = dict(zip(table.extras["names"], zip(*table.extras["headers"], strict=True), strict=False))
    count = len(table.extras["headers"])
    new = [old.get(name, (name, name, "")[:count]) for name in table.columns.column_names]
    return [[cells[row] for cells in new] for row in range(count)]


def lay_out(table: Table) -> pa.Table:
    """Give a table's roles under TrackMate's names, then its other columns."""
    read_positions(table)
    count = len(table)
    spare = spare_columns(table, set(OWN))
    number = np.arange(count)
    columns = {
        "LABEL": spare.pop("LABEL", None) or spare.get("name") or pa.array([f"ID{row}" for row in number], pa.string()),
        "ID": spare.pop("ID", None) or pa.array(number),
        "TRACK_ID": track_column(table),
        "QUALITY": spare.pop("QUALITY", None) or pa.array(np.full(count, -1.0)),
    }
    for axis in AXES:
        columns[OWN[axis]] = exact_column(table, axis) if axis in table.roles else pa.array(np.zeros(count))
    columns |= {
        "POSITION_T": time_column(table),
        "FRAME": pa.array(read_frames(table)),
        "RADIUS": spare.pop("RADIUS", None) or pa.array(np.ones(count)),
        "VISIBILITY": spare.pop("VISIBILITY", None) or pa.array(np.ones(count, dtype=np.int64)),
    }
    return pa.table(columns | {name: column for name, column in spare.items() if name not in columns})


def track_column(table: Table) -> pa.Array:
    """Give the track of each row, empty where it is in none."""
    if "track" not in table.roles:
        return pa.nulls(len(table), pa.int64())
    label, _, _ = read_tracks(table)
    return pa.array(label, mask=label < 0)


def time_column(table: Table) -> pa.ChunkedArray:
    """Give the time of each row, counted from its frame where the table has none."""
    if "time" in table.roles:
        return exact_column(table, "time")
    return pa.chunked_array([pa.array(read_frames(table) * (table.scale.frame_interval or 1.0))])
