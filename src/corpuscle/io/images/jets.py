"""Quark and gluon jets of the CMS simulation: images in Parquet, one row group a jet, read some jets at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from jaxtyping import Float

from corpuscle.data.images import Images
from corpuscle.data.settings import setting
from corpuscle.io.errors import FormatError
from corpuscle.io.images.base import ImageReader, gather, refuse_rows, shorten
from corpuscle.io.images.layout import ImageLayout, Provenance
from corpuscle.io.images.writer import LabelCheck

JETS = 32
"""Jets that are read at once, 12 MB."""

PIXELS = "X_jets"
SHAPE = (3, 125, 125)
COLUMNS = {"pt": "transverse momentum of the jet [GeV]", "m0": "mass of the jet [GeV]"}
CHANNELS = ("tracks, transverse momentum", "electromagnetic calorimeter", "hadronic calorimeter")


@dataclass(frozen=True, slots=True, kw_only=True)
class Jets(ImageReader):
    """Jets as 125 x 125 pixels of tracks and two calorimeters: columns `X_jets`, `pt`, `m0`, `y`.

    Source: ML4SCI, QCDToGGQQ_IMGjet_RH1all_jet0_run*_n*.snappy.parquet.
    """

    kind: ClassVar[Provenance] = "cms"
    suffixes: ClassVar[tuple[str, ...]] = (".parquet",)

    gluon: Literal["0", "1"] = setting("1", "the label of gluons in the files; ingest compares it with physics")

    def lay(self, paths: Sequence[Path]) -> ImageLayout:
        """Look at the columns of every file."""
        for path in paths:
            with open_parquet(path):
                pass
        names = ("quark", "gluon") if self.gluon == "1" else ("gluon", "quark")
        return ImageLayout(shape=SHAPE, channels=CHANNELS, names=names, columns=COLUMNS)

    def count(self, path: Path) -> int:
        """Count the jets of a file."""
        with open_parquet(path) as file:
            return int(file.metadata.num_rows)

    def read(self, path: Path, layout: ImageLayout, first: int) -> Iterator[Images]:
        """Read some jets after others; row groups before the first are not touched."""
        with open_parquet(path) as file:
            groups, row = list_groups(file, first)
            skip = first - row
            for batch in iterate(path, file, groups):
                rows = batch.slice(skip)
                row, skip = row + batch.num_rows - rows.num_rows, skip - (batch.num_rows - rows.num_rows)
                if rows.num_rows:
                    yield unpack(path, rows, layout, row)
                row += rows.num_rows

    def get_check(self) -> LabelCheck:
        """Gluons have more tracks."""
        return LabelCheck(channel=0, more="gluon", what="track pixels")


@contextmanager
def open_parquet(path: Path) -> Iterator[pq.ParquetFile]:
    """Open a file that has the columns.

    Raises: FormatError, when it is cut, or a column is missing.
    """
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(path, "a whole Parquet file", shorten(error), hint="the file may be cut") from None
    with file:
        names = file.schema_arrow.names
        missing = [name for name in (PIXELS, *COLUMNS, "y") if name not in names]
        if missing:
            raise FormatError(path, f"a column {missing[0]!r}", ", ".join(names) or "none")
        yield file


def list_groups(file: pq.ParquetFile, first: int) -> tuple[list[int], int]:
    """List the row groups that hold a row or any after it, and the row that the first of them begins with."""
    sizes = [file.metadata.row_group(k).num_rows for k in range(file.metadata.num_row_groups)]
    begin = np.cumsum([0, *sizes])
    group = int(np.searchsorted(begin, first, side="right")) - 1
    return list(range(group, len(sizes))), int(begin[group])


def iterate(path: Path, file: pq.ParquetFile, groups: list[int]) -> Iterator[pa.RecordBatch]:
    """Read batch after batch.

    Raises: FormatError, when the file is cut in the middle.
    """
    try:
        yield from file.iter_batches(JETS, row_groups=groups, columns=[PIXELS, *COLUMNS, "y"], use_threads=False)
    except (pa.ArrowException, OSError) as error:
        raise FormatError(path, "a whole Parquet file", shorten(error), hint="the file may be cut") from None


def unpack(path: Path, batch: pa.RecordBatch, layout: ImageLayout, first: int) -> Images:
    """Keep the pixels of a batch."""
    dense = flatten(path, batch.column(PIXELS), first)
    numbers = {name: read_numbers(path, batch.column(name), name, first) for name in (*COLUMNS, "y")}
    return gather(path, dense, numbers.pop("y"), layout, first, numbers)


def flatten(path: Path, nested: pa.Array, first: int) -> Float[np.ndarray, "n channel y x"]:
    """Unpack lists of lists of lists, whatever their inner fields are called.

    Raises: FormatError, with the row of an image that has another shape.
    """
    count, each, values = len(nested), 1, nested
    for size in SHAPE:
        if not is_list(values.type):
            raise FormatError(path, f"lists of lists of lists in {PIXELS}", str(nested.type))
        length = pc.fill_null(pc.list_value_length(values), -1).to_numpy(zero_copy_only=False)
        wrong = (length != size).reshape(count, each).any(axis=1)
        refuse_rows(path, wrong, first, f"{PIXELS} of 3 x 125 x 125 pixels", "another shape")
        values, each = values.flatten(), each * size
    if not pa.types.is_floating(values.type) and not pa.types.is_integer(values.type):
        raise FormatError(path, f"numbers in {PIXELS}", str(values.type))
    return np.asarray(values.to_numpy(zero_copy_only=False), float).reshape(count, *SHAPE)


def is_list(kind: pa.DataType) -> bool:
    """Tell whether a type is a list of any sort."""
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind))


def read_numbers(path: Path, column: pa.Array, name: str, first: int) -> Float[np.ndarray, " n"]:
    """Read a column of finite numbers.

    Raises: FormatError, with the row of one that is none.
    """
    if not pa.types.is_floating(column.type) and not pa.types.is_integer(column.type):
        raise FormatError(path, f"numbers in column {name!r}", str(column.type))
    values = np.asarray(column.to_numpy(zero_copy_only=False), float)
    refuse_rows(path, ~np.isfinite(values), first, f"a finite number in column {name!r}", values)
    return values
