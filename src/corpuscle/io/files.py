"""Files: which format one is in, read whole or refused, written whole or not at all."""

import contextlib
import dataclasses
import gzip
import json
import os
import re
import shutil
import tempfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from corpuscle.data.registry import Registry
from corpuscle.data.units import Scale
from corpuscle.io.base import Format
from corpuscle.io.errors import FormatError
from corpuscle.io.table import Table, mend_scale

FORMATS = Registry(
    "format",
    {
        "csv": "corpuscle.io.text:Csv",
        "tsv": "corpuscle.io.text:Tsv",
        "parquet": "corpuscle.io.parquet:Parquet",
        "trackmate-csv": "corpuscle.io.trackmate_csv:TrackMateCsv",
        "trackmate-xml": "corpuscle.io.trackmate:TrackMateXml",
        "isbi": "corpuscle.io.isbi:Isbi",
        "napari": "corpuscle.io.napari:Napari",
        "thunderstorm": "corpuscle.io.smlm:ThunderStorm",
        "picasso": "corpuscle.io.smlm:Picasso",
        "geff": "corpuscle.io.geff:Geff",
    },
)
SUFFIXES = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".txt": "tsv",
    ".parquet": "parquet",
    ".xml": "isbi",
    ".npy": "napari",
    ".h5": "picasso",
    ".hdf5": "picasso",
    ".zarr": "geff",
    ".geff": "geff",
}
XML_ROOTS = {"TrackContestISBI2012": "isbi", "TrackMate": "trackmate-xml", "Tracks": "trackmate-xml"}
COMMENT = re.compile(r"<!--.*?-->|<\?.*?\?>", re.DOTALL)
ELEMENT = re.compile(r"<([A-Za-z_][\w.:-]*)")
HEAD = 65536


def find_format(path: Path, name: str | None = None) -> str:
    """Tell the format of a file that is to be read, from its ending and its first bytes.

    Raises: FormatError, when the ending is unknown; ValueError, when there is no format of that name.
    """
    format_name = output_format(path, name)
    if name is not None:
        return format_name
    if format_name == "csv":
        return find_csv(read_head(path))
    return find_xml(path, read_head(path)) if format_name == "isbi" else format_name


def output_format(path: Path, name: str | None = None) -> str:
    """Tell the format of a file that is to be written, from its ending.

    Raises: FormatError, when the ending is unknown; ValueError, when there is no format of that name.

    >>> output_format(Path("tracks.csv.gz"))
    'csv'
    """
    if name is not None:
        FORMATS[name]
        return name
    packed = path.suffix.lower() == ".gz"
    suffix = Path(path.stem).suffix if packed else path.suffix
    if suffix.lower() not in SUFFIXES or (packed and SUFFIXES[suffix.lower()] not in {"csv", "tsv"}):
        expected = f"a file that ends in {', '.join(SUFFIXES)}"
        hint = f"say --from or --to with one of {', '.join(FORMATS)}"
        raise FormatError(path, expected, repr(suffix or path.name), hint=hint)
    return SUFFIXES[suffix.lower()]


def read_head(path: Path) -> bytes:
    """Read the first bytes of a file, unpacked where it is packed."""
    check_readable(path)
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            return file.read(HEAD)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(path, "a whole gzip file", str(error)) from None


def find_csv(head: bytes) -> str:
    """Tell the kind of a CSV by its header."""
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    names = [name.strip().strip('"') for name in line.strip().split(",")]
    if {"ID", "TRACK_ID", "POSITION_X", "POSITION_Y", "FRAME"} <= set(names):
        return "trackmate-csv"
    if {"frame", "x [nm]", "y [nm]"} <= set(names):
        return "thunderstorm"
    return "napari" if names in (["ID", "T", "Y", "X"], ["ID", "T", "Z", "Y", "X"]) else "csv"


