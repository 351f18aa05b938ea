"""Flat arrays on disk: their names, types and sizes, and how they are mapped."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Num

from corpuscle.io.errors import FormatError


@dataclass(frozen=True, slots=True)
class Column:
    """One flat array in a file of its own.

    Args:
        name: its file, whose ending says its type.
        type: the type of a number, little-endian.
        of: what it has a row for.
        width: numbers in a row.
        more: rows beyond one for each.
        meaning: what stands in it, with its unit.
    """

    name: str
    type: str
    of: str
    meaning: str
    width: int = 1
    more: int = 0

    def count_bytes(self, counts: Mapping[str, int], *, whole: bool = True) -> int:
        """Give the size of its file, of so many rows of each kind; before it is whole, without the last offset."""
        return (counts[self.of] + self.more * whole) * self.width * np.dtype(self.type).itemsize

    def map(self, path: Path, counts: Mapping[str, int]) -> Num[np.ndarray, "..."]:
        """Map its file into memory, read only; nothing is read before it is asked for."""
        rows = counts[self.of] + self.more
        shape = (rows,) if self.width == 1 else (rows, self.width)
        if not rows:
            return np.zeros(shape, self.type)
        # a plain view of the map: a subclass of arrays would make every gather slower
        return np.asarray(np.memmap(path, dtype=self.type, mode="r", shape=shape))


def check_sizes(folder: Path, columns: Iterable[Column], counts: Mapping[str, int], *, what: str) -> None:
    """Check that every file is there, and as long as it must be.

    Raises: FormatError, naming the first that is not.
    """
    for column in columns:
        path = folder / column.name
        wanted = column.count_bytes(counts)
        hint = f"the {what} was cut or written over: make it again"
        if not path.is_file():
            raise FormatError(path, f"a file of {wanted} bytes", "none", hint=hint)
        if path.stat().st_size != wanted:
            raise FormatError(path, f"{wanted} bytes", f"{path.stat().st_size}", hint=hint)
