"""Data frames of any kind in, the same kind out."""

from collections.abc import Mapping
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pyarrow as pa

from corpuscle.data.units import Scale, parse_metres, parse_seconds
from corpuscle.io.aliases import recognise
from corpuscle.io.table import Table, from_columns

Backend = Literal["pyarrow", "pandas", "polars"]
Frame = Any
"""A pandas, polars or pyarrow table, or any other that narwhals knows."""


def take_frame(frame: Frame) -> "nw.DataFrame[Any]":
    """Take a data frame of any kind.

    Raises: TypeError, when it is none.
    """
    try:
        return nw.from_native(frame, eager_only=True)
    except TypeError:
        kind = type(frame).__name__
        message = (
            f"expected a pandas, polars or pyarrow table, not {kind}; files go through `corpuscle link` or convert"
        )
        raise TypeError(message) from None


def read_frame(
    frame: "nw.DataFrame[Any]",
    *,
    columns: Mapping[str, str] | None = None,
    scale: Scale | None = None,
) -> Table:
    """Read the columns of a data frame that play a role; the others are not looked at."""
    roles = recognise(text_names(frame), chosen=columns).roles
    names = list(dict.fromkeys(roles.values()))
    arrays = pa.table({name: as_arrow(frame[name]) for name in names})
    unused = {role: "" for role in (columns or {}) if role not in roles}
    return from_columns(arrays, chosen={**roles, **unused}, scale=scale)


def text_names(frame: "nw.DataFrame[Any]") -> list[str]:
    """List the columns whose name is text; pandas allows others, which play no role."""
    return [name for name in frame.columns if isinstance(name, str)]


def as_arrow(column: "nw.Series[Any]") -> pa.Array | pa.ChunkedArray:
    """Turn a column into an arrow array; where its cells are of several kinds, into text."""
    try:
        return column.to_arrow()
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return pa.array([None if cell is None else str(cell) for cell in column.to_list()])


def add_columns(frame: "nw.DataFrame[Any]", new: Mapping[str, np.ndarray], rename: Mapping[str, str]) -> Frame:
    """Give the same kind of data frame with columns renamed and added."""
    kind = frame.implementation
    renamed = frame.rename(dict(rename)) if rename else frame
    added = [nw.new_series(name, values, backend=kind) for name, values in new.items()]
    return renamed.with_columns(*added).to_native()


def make_frame(columns: Mapping[str, np.ndarray], backend: Backend) -> Frame:
    """Make a data frame of the kind that was asked for.

    Raises: ValueError, when the kind is unknown; ImportError, when it is not installed.
    """
    check_backend(backend)
    return nw.from_dict(dict(columns), backend=backend).to_native()


def make_backend(columns: pa.Table, backend: "Backend | nw.Implementation") -> Frame:
    """Make a data frame of the kind that was asked for from columns of arrow.

    Raises: ValueError, when the kind is unknown; ImportError, when it is not installed.
    """
    if isinstance(backend, str):
        check_backend(backend)
    made: Any = nw.from_arrow(columns, backend=backend)  # type: ignore[arg-type] # it lists only those it can make
    return made.to_native()


def check_backend(backend: str) -> None:
    """Refuse a kind of table that is unknown."""
    if backend not in {"pyarrow", "pandas", "polars"}:
        message = f"expected backend pyarrow, pandas or polars, not {backend!r}"
        raise ValueError(message)


def as_arrays(columns: Mapping[str, np.ndarray]) -> dict[str, pa.Array]:
    """Turn columns of numpy into columns of arrow."""
    return {name: pa.array(values) for name, values in columns.items()}


def read_columns_of(columns: Mapping[str, np.ndarray]) -> Table:
    """Make a table of columns that are named by their roles."""
    return from_columns(pa.table(as_arrays(columns)))


def make_scale(pixel_size: float | str | None, frame_interval: float | str | None) -> Scale:
    """Read a pixel size (um, or with its unit) and a frame interval (s, or with its unit).

    >>> make_scale("160nm", 0.05).frame_interval
    0.05
    """
    return Scale(
        pixel_size=None if pixel_size is None else parse_metres(str(pixel_size)),
        frame_interval=None if frame_interval is None else parse_seconds(str(frame_interval)),
    )
