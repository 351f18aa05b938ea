"""Files of columns with names that are fixed: Parquet or text, written together or not at all."""

import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from corpuscle.data.apparatus import Apparatus, write_apparatus
from corpuscle.io.errors import FormatError
from corpuscle.io.files import check_readable, check_writable, make_room, move, read_head
from corpuscle.io.geometry import GEOMETRY, add_apparatus, says_the_same
from corpuscle.io.table import Table
from corpuscle.io.text import read_text, write_text

ENDINGS = {".parquet": "", ".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}
"""The delimiter of each kind of file; Parquet has none."""


def find_delimiter(path: Path) -> str:
    """Give the delimiter of a file's cells, "" where it is Parquet.

    Raises: FormatError, when its ending is none of those known.

    >>> find_delimiter(Path("hits.csv.gz"))
    ','
    """
    ending = next((known for known in ENDINGS if path.name.lower().endswith(known)), None)
    if ending is None:
        expected = f"a table that ends in {', '.join(ENDINGS)}"
        raise FormatError(path, expected, repr(path.suffix or path.name), hint="choose another name")
    return ENDINGS[ending]


def read_names(path: Path) -> list[str]:
    """Read the names of a file's columns, and nothing else.

    Raises: FormatError, when its ending is none of those known, or it is no whole Parquet file; OSError, when it
        cannot be read.
    """
    path = Path(path)
    delimiter = find_delimiter(path)
    if delimiter:
        line = read_head(path).removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
        return [name.strip().strip('"') for name in line.split(delimiter)]
    check_readable(path)
    try:
        return list(pq.read_schema(path).names)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())[:120]
        raise FormatError(path.name, "a whole Parquet file", reason, hint="the file may be cut") from None


def read_columns(path: Path, names: Sequence[str]) -> Table:
    """Read a file, of which some columns are wanted.

    Raises: FormatError, when it is not what it says it is; OSError, when it cannot be read.
    """
    path = Path(path)
    check_readable(path)
    delimiter = find_delimiter(path)
    if delimiter:
        columns, first_line = read_text(path, delimiter=delimiter), 2
    else:
        columns, first_line = read_parquet(path, names), 0
    twice = [name for name in names if columns.column_names.count(name) > 1]
    if twice:
        raise FormatError(path.name, "every column name once", f"{twice[0]!r} twice", hint="rename one of them")
    return Table(columns=columns, roles={}, first_line=first_line, source=path.name, format="python")


def read_parquet(path: Path, names: Sequence[str]) -> pa.Table:
    """Read a Parquet file: the columns that are wanted, or all where one is missing, so that they can be named."""
    try:
        return pq.read_table(path, columns=list(names) if set(names) <= set(pq.read_schema(path).names) else None)
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())[:120]
        raise FormatError(path.name, "a whole Parquet file", reason, hint="the file may be cut") from None


def write_together(
    tables: Sequence[tuple[pa.Table, Path]], apparatus: Apparatus | None, *, force: bool = False
) -> None:
    """Write several tables, all or none; text gets its apparatus into `geometry.json` beside it.

    Args:
        tables: the columns, and the file of each.
        apparatus: the apparatus that they belong to.
        force: whether files that exist are replaced; a `geometry.json` that says the same is left alone anyway.

    Raises: FormatError, when an ending is unknown; OSError, when a file cannot be written.
    """
    with stage_outputs([path for _, path in tables], apparatus, force=force) as staged:
        for (columns, _), place in zip(tables, staged, strict=True):
            write_one(add_apparatus(columns, apparatus), place)


def write_parts(parts: Iterable[pa.Table], path: Path, apparatus: Apparatus | None, *, force: bool = False) -> None:
    """Write the parts of one table behind one another, each as it comes; the file is there when all are, or not at all.

    Text waits until all are there.

    Raises: as `write_together`.
    """
    with stage_outputs([path], apparatus, force=force) as (place,):
        told = (add_apparatus(part, apparatus) for part in parts)
        if find_delimiter(place):
            write_one(pa.concat_tables(told), place)
            return
        first = next(told)
        with pq.ParquetWriter(place, first.schema) as writer:
            for part in chain([first], told):
                writer.write_table(part)


@contextmanager
def stage_outputs(paths: Sequence[Path], apparatus: Apparatus | None, *, force: bool = False) -> Iterator[list[Path]]:
    """Give places to write files to; they are moved where they belong when all are made, or none is.

    Raises: as `write_together`.
    """
    places = check_outputs(paths, apparatus, force=force)
    rooms: list[Path] = []
    try:
        for place in places:
            rooms.append(make_room(place.parent))
        staged = [room / place.name for room, place in zip(rooms, places, strict=True)]
        yield staged[: len(paths)]
        for made in staged[len(paths) :]:
            made.write_text(describe_apparatus(apparatus), encoding="utf-8")
        for place in places:
            check_writable(place, force=force)
        for made, place in zip(staged, places, strict=True):
            move(made, place)
    finally:
        for room in rooms:
            shutil.rmtree(room, ignore_errors=True)


def check_outputs(paths: Sequence[Path], apparatus: Apparatus | None, *, force: bool = False) -> list[Path]:
    """List the files that are to be made, those of the apparatus behind the others, and refuse what cannot be.

    Raises: as `write_together`.
    """
    texts = [path for path in paths if find_delimiter(path)]  # which refuses an ending that is none
    folders = {path.parent: None for path in texts} if apparatus is not None else {}
    beside = [folder / GEOMETRY for folder in folders]
    missing = [place for place in beside if apparatus is None or not says_the_same(place, apparatus)]
    for place in (*paths, *missing):
        check_writable(place, force=force)
    return [*paths, *missing]


def describe_apparatus(apparatus: Apparatus | None) -> str:
    """Describe an apparatus as it stands in a file of its own."""
    return "" if apparatus is None else json.dumps(write_apparatus(apparatus), indent=1) + "\n"


def write_one(columns: pa.Table, path: Path) -> None:
    """Write one file."""
    delimiter = find_delimiter(path)
    if delimiter:
        write_text(columns, path, delimiter=delimiter)
    else:
        pq.write_table(columns, path)
