"""Packages that only some parts need: imported when these are asked for, or missed in one line."""

import importlib
from typing import Any


def import_optional(module: str, missing: str, error: type[ImportError] = ImportError) -> Any:  # noqa: ANN401 - a module
    """Import a package that may not be installed.

    Args:
        module: its name.
        missing: what to say where it is not there: what needs it, and how to install it.
        error: the type of the error.

    Raises: ImportError, saying that.

    >>> import_optional("no_such_package", "drawing needs no_such_package: pip install it")
    Traceback (most recent call last):
    ImportError: drawing needs no_such_package: pip install it
    """
    try:
        return importlib.import_module(module)
    except ImportError as reason:
        raise error(missing) from reason
