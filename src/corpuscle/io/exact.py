"""Columns by their names: whole numbers read exactly or refused, numbers as they are, NaN included."""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int

from corpuscle.io.cells import WHOLE, as_numbers, is_text
from corpuscle.io.errors import FormatError
from corpuscle.io.table import Table

FLOAT_HINT = "a float holds no more than 53 bits of a whole number: keep the column as int64"


def require_columns(table: Table, names: Sequence[str], what: str, hints: Mapping[str, str]) -> None:
    """Refuse a table without its columns.

    Args:
        table: the table.
        names: the columns that it needs.
        what: what the table is, for the message.
        hints: what to do about some of them.

    Raises: FormatError, naming those that are missing.
    """
    there = table.columns.column_names
    missing = [name for name in names if name not in there]
    if missing:
        expected = f"a table of {what} with the columns {', '.join(names)}"
        found = f"no {', '.join(missing)} among {', '.join(there[:20]) or '(none)'}"
        raise FormatError(
            table.source, expected, found, hint=hints.get(missing[0], "rename the columns that play them")
        )


def read_ids(table: Table, name: str, *, least: int) -> Int[np.ndarray, " n"]:
    """Read a column of whole numbers as int64, digit by digit.

    Raises: FormatError, naming the first row that is empty, no whole number, below the `least`, or beyond what its
        type holds exactly.
    """
    numbers = read_whole(table, name, least=least)
    if (numbers < least).any():
        row = int(np.argmax(numbers < least))
        raise table.refuse(row, f"a whole number from {least} in column {name!r}", str(numbers[row]))
    return numbers


def read_whole(table: Table, name: str, *, least: int) -> Int[np.ndarray, " n"]:
    """Read whole numbers, the `least` only for the message."""
    column = plain(table.columns.column(name))
    if column.null_count:
        row = int(pc.index(pc.is_null(column), value=True).as_py())
        raise table.refuse(row, f"a whole number from {least} in column {name!r}", "an empty cell")
    if pa.types.is_integer(column.type) or is_text(column):
        try:
            return np.asarray(column.cast(pa.int64()).to_numpy())
        except pa.ArrowException:
            pass  # text such as 3.0, or a number beyond int64: found below
    numbers, bad = as_numbers(column)
    off = ~((numbers == np.floor(numbers)) & (np.abs(numbers) < WHOLE))
    if bad is not None or off.any():
        row = int(np.argmax(off)) if bad is None else bad
        hint = FLOAT_HINT if np.abs(numbers[row]) >= WHOLE else ""
        expected = f"a whole number from {least} in column {name!r}"
        raise table.refuse(row, expected, repr(column[row].as_py()), hint=hint)
    return np.asarray(numbers.astype(np.int64))


def read_floats(table: Table, name: str) -> Float[np.ndarray, " n"]:
    """Read a column of numbers; an empty cell is NaN.

    Raises: FormatError, naming the first row that is no number.
    """
    column = plain(table.columns.column(name))
    numbers, bad = as_numbers(column)
    if bad is not None:
        raise table.refuse(bad, f"a number in column {name!r}", repr(column[bad].as_py()))
    return numbers


def plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Give a column without dictionaries, its text trimmed and empty text as no cell."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if not is_text(column):
        return column
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    return pc.if_else(pc.equal(text, ""), None, text)
