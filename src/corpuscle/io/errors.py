"""What a reader raises: a file that is not what it says it is, and a package that is not there."""

import os
from types import ModuleType

from corpuscle.data.optional import import_optional


class FormatError(ValueError):
    """A table or file that is not what it should be.

    Args:
        path: the file, "" for a table that came from Python.
        expected: what should have stood there.
        found: what stood there instead.
        line: the line of the file, from 1, where one is known.
        where: the place, where it is no line ("row 3", "particle 2, detection 0").
        hint: what to do.

    >>> str(FormatError("spots.csv", "a number in column 'x'", "'abc'", line=4))
    "spots.csv, line 4: expected a number in column 'x', found 'abc'"
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        expected: str,
        found: str,
        *,
        line: int | None = None,
        where: str = "",
        hint: str = "",
    ) -> None:
        self.path, self.line, self.expected, self.found = str(path), line, expected, found
        place = f"line {line}" if line is not None else where
        start = ", ".join(part for part in (str(path), place) if part) or "the table"
        text = f"{start}: expected {expected}, found {found}" + (f"; {hint}" if hint else "")
        super().__init__(" ".join(text.split()))


class MissingExtra(ImportError):
    """A package that an optional part needs and that is not installed."""


def import_extra(module: str, extra: str) -> ModuleType:
    """Import an optional package.

    Raises: MissingExtra, saying which extra to install.
    """
    package = module.partition(".")[0]
    missing = f"this needs the package {package}, which is not installed: pip install 'corpuscle[{extra}]'"
    found: ModuleType = import_optional(module, missing, MissingExtra)
    return found
