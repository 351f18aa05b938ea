"""What every format promises: to read a table or refuse, and to write one or say what it left out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from corpuscle.io.table import Table


class Format(ABC):
    """A file format.

    `suffixes` are the endings it goes by, `writes` tells whether it can be written, and `beside` which units it has
    no place for, so that they stand in a file beside it.
    """

    suffixes: ClassVar[tuple[str, ...]] = ()
    writes: ClassVar[bool] = True
    beside: ClassVar[tuple[str, ...]] = ()

    @abstractmethod
    def read(self, path: Path, chosen: Mapping[str, str]) -> Table:
        """Read a file.

        Raises: FormatError, when it is not what it says it is; OSError, when it cannot be read.
        """

    def write(self, table: Table, path: Path) -> list[str]:
        """Write a file that does not exist yet, and say what was left out.

        Raises: ValueError, when the format is only read, or cannot hold the table.
        """
        message = f"{type(self).__name__} is read but not written; write {path.name} with --to csv, or another format"
        raise ValueError(message)
