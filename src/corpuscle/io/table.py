"""A user's table and the roles its columns play, read as detections, as truth or as tracks."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections
from corpuscle.data.scene import Truth
from corpuscle.data.units import SECONDS, Scale
from corpuscle.io.aliases import AXES, ROLES, check_roles, name_unit, recognise
from corpuscle.io.cells import as_labels, as_numbers, find_fraction, is_text
from corpuscle.io.errors import FormatError


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Table:
    """The columns of a file or a data frame as they came, and which of them play a role.

    Args:
        columns: the user's columns, in order and untouched.
        roles: role to column name.
        scale: what one unit of position and one frame stand for.
        first_frame: the number that the format gives to the first frame.
        first_line: the line of the first row in the file, for messages; 0 where a file has no lines.
        first_row: the number of the first row, where this is a part of a file without lines.
        source: the name of the file, for messages; "" for a table that came from Python.
        format: the format that it was read from.
        extras: what the format needs to write the file again as it was.
        notes: what was recognised or left out, one sentence each.
    """

    columns: pa.Table
    roles: Mapping[str, str]
    scale: Scale = field(default_factory=Scale)
    first_frame: int = 0
    first_line: int = 2
    first_row: int = 0
    source: str = ""
    format: str = "csv"
    extras: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return int(self.columns.num_rows)

    def column(self, role: str) -> pa.ChunkedArray:
        """Give the column that plays a role."""
        return self.columns.column(self.roles[role])

    def refuse(self, row: int, expected: str, found: str, *, hint: str = "") -> FormatError:
        """Make the error that names one row of this table."""
        if self.source and self.first_line:
            return FormatError(self.source, expected, found, line=self.first_line + row, hint=hint)
        return FormatError(self.source, expected, found, where=f"row {self.first_row + row}", hint=hint)

    def place(self, error: ValueError) -> ValueError:
        """Put the file's name before what a noun said about its rows."""
        return ValueError(f"{self.source}: {error}" if self.source else str(error))

    def name_row(self, row: int) -> str:
        """Name a row as messages do."""
        return str(self.first_line + row) if self.source and self.first_line else f"row {self.first_row + row}"


def from_columns(
    columns: pa.Table,
    *,
    chosen: Mapping[str, str] | None = None,
    scale: Scale | None = None,
) -> Table:
    """Make a table from columns that came from Python.

    Raises: FormatError, when a column is unknown or not the only one (see `recognise`).

    >>> from_columns(pa.table({"frame": [0], "x": [1.0], "y": [2.0]})).roles["x"]
    'x'
    """
    found = recognise(columns.column_names, chosen=chosen)
    scale = mend_scale(found.scale, scale)
    return Table(columns=columns, roles=found.roles, scale=scale, format="python", notes=found.notes)


def mend_scale(scale: Scale, chosen: Scale | None) -> Scale:
    """Give a scale in which what was chosen replaces what was read."""
    if chosen is None:
        return scale
    return Scale(
        pixel_size=scale.pixel_size if chosen.pixel_size is None else chosen.pixel_size,
        frame_interval=scale.frame_interval if chosen.frame_interval is None else chosen.frame_interval,
    )


def require(table: Table, *roles: str) -> None:
    """Refuse a table without a role that is needed."""
    check_roles(table.roles, table.columns.column_names, roles, table.source)


def with_columns(table: Table, new: Mapping[str, pa.Array], rename: Mapping[str, str] | None = None) -> Table:
    """Append or replace columns, keeping the others in place.

    A new column that has the name of a role plays it. A renamed column keeps its role unless a new one takes it;
    where its new name is taken, a number is put behind it.

    >>> table = from_columns(pa.table({"frame": [0], "x": [1.0], "y": [2.0], "track": ["a"]}))
    >>> with_columns(table, {"track": pa.array([3])}, {"track": "track_before"}).columns.column_names
    ['frame', 'x', 'y', 'track_before', 'track']
    """
    names = list(table.columns.column_names)
    renamed: dict[str, str] = {}
    for old, wanted in (rename or {}).items():
        taken = {*names, *renamed.values()} - {old}
        free = (name for name in [wanted, *(f"{wanted}_{number}" for number in range(2, len(names) + 3))])
        renamed[old] = next(name for name in free if name not in taken)
    columns = table.columns.rename_columns([renamed.get(name, name) for name in names])
    for name, values in new.items():
        place = columns.column_names.index(name) if name in columns.column_names else None
        columns = columns.append_column(name, values) if place is None else columns.set_column(place, name, values)
    roles = {role: renamed.get(column, column) for role, column in table.roles.items()}
    roles |= {name: name for name in new if name in ROLES}
    return dataclasses.replace(table, columns=columns, roles=roles)


