"""Tables as text: CSV and TSV, every cell kept as it stands."""

import csv
import gzip
import io
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.csv as arrow_csv

from corpuscle.io.aliases import recognise
from corpuscle.io.base import Format
from corpuscle.io.cells import as_text
from corpuscle.io.errors import FormatError
from corpuscle.io.layout import name_roles
from corpuscle.io.table import Table

BOM = b"\xef\xbb\xbf"
BLOCK = 2**30
FREE = ("csv", "tsv", "parquet", "python")


class Csv(Format):
    """Comma-separated text with one header row; units stand in a file beside it."""

    suffixes: ClassVar[tuple[str, ...]] = (".csv", ".csv.gz")
    beside: ClassVar[tuple[str, ...]] = ("pixel_size_m", "frame_interval_s", "first_frame")
    delimiter: ClassVar[str] = ","
    name: ClassVar[str] = "csv"

    def read(self, path: Path, chosen: Mapping[str, str]) -> Table:
        """Read a file, every column as text."""
        columns = read_text(path, delimiter=self.delimiter)
        found = recognise(columns.column_names, chosen=chosen, source=path.name)
        return Table(
            columns=columns,
            roles=found.roles,
            scale=found.scale,
            source=path.name,
            format=self.name,
            notes=found.notes,
        )

    def write(self, table: Table, path: Path) -> list[str]:
        """Write every column; one that a reader would not recognise takes the name of its role."""
        columns = table.columns if table.format in FREE else name_roles(table)
        write_text(columns, path, delimiter=self.delimiter)
        return []


class Tsv(Csv):
    """Tab-separated text with one header row; units stand in a file beside it."""

    suffixes: ClassVar[tuple[str, ...]] = (".tsv", ".txt", ".tsv.gz", ".txt.gz")
    delimiter: ClassVar[str] = "\t"
    name: ClassVar[str] = "tsv"


def read_bytes(path: Path) -> bytes:
    """Read a file that holds text, unpacked where it is packed.

    Raises: FormatError, when it is empty, cut or no UTF-8.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix.lower() == ".gz" else path.read_bytes()
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise FormatError(path.name, "a whole gzip file", str(error) or "a cut one") from None
    data = data.removeprefix(BOM)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{data[error.start]:02x}"
        raise FormatError(path.name, "text in UTF-8", found, line=line, hint="save it as UTF-8") from None
    if not data.strip():
        raise FormatError(path.name, "a header row", "an empty file")
    return data.rstrip(b"\r\n") + b"\n"


def read_text(path: Path, *, delimiter: str) -> pa.Table:
    """Read a table of text."""
    data = read_bytes(path)
    names, lines = read_header(data, path.name, delimiter=delimiter)
    return parse_rows(data, path.name, names, delimiter=delimiter, skipped=lines)


def read_header(data: bytes, source: str, *, delimiter: str) -> tuple[list[str], int]:
    """Read the header row, and tell how many lines it takes."""
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""), delimiter=delimiter)
    try:
        names = next(rows)
    except csv.Error as error:
        raise FormatError(source, "a header row", str(error), line=1) from None
    if not names:
        raise FormatError(source, "a header row", "an empty line", line=1)
    other = next((mark for mark in (";", "\t", ",") if mark != delimiter and mark in names[0]), None)
    if len(names) == 1 and other is not None:
        hint = "say --from tsv or --from csv" if other != ";" else "save it with commas"
        raise FormatError(source, f"columns separated by {delimiter!r}", f"{other!r}", line=1, hint=hint)
    return names, rows.line_num


def parse_rows(data: bytes, source: str, names: Sequence[str], *, delimiter: str, skipped: int) -> pa.Table:
    """Read the rows behind the header, every cell as text."""
    places = [str(place) for place in range(len(names))]
    reading = arrow_csv.ReadOptions(
        use_threads=False, column_names=places, skip_rows=skipped, block_size=min(max(len(data), 2**16), BLOCK)
    )
    parsing = arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False)
    converting = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(places, pa.string()), strings_can_be_null=False, null_values=[]
    )
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data), read_options=reading, parse_options=parsing, convert_options=converting
        )
    except pa.ArrowException as error:
        raise find_ragged(data, source, len(names), delimiter=delimiter, reason=str(error)) from None
    columns: pa.Table = table.rename_columns(list(names))
    return columns


def find_ragged(data: bytes, source: str, width: int, *, delimiter: str, reason: str) -> FormatError:
    """Make the error that names the first row that is too short or too long."""
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", newline=""), delimiter=delimiter)
    try:
        for row in rows:
            if len(row) != width:
                hint = "the file may be cut here"
                return FormatError(source, f"{width} cells", str(len(row)), line=rows.line_num, hint=hint)
    except csv.Error as error:
        return FormatError(source, "a row of cells", str(error), line=rows.line_num)
    return FormatError(source, "a table of text", reason)


def write_text(columns: pa.Table, path: Path, *, delimiter: str, headers: Sequence[Sequence[str]] = ()) -> None:
    """Write a table as text; `headers` are rows between its names and its cells."""
    texts = pa.table([as_text(column) for column in columns.columns], names=list(columns.column_names))
    single = texts.num_columns == 1
    rows = [[quote_cell(cell, delimiter, single=single) for cell in row] for row in [texts.column_names, *headers]]
    head = "".join(delimiter.join(row) + "\n" for row in rows)
    data = head.encode("utf-8") + format_rows(texts, delimiter=delimiter)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix.lower() == ".gz" else data)


def format_rows(texts: pa.Table, *, delimiter: str) -> bytes:
    """Format rows of text, quoting the cells that need it."""
    if texts.num_columns > 1:
        sink = pa.BufferOutputStream()
        options = arrow_csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style="none")
        try:
            arrow_csv.write_csv(texts.combine_chunks(), sink, options)  # an empty chunk makes arrow write NULs
        except pa.ArrowInvalid:
            pass  # a cell has a comma, a quote or a line break in it
        else:
            return bytes(sink.getvalue().to_pybytes())
    single = texts.num_columns == 1
    cells = (column.to_pylist() for column in texts.columns)
    columns = [[quote_cell(cell or "", delimiter, single=single) for cell in column] for column in cells]
    return "".join(delimiter.join(row) + "\n" for row in zip(*columns, strict=True)).encode("utf-8")


def quote_cell(cell: str, delimiter: str, *, single: bool) -> str:
    """Quote a cell that needs it; an empty one does where it is the row's only one.

    >>> quote_cell("a,b", ",", single=False)
    '"a,b"'
    """
    if any(mark in cell for mark in (delimiter, '"', "\n", "\r")) or (single and not cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell
