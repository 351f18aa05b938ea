"""napari's tracks: ID, T, (Z), Y, X, sorted by ID and T."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from corpuscle.io.aliases import recognise
from corpuscle.io.base import Format
from corpuscle.io.errors import FormatError
from corpuscle.io.layout import axes_of, exact_column, note_columns, note_rows, spare_columns, tracked_rows
from corpuscle.io.table import Table, read_positions
from corpuscle.io.text import read_text, write_text

NAMES = ("ID", "T", "Z", "Y", "X")
ROLES = {"track": "ID", "frame": "T", "z": "Z", "y": "Y", "x": "X"}


class Napari(Format):
    """napari's tracks layer as CSV or .npy; rows in no track and other columns have no place in it."""

    suffixes: ClassVar[tuple[str, ...]] = (".npy", ".csv")
    beside: ClassVar[tuple[str, ...]] = ("pixel_size_m", "frame_interval_s")

    def read(self, path: Path, chosen: Mapping[str, str]) -> Table:
        """Read the rows in the order of the file."""
        extras: dict[str, Any] = {}
        if path.suffix.lower() == ".npy":
            array = read_array(path)
            names = [name for name in NAMES if array.shape[1] == 5 or name != "Z"]
            columns = pa.table({name: np.ascontiguousarray(array[:, place]) for place, name in enumerate(names)})
            extras["dtype"] = array.dtype.str
        else:
            columns = read_text(path, delimiter=",")
        names = columns.column_names
        if not {"ID", "T", "Y", "X"} <= set(names):
            raise FormatError(path.name, "napari's columns ID, T, (Z), Y, X", ", ".join(names), line=1)
        own = {role: name for role, name in ROLES.items() if name in names and role not in chosen}
        found = recognise(names, chosen={**own, **chosen}, source=path.name)
        lines = 2 if path.suffix.lower() != ".npy" else 0
        return Table(
            columns=columns, roles=found.roles, first_line=lines, source=path.name, format="napari", extras=extras
        )

    def write(self, table: Table, path: Path) -> list[str]:
        """Write the rows that are in a track, ordered by track and frame."""
        rows, label, frame = tracked_rows(table)
        read_positions(table)
        axes = axes_of(table)[::-1]
        columns = {"ID": pa.array(label), "T": pa.array(frame)}
        columns |= {axis.upper(): exact_column(table, axis) for axis in axes}
        sorted_columns = pa.table(columns).take(pa.array(rows))
        if path.suffix.lower() == ".npy":
            arrays = [column.cast(pa.float64()).to_numpy() for column in sorted_columns.columns]
            np.save(path, np.stack(arrays, axis=1).astype(table.extras.get("dtype", "<f8")), allow_pickle=False)
        else:
            write_text(sorted_columns, path, delimiter=",")
        spare = spare_columns(table, {"track", "frame", "x", "y", "z"})
        return note_rows(table, len(rows)) + note_columns(spare)


def read_array(path: Path) -> np.ndarray:
    """Read a numpy file of numbers with four or five columns; nothing in it is executed."""
    expected = "a numpy array of numbers with 4 or 5 columns"
    try:
        array = np.load(path, mmap_mode="r", allow_pickle=False) if path.stat().st_size else np.empty(0)
    except Exception as error:  # numpy reports a broken header through many types
        raise FormatError(path.name, expected, " ".join(str(error).split())[:120]) from None
    if not isinstance(array, np.ndarray):
        raise FormatError(path.name, expected, "an archive")
    if array.ndim != 2 or array.shape[-1] not in {4, 5} or array.dtype.kind not in "iuf":
        raise FormatError(path.name, expected, f"{array.dtype} of shape {array.shape}")
    return np.array(array, dtype=array.dtype.newbyteorder("="))