def read_numbers(table: Table, role: str, *, what: str = "a number") -> Float[np.ndarray, " n"]:
    """Read the column of a role as finite numbers.

    Raises: FormatError, naming the first row that is empty, no number, or not finite.
    """
    column = table.column(role)
    numbers, bad = as_numbers(column)
    if bad is None and not np.isfinite(numbers).all():
        bad = int(np.argmin(np.isfinite(numbers)))
    if bad is None:
        return numbers
    cell = column[bad].as_py()
    empty = cell is None or (isinstance(cell, str) and not cell.strip())
    hint = f"leave the column out with --columns {role}=" if role == "time" or role.endswith("_sd") else ""
    expected = f"{what if empty or find_kind(cell) else 'a finite number'} in column {table.roles[role]!r}"
    raise table.refuse(bad, expected, "an empty cell" if empty else repr(cell), hint=hint)


def find_kind(cell: object) -> bool:
    """Tell whether a cell is no number at all (NaN and infinity are)."""
    try:
        float(cell)  # type: ignore[arg-type] # anything may stand in a cell
    except (TypeError, ValueError):
        return True
    return isinstance(cell, bool)


def read_whole(table: Table, role: str, *, least: int = 0) -> Int[np.ndarray, " n"]:
    """Read the column of a role as whole numbers; 3.0 is one.

    Raises: FormatError, naming the first row that is none, or is below the `least`.
    """
    what = f"a whole number from {least}"
    numbers = read_numbers(table, role, what=what)
    bad = find_fraction(numbers)
    if bad is None and (numbers < least).any():
        bad = int(np.argmax(numbers < least))
    if bad is not None:
        cell = repr(table.column(role)[bad].as_py())
        hint = "times go into a column 'time'" if role == "frame" else ""
        raise table.refuse(bad, f"{what} in column {table.roles[role]!r}", cell, hint=hint)
    return round_numbers(numbers)


def read_frames(table: Table) -> Int[np.ndarray, " n"]:
    """Read the frame of each row, counted from 0; from its time where there are only times.

    Raises: FormatError, when neither is there, a frame is no whole number, or a time is no whole number of frames.
    """
    if "frame" in table.roles:
        return read_whole(table, "frame", least=table.first_frame) - table.first_frame
    if "time" not in table.roles:
        require(table, "frame")
    interval = table.scale.frame_interval
    if interval is None:
        hint = "say --frame-interval (the time of one frame), or --columns frame=NAME"
        raise FormatError(table.source, "a column for frame", f"only times in {table.roles['time']!r}", hint=hint)
    return count_frames(table, interval)


def count_frames(table: Table, interval: float) -> Int[np.ndarray, " n"]:
    """Count the frames since the earliest time."""
    time = read_numbers(table, "time") * SECONDS.get(name_unit(table.roles["time"]), 1.0)
    exact = (time - time.min(initial=np.inf)) / interval
    frame = np.round(exact)
    off = (np.abs(exact - frame) > 0.01) | (frame >= 2.0**53)
    if off.any():
        row = int(np.argmax(off))
        expected = f"times that are whole numbers of frames of {interval:g} s apart"
        hint = "say --frame-interval, or --columns frame=NAME"
        raise table.refuse(row, expected, f"{exact[row]:.6g} frames after the earliest", hint=hint)
    return round_numbers(frame)


