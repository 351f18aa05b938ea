"""Tables of localised molecules: ThunderSTORM in nanometres, Picasso in pixels."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from corpuscle.data.units import Scale
from corpuscle.io.aliases import recognise
from corpuscle.io.base import Format
from corpuscle.io.cells import TYPED, infer_type, is_text
from corpuscle.io.errors import FormatError, import_extra
from corpuscle.io.layout import axes_of, note_columns, spare_columns
from corpuscle.io.table import Table, read_deviations, read_frames, read_numbers, require
from corpuscle.io.text import read_text, write_text

NANOMETRE = 1e-9
PIXEL_SIZE = re.compile(r"^Pixelsize:\s*([0-9.eE+-]+)\s*$", re.MULTILINE)


class ThunderStorm(Format):
    """ThunderSTORM's CSV: positions and their precision in nm, frames from 1."""

    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    beside: ClassVar[tuple[str, ...]] = ("frame_interval_s",)

    def read(self, path: Path, chosen: Mapping[str, str]) -> Table:
        """Read a file, every column as text."""
        columns = read_text(path, delimiter=",")
        if not {"x [nm]", "y [nm]", "frame"} <= set(columns.column_names):
            expected = "ThunderSTORM's columns frame, x [nm] and y [nm]"
            raise FormatError(path.name, expected, ", ".join(columns.column_names), line=1, hint="say --from csv")
        found = recognise(columns.column_names, chosen=chosen, source=path.name)
        return Table(
            columns=columns,
            roles=found.roles,
            scale=Scale(pixel_size=NANOMETRE),
            first_frame=1,
            source=path.name,
            format="thunderstorm",
            notes=found.notes,
        )

    def write(self, table: Table, path: Path) -> list[str]:
        """Write ThunderSTORM's columns, then the others."""
        write_text(table.columns if table.format == "thunderstorm" else in_nanometres(table), path, delimiter=",")
        return []


def in_nanometres(table: Table) -> pa.Table:
    """Give a table's roles under ThunderSTORM's names and in its units, then its other columns."""
    require(table, "x", "y")
    if table.scale.pixel_size is None:
        hint = "say --pixel-size"
        raise FormatError(table.source, "the length of one unit of position (ThunderSTORM is in nm)", "none", hint=hint)
    factor = 1.0 if table.scale.pixel_size == NANOMETRE else table.scale.pixel_size / NANOMETRE
    axes = axes_of(table)
    columns = {"id": pa.array(np.arange(1, len(table) + 1)), "frame": pa.array(read_frames(table) + 1)}
    columns |= {f"{axis} [nm]": pa.array(read_numbers(table, axis) * factor) for axis in axes}
    deviation = read_deviations(table)
    if deviation is not None:
        columns |= name_deviations(deviation * factor, axes)
    used = {"frame", "x", "y", "z", *(f"{axis}_sd" for axis in axes)}
    spare = spare_columns(table, used)
    return pa.table(columns | {name: column for name, column in spare.items() if name not in columns})


def name_deviations(deviation: np.ndarray, axes: list[str]) -> dict[str, pa.Array]:
    """Name the precision: one column for x and y where they have the same."""
    if len(axes) == 2 and (deviation[:, 0] == deviation[:, 1]).all():
        return {"uncertainty [nm]": pa.array(deviation[:, 0])}
    return {f"{axis}_sd [nm]": pa.array(np.ascontiguousarray(deviation[:, place])) for place, axis in enumerate(axes)}


class Picasso(Format):
    """Picasso's HDF5 `locs` with YAML beside it: pixels, frames from 0; z is in nm and not used."""

    suffixes: ClassVar[tuple[str, ...]] = (".hdf5", ".h5")
    beside: ClassVar[tuple[str, ...]] = ("frame_interval_s",)

    def read(self, path: Path, chosen: Mapping[str, str]) -> Table:
        """Read the localisations with the types of their columns."""
        locs = read_locs(path)
        names = list(locs.dtype.names or ())
        columns = pa.table({name: native(locs[name]) for name in names})
        found = recognise(names, chosen={"z": "", **chosen} if "z" in names else chosen, source=path.name)
        notes = ["'z' is in nm and not used; choose it with --columns z=z"] if {"z"} & set(names) - set(chosen) else []
        beside = path.with_suffix(".yaml")
        text = read_yaml(beside) if beside.is_file() else None
        size = PIXEL_SIZE.search(text or "")
        return Table(
            columns=columns,
            roles=found.roles,
            scale=Scale(pixel_size=read_size(size[1], beside) if size else None),
            first_line=0,
            source=path.name,
            format="picasso",
            extras={"yaml": text},
            notes=(*found.notes, *notes),
        )

    def write(self, table: Table, path: Path) -> list[str]:
        """Write the columns of numbers, and the YAML."""
        h5py = import_extra("h5py", "identify")
        own = table.format == "picasso"
        columns = table.columns if own else in_pixels(table)
        numbers = {name: plain_array(columns.column(name)) for name in columns.column_names}
        kept = {name: array for name, array in numbers.items() if array is not None}
        locs = np.empty(len(table), dtype=[(name, array.dtype) for name, array in kept.items()])
        for name, array in kept.items():
            locs[name] = array
        with h5py.File(path, "w") as file:
            file.create_dataset("locs", data=locs)
        if not own or table.extras["yaml"] is not None:
            text = table.extras["yaml"] if own else make_yaml(table)
            path.with_suffix(".yaml").write_text(text, encoding="utf-8", newline="")
        return note_columns([name for name, array in numbers.items() if array is None])


def read_locs(path: Path) -> np.ndarray:
    """Read the structured array of localisations."""
    h5py = import_extra("h5py", "identify")
    expected = "HDF5 with a table `locs`"
    try:
        with h5py.File(path, "r") as file:
            locs = np.asarray(file["locs"][()])
    except Exception as error:  # HDF5 reports a broken file through many types
        raise FormatError(path.name, expected, " ".join(str(error).split())[:120]) from None
    kinds = [locs.dtype[name] for name in locs.dtype.names or ()]
    if locs.ndim != 1 or not kinds or any(kind.kind not in "iufb" or kind.itemsize > 8 for kind in kinds):
        raise FormatError(path.name, f"{expected}, its columns numbers", f"{locs.dtype} of shape {locs.shape}")
    return locs


def read_yaml(path: Path) -> str:
    """Read the text beside the localisations."""
    try:
        return path.read_bytes().decode("utf-8")
    except UnicodeDecodeError:
        raise FormatError(path.name, "text in UTF-8", "other bytes", hint="save it as UTF-8") from None


def read_size(text: str, path: Path) -> float:
    """Read a pixel's size [m] from its number in nm."""
    try:
        size = float(text) * NANOMETRE
    except ValueError:
        size = 0.0
    if not 0 < size < float("inf"):
        raise FormatError(path.name, "a number above 0 for Pixelsize", repr(text))
    return round(size, 18)


def native(array: np.ndarray) -> np.ndarray:
    """Give one field of a structured array as an array of its own."""
    return np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))


def in_pixels(table: Table) -> pa.Table:
    """Give a table's roles under Picasso's names, then its other columns; z where its length is known."""
    require(table, "x", "y")
    columns: dict[str, Any] = {"frame": pa.array(read_frames(table).astype(np.uint32))}
    columns |= {axis: pa.array(read_numbers(table, axis)) for axis in ("x", "y")}
    if "z" in table.roles and table.scale.pixel_size is not None:
        columns["z"] = pa.array(read_numbers(table, "z") * table.scale.pixel_size / NANOMETRE)
    used = {"frame", "x", "y"} | ({"z"} & columns.keys())
    for axis in axes_of(table)[:2]:
        if f"{axis}_sd" in table.roles:
            columns[f"lp{axis}"] = pa.array(read_numbers(table, f"{axis}_sd"))
            used.add(f"{axis}_sd")
    spare = spare_columns(table, used)
    others = {name: column for name, column in spare.items() if name not in columns}
    if table.format not in TYPED:
        others = {name: infer_type(column) for name, column in others.items()}
    return pa.table(columns | others)


def plain_array(column: pa.ChunkedArray) -> np.ndarray | None:
    """Give a column of numbers as numpy holds it, or nothing where it holds none."""
    kind = column.type
    if is_text(column) or not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)):
        return None
    column = column.cast(pa.float64()) if column.null_count else column
    array: np.ndarray = column.to_numpy(zero_copy_only=False)
    return array


def make_yaml(table: Table) -> str:
    """Describe localisations as Picasso does."""
    frames = int(read_frames(table).max(initial=-1)) + 1
    size = table.scale.pixel_size
    lines = [f"Frames: {frames}", "Generated by: corpuscle", "Height: 0", "Width: 0"]
    return "\n".join(lines + ([f"Pixelsize: {round(size / NANOMETRE, 9)!r}"] if size is not None else [])) + "\n"
