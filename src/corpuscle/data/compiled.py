"""Compile a hot loop, keeping its type for the checker."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

F = TypeVar("F", bound=Callable[..., object])


def compiled(function: F) -> F:
    """Compile a function of arrays and numbers with numba; what was compiled is kept on disk for the next run."""
    return cast("F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))