def round_numbers(numbers: Float[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Give whole numbers as integers."""
    whole: Int[np.ndarray, " n"] = numbers.astype(np.int64)
    return whole


def read_positions(table: Table) -> Float[np.ndarray, "n d"]:
    """Read the position of each row."""
    require(table, "x", "y")
    return np.stack([read_numbers(table, axis) for axis in AXES if axis in table.roles], axis=1)


def flatten(table: Table) -> Table:
    """Give a table without z where that is zero in every row, and say so: such particles move in a plane.

    Taken as space, a third axis in which nothing moves would make every step look shorter.
    """
    if "z" not in table.roles or not len(table) or read_numbers(table, "z").any():
        return table
    note = f"{table.roles['z']!r} is zero everywhere: taken as 2-D"
    roles = {role: name for role, name in table.roles.items() if role not in {"z", "z_sd"}}
    return dataclasses.replace(table, roles=roles, notes=(*table.notes, note))


def read_deviations(table: Table) -> Float[np.ndarray, "n d"] | None:
    """Read the precision of each row, where every axis has one."""
    roles = [f"{axis}_sd" for axis in AXES if axis in table.roles]
    if not all(role in table.roles for role in roles):
        return None
    columns = [read_numbers(table, role) for role in roles]
    for role, column in zip(roles, columns, strict=True):
        if (column < 0).any():
            row = int(np.argmax(column < 0))
            expected = f"a standard deviation not below 0 in column {table.roles[role]!r}"
            hint = f"leave the column out with --columns {role}="
            raise table.refuse(row, expected, f"{column[row]:g}", hint=hint)
    return np.stack(columns, axis=1)


def read_detections(table: Table) -> Detections:
    """Read a table as detections, row by row.

    Raises: FormatError, naming the file, the line and the column of the first cell that does not fit.
    """
    require(table, "x", "y")
    frame, position = read_frames(table), read_positions(table)
    time = read_numbers(table, "time") if "time" in table.roles else None
    deviation = read_deviations(table)
    try:
        return Detections(frame, position, deviation, time)
    except ValueError as error:
        raise table.place(error) from None


def read_truth(table: Table) -> Truth:
    """Read a table as truth; rows in no track (-1) are false detections and do not stand in it.

    Raises: FormatError, naming the first cell that does not fit, or both lines of a particle twice in a frame.
    """
    require(table, "track", "x", "y")
    position, detection = read_positions(table), None
    label, _, _ = read_tracks(table)
    frame, kept = read_frames(table), label >= 0
    if "detection" in table.roles:
        detection = read_whole(table, "detection", least=-1)[kept]
    try:
        return Truth(label[kept], frame[kept], position[kept], detection)
    except ValueError as error:
        raise table.place(error) from None


def read_tracks(
    table: Table,
) -> tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"] | None, Int[np.ndarray, " n"] | None]:
    """Read the track of each row, its parent and what it merged into, -1 where there is none.

    Raises: FormatError, when there is no column for track, or one track stands twice in a frame.
    """
    require(table, "track")
    given = [role for role in ("track", "parent", "merged_into") if role in table.roles]
    labels = dict(zip(given, as_labels([table.column(role) for role in given]), strict=True))
    check_twice(table, labels["track"], read_frames(table))
    return labels["track"], labels.get("parent"), labels.get("merged_into")


def read_probabilities(table: Table) -> Float[np.ndarray, " n"] | None:
    """Read how likely the link into each row is, NaN where nothing is said; None where it is said of none.

    Raises: FormatError, naming the first row that is no number or lies outside 0 to 1.
    """
    if "link_probability" not in table.roles:
        return None
    numbers, bad = as_numbers(table.column("link_probability"))
    outside = (numbers < 0) | (numbers > 1)
    if bad is None and outside.any():
        bad = int(np.argmax(outside))
    if bad is not None:
        cell = repr(table.column("link_probability")[bad].as_py())
        hint = "leave the column out with --columns link_probability="
        expected = f"a number from 0 to 1 in column {table.roles['link_probability']!r}"
        raise table.refuse(bad, expected, cell, hint=hint)
    return None if np.isnan(numbers).all() else numbers


def check_twice(table: Table, label: Int[np.ndarray, " n"], frame: Int[np.ndarray, " n"]) -> None:
    """Refuse a track that stands twice in a frame, naming both lines."""
    rows = np.flatnonzero(label >= 0)
    rows = rows[np.lexsort((rows, frame[rows], label[rows]))]
    twice = (np.diff(label[rows]) == 0) & (np.diff(frame[rows]) == 0)
    if twice.any():
        first, second = rows[np.argmax(twice)], rows[np.argmax(twice) + 1]
        found = f"track {show_cell(table, 'track', int(first))} in frame {frame[first] + table.first_frame} also there"
        raise table.refuse(int(second), f"a track once in a frame (its other row: {table.name_row(int(first))})", found)


def show_cell(table: Table, role: str, row: int) -> str:
    """Show a cell as it stands in the table."""
    column = table.column(role)
    return str(column[row].as_py()) if is_text(column) else repr(column[row].as_py())
