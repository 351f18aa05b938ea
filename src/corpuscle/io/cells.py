"""Cells read as numbers and as names, whatever type they came in."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int

MISSING = ("", "none", "ø", "nan", "null", "-1", "-1.0")
WHOLE = 2.0**53
TYPED = ("parquet", "python", "picasso", "geff")  # formats whose columns come with their types


def is_text(column: pa.ChunkedArray) -> bool:
    """Tell whether a column holds text."""
    kind = column.type
    found: bool = pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
    return found


def as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write a column's cells as text: shortest exact numbers, `nan` for NaN; a null stays one.

    >>> as_text(pa.chunked_array([[1.0, 0.1, None]])).to_pylist()
    ['1.0', '0.1', None]
    """
    if is_text(column):
        return column.cast(pa.string())
    try:
        text = column.cast(pa.string())
    except pa.ArrowException:
        return pa.chunked_array([[None if cell is None else str(cell) for cell in column.to_pylist()]], pa.string())
    if pa.types.is_floating(column.type):
        return pc.replace_substring_regex(text, pattern=r"^(-?\d+)$", replacement=r"\1.0")
    return text


def as_numbers(column: pa.ChunkedArray) -> tuple[Float[np.ndarray, " n"], int | None]:
    """Read a column as numbers.

    Returns:
        The numbers, NaN where a cell is empty, and the first row that is no number (None where all are).
    """
    kind = column.type
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan), None
    if pa.types.is_boolean(kind):
        return np.full(len(column), np.nan), 0 if len(column) else None
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
    if is_text(column):
        text = pc.utf8_trim_whitespace(column.cast(pa.string()))
        column = pc.if_else(pc.equal(text, ""), None, text)
    elif not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)):
        column = as_text(column)
    bad = find_bad(column)
    if bad is not None:
        return np.full(len(column), np.nan), bad
    numbers = column.cast(pa.float64(), safe=False)
    return numbers.to_numpy(zero_copy_only=False).astype(np.float64), None


def find_bad(column: pa.ChunkedArray) -> int | None:
    """Find the first row that does not read as a number, halving the column."""
    start, count = 0, len(column)
    if reads(column):
        return None
    while count > 1:
        half = count // 2
        if reads(column.slice(start, half)):
            start, count = start + half, count - half
        else:
            count = half
    return start


def reads(column: pa.ChunkedArray) -> bool:
    """Tell whether every cell reads as a number."""
    try:
        column.cast(pa.float64(), safe=False)
    except pa.ArrowException:
        return False
    return True


def find_fraction(numbers: Float[np.ndarray, " n"]) -> int | None:
    """Find the first number that is not whole (or too large to be told from its neighbours)."""
    with np.errstate(invalid="ignore"):
        bad = ~((numbers == np.floor(numbers)) & (np.abs(numbers) < WHOLE))
    return int(np.argmax(bad)) if bad.any() else None


def as_labels(columns: Sequence[pa.ChunkedArray]) -> list[Int[np.ndarray, " n"]]:
    """Read columns that name tracks as numbers of one numbering.

    Whole numbers stay as they are, other names are numbered in the order in which they occur; a cell without a
    name is -1.

    >>> as_labels([pa.chunked_array([["b", "a", "None", "b"]]), pa.chunked_array([["", "b", "", ""]])])
    [array([ 0,  1, -1,  0]), array([-1,  0, -1, -1])]
    """
    texts = [pc.utf8_trim_whitespace(as_text(column)) for column in columns]
    text = pa.chunked_array([chunk for column in texts for chunk in column.chunks], pa.string())
    lost = pc.is_in(pc.utf8_lower(text), value_set=pa.array(MISSING))
    labels = number_names(pc.if_else(lost, None, text))
    return np.split(labels, np.cumsum([len(column) for column in columns])[:-1]) if columns else []


def number_names(names: pa.ChunkedArray) -> Int[np.ndarray, " n"]:
    """Number names: by themselves where all are whole and not negative, else in the order of their first row."""
    try:
        whole = names.cast(pa.int64())
    except pa.ArrowException:
        whole = None
    if whole is None and reads(names):
        numbers = names.cast(pa.float64()).drop_null().to_numpy(zero_copy_only=False)
        whole = names.cast(pa.float64()).cast(pa.int64()) if find_fraction(numbers) is None else None
    if whole is None or (pc.min(whole).as_py() or 0) < 0:
        encoded = names.combine_chunks().dictionary_encode()
        encoded = encoded.combine_chunks() if isinstance(encoded, pa.ChunkedArray) else encoded
        whole = encoded.indices
    found: Any = pc.fill_null(whole.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return np.array(found, dtype=np.int64)


def infer_type(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Type a column of text: whole numbers, else numbers, else text; a number's empty cell becomes a null.

    A text that a number would not give back (`007`) keeps the column text.
    """
    if not is_text(column):
        return column
    text = pc.if_else(pc.equal(column, ""), None, column.cast(pa.string()))
    if text.null_count == len(text):
        return column
    if pc.any(pc.match_substring_regex(text, r"^[-+]?0\d|^\+|\s")).as_py():
        return column
    for kind in (pa.int64(), pa.float64()):
        try:
            return text.cast(kind)
        except pa.ArrowException:
            continue
    return column
