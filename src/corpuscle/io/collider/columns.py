"""Typed columns of a CSV: whole numbers stay whole, and what does not fit is named with its line."""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
from jaxtyping import Float, Num

from corpuscle.io.collider.bundle import Member
from corpuscle.io.errors import FormatError
from corpuscle.io.text import BOM, find_ragged, read_header

Columns = dict[str, Num[np.ndarray, " _"]]

PLACE = re.compile(r"column #(\d+): Row #(\d+): .*invalid value '(.*?)'", re.DOTALL)
WHOLE = "a whole number below 2^63"
LARGEST = 2**53
"""From here on a float no longer tells one whole number from the next."""


def read_columns(
    member: Member,
    *,
    numbers: Sequence[str] = (),
    whole: Sequence[str] = (),
    wide: Sequence[str] = (),
    optional: Sequence[str] = (),
) -> Columns:
    """Read some columns of a CSV, in any order and among others.

    Args:
        member: the file.
        numbers: columns of floating-point numbers.
        whole: columns of whole numbers, kept to the last digit.
        wide: columns of whole numbers from 0 to 2^64.
        optional: which of these may be missing.

    Raises: FormatError, when a column is missing, or a cell is empty or no number of its kind, with the line.
    """
    data = member.read().removeprefix(BOM)
    if not data.strip():
        raise FormatError(str(member), "a header row", "an empty file")
    names, _ = read_header(data, str(member), delimiter=",")
    types = dict.fromkeys(numbers, pa.float64()) | dict.fromkeys(whole, pa.int64()) | dict.fromkeys(wide, pa.uint64())
    missing = [name for name in types if name not in names and name not in optional]
    if missing:
        raise FormatError(str(member), f"the columns {', '.join(types)}", f"{', '.join(names)}", line=1)
    chosen = {name: kind for name, kind in types.items() if name in names}
    try:
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            read_options=arrow_csv.ReadOptions(use_threads=False),
            convert_options=arrow_csv.ConvertOptions(
                column_types=chosen, include_columns=list(chosen), null_values=[""]
            ),
        )
    except pa.ArrowException as error:
        raise explain(member, data, names, chosen, str(error)) from None
    for name, column in zip(chosen, table.columns, strict=True):
        if column.null_count:
            row = column.is_null().index(pa.scalar(value=True)).as_py()
            raise FormatError(str(member), f"a number in column {name!r}", "an empty cell", line=row + 2)
    return {name: column.to_numpy() for name, column in zip(chosen, table.columns, strict=True)}


def explain(
    member: Member, data: bytes, names: Sequence[str], chosen: dict[str, pa.DataType], reason: str
) -> FormatError:
    """Make the error that names the cell, or the row, that does not fit."""
    place = PLACE.search(reason)
    if place is None:
        return find_ragged(data, str(member), len(names), delimiter=",", reason=reason)
    name = names[int(place[1])]
    kind = "a number" if pa.types.is_floating(chosen.get(name, pa.float64())) else WHOLE
    hint = "numbers written as floats have lost digits: export them as integers" if kind == WHOLE else ""
    return FormatError(str(member), f"{kind} in column {name!r}", repr(place[3]), line=int(place[2]), hint=hint)


def as_whole(values: np.ndarray, what: str, source: str) -> Num[np.ndarray, " _"]:
    """Give identifiers that came as typed columns (Parquet, ROOT) as int64, to the last digit.

    Raises: FormatError, when they are floats, which keep no whole number beyond 2^53, or beyond 2^63.
    """
    if not np.issubdtype(values.dtype, np.integer):
        found = f"{values.dtype}, whose digits end at 2^53"
        raise FormatError(source, f"{what} as {WHOLE}", found, hint="export it as int64")
    if values.dtype == np.uint64 and len(values) and values.max() > np.iinfo(np.int64).max:
        raise FormatError(source, f"{what} as {WHOLE}", str(values.max()))
    return values.astype(np.int64)


def stack(columns: Columns, *names: str) -> Float[np.ndarray, "row some"]:
    """Put columns side by side."""
    return np.stack([columns[name] for name in names], axis=1).astype(float)