def find_xml(path: Path, head: bytes) -> str:
    """Tell the kind of an XML by its first elements."""
    text = COMMENT.sub("", head.decode("utf-8", "replace"))
    elements = ELEMENT.findall(text)[:2]
    root = elements[1] if elements[:1] == ["root"] and len(elements) > 1 else "".join(elements[:1])
    if root in XML_ROOTS:
        return XML_ROOTS[root]
    expected = "an XML with TrackContestISBI2012, TrackMate or Tracks at its root"
    raise FormatError(path, expected, repr(text.strip()[:40]), hint="say --from isbi or --from trackmate-xml")


def check_readable(path: Path) -> None:
    """Refuse a file that is not there."""
    if not path.exists():
        message = f"there is no file {path}"
        raise FileNotFoundError(message)
    if path.is_dir() and path.suffix.lower() not in {".zarr", ".geff"}:
        message = f"{path} is a folder, not a file"
        raise IsADirectoryError(message)


def read_file(
    path: Path,
    *,
    format: str | None = None,
    chosen: Mapping[str, str] | None = None,
    scale: Scale | None = None,
) -> Table:
    """Read a file in any format.

    Args:
        path: the file.
        format: its format; told from the file where not given.
        chosen: role to column, where the names do not tell; an empty column leaves a role unused.
        scale: what one unit of position and one frame stand for, where the file does not say or is wrong.

    Raises: FormatError, when the file is not what it says it is; OSError, when it cannot be read; MissingExtra.
    """
    path = Path(path)
    check_readable(path)
    reader = open_format(find_format(path, format))
    table = reader.read(path, chosen or {})
    check_scale(table, scale)
    if reader.beside:
        table = read_units(table, path)
    return dataclasses.replace(table, scale=mend_scale(table.scale, scale))


def check_scale(table: Table, chosen: Scale | None) -> None:
    """Refuse a length of one unit of position that the file contradicts.

    Raises: FormatError, naming both.
    """
    own, given = table.scale.pixel_size, None if chosen is None else chosen.pixel_size
    if own is None or given is None or abs(own - given) <= 1e-6 * own:
        return
    hint = "leave --pixel-size out: positions are in the unit that the file names"
    raise FormatError(table.source, f"a pixel size of {own:g} m, as the file says", f"{given:g} m", hint=hint)


def open_format(name: str) -> Format:
    """Make the reader and writer of a format."""
    found: Format = FORMATS[name]()
    return found


def write_file(
    table: Table,
    path: Path,
    *,
    format: str | None = None,
    force: bool = False,
) -> list[str]:
    """Write a table whole or not at all, and say what the format could not hold.

    Everything is written into a folder beside the output first and moved when it is complete.

    Raises: FileExistsError, when the output exists (unless `force`); OSError, when its folder cannot be written;
        ValueError, when the format cannot hold the table.
    """
    path = Path(path)
    writer = open_format(output_format(path, format))
    check_writable(path, force=force)
    room = make_room(path.parent)
    try:
        notes = writer.write(table, room / path.name)
        write_units(table, room / path.name, writer.beside)
        made = sorted(room.iterdir(), key=lambda file: file.name == path.name)
        for file in made:
            check_writable(path.parent / file.name, force=force)
        if force:
            drop_units(path)
        for file in made:
            move(file, path.parent / file.name)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return notes


def make_room(folder: Path) -> Path:
    """Make a folder beside an output, in which it is made before it is moved.

    Raises: PermissionError, when the folder cannot be written to.
    """
    try:
        return Path(tempfile.mkdtemp(prefix=".corpuscle-", dir=folder))
    except OSError as error:
        message = f"the folder {folder} cannot be written to ({error.strerror}); choose another one"
        raise PermissionError(message) from None


def write_all(tables: Sequence[tuple[Table, Path]], *, force: bool = False) -> list[str]:
    """Write several tables, all or none, and say what their formats could not hold.

    Raises: as `write_file`.
    """
    notes: list[str] = []
    rooms: list[Path] = []
    for _, path in tables:
        check_writable(path, force=force)
    try:
        for table, path in tables:
            rooms.append(make_room(path.parent))
            notes += write_file(table, rooms[-1] / path.name)
        for room, (_, path) in zip(rooms, tables, strict=True):
            for made in room.iterdir():
                check_writable(path.parent / made.name, force=force)
        for room, (_, path) in zip(rooms, tables, strict=True):
            if force:
                drop_units(path)
            for made in sorted(room.iterdir()):
                move(made, path.parent / made.name)
    finally:
        for room in rooms:
            shutil.rmtree(room, ignore_errors=True)
    return notes


def write_whole(text: str, path: Path, *, force: bool = False) -> None:
    """Write a text whole or not at all.

    Raises: OSError, when it cannot be written.
    """
    check_writable(path, force=force)
    room = make_room(path.parent)
    try:
        (room / path.name).write_text(text, encoding="utf-8")
        (room / path.name).replace(path)
    finally:
        shutil.rmtree(room, ignore_errors=True)


def move(made: Path, path: Path) -> None:
    """Put a finished file or folder in its place, replacing what stood there."""
    if path.is_dir() and not path.is_symlink():
        path.rename(made.parent / "replaced")
    made.replace(path)


def check_writable(path: Path, *, force: bool = False) -> None:
    """Refuse an output that exists, or whose folder cannot be written.

    Raises: FileExistsError, FileNotFoundError, NotADirectoryError or PermissionError, saying what to do.
    """
    path = Path(path)
    folder = path.parent
    if folder.exists() and not folder.is_dir():
        message = f"{folder} is a file, not a folder to write {path.name} into"
        raise NotADirectoryError(message)
    if not folder.exists():
        message = f"there is no folder {folder} to write {path.name} into; make it first"
        raise FileNotFoundError(message)
    if path.exists() and not force:
        message = f"{path} exists; replace it with --force, or choose another name"
        raise FileExistsError(message)
    if path.is_dir() and path.suffix.lower() not in {".zarr", ".geff"}:
        message = f"{path} is a folder; choose another name"
        raise IsADirectoryError(message)
    if not os.access(folder, os.W_OK | os.X_OK):
        message = f"the folder {folder} cannot be written to; choose another one"
        raise PermissionError(message)


def units_path(path: Path) -> Path:
    """Name the file beside a table that holds its units.

    >>> units_path(Path("spots.csv")).name
    'spots.csv.json'
    """
    return path.with_name(path.name + ".json")


def write_units(table: Table, path: Path, names: Sequence[str]) -> None:
    """Write those units of a table that its format has no place for into a file beside it."""
    known = {
        "pixel_size_m": table.scale.pixel_size,
        "frame_interval_s": table.scale.frame_interval,
        "first_frame": table.first_frame or None,
    }
    units = {name: known[name] for name in names if known[name] is not None}
    if units:
        units_path(path).write_text(json.dumps(units, indent=1) + "\n", encoding="utf-8")


def read_units(table: Table, path: Path) -> Table:
    """Read the units beside a table, where there are any; another program's file is left alone."""
    beside = units_path(path)
    if not beside.is_file():
        return table
    try:
        units = json.loads(beside.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        hint = f"mend it, or move it away from {path.name}"
        raise FormatError(beside, "JSON with pixel_size_m and frame_interval_s", "none", hint=hint) from None
    if not isinstance(units, dict):
        return table
    scale = Scale(
        pixel_size=read_unit(units, "pixel_size_m", beside),
        frame_interval=read_unit(units, "frame_interval_s", beside),
    )
    first = units.get("first_frame", table.first_frame)
    if not isinstance(first, int):
        raise FormatError(beside, "a whole number for first_frame", repr(first))
    return dataclasses.replace(table, scale=mend_scale(table.scale, scale), first_frame=int(first))


def read_unit(units: Mapping[str, object], name: str, path: Path) -> float | None:
    """Read one positive number of a file of units."""
    value = units.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise FormatError(path, f"a number above 0 for {name}", repr(value))
    return float(value)


def drop_units(path: Path) -> None:
    """Remove the units of an output that is about to be replaced, if they are ours."""
    beside = units_path(path)
    with contextlib.suppress(OSError, ValueError):
        units = json.loads(beside.read_text(encoding="utf-8"))
        if isinstance(units, dict) and units.keys() & {"pixel_size_m", "frame_interval_s", "first_frame"}:
            beside.unlink()
