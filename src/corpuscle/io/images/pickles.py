"""Pickles of plain values and arrays: anything that asks for another class is refused before it is made."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.io.errors import FormatError


class RefusedClass(pickle.UnpicklingError):
    """A pickle asks for a class, or a function, that is none of arrays."""


class HeldType:
    """The type of an array's numbers, as a pickle tells it.

    numpy's own are shared by all arrays of a process: a pickle that is let near them can change what a byte is.
    """

    __slots__ = ("kind",)

    def __init__(self, code: str | bytes, *_: object) -> None:
        self.kind = np.dtype(code.decode("ascii") if isinstance(code, bytes) else str(code))
        if self.kind.kind not in NUMBERS:
            message = f"an array of {self.kind}, not of numbers"
            raise ValueError(message)

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        order = state[1].decode("ascii") if isinstance(state[1], bytes) else str(state[1])
        self.kind = self.kind.newbyteorder(order)  # type: ignore[arg-type] # which raises where it is none


class HeldArray:
    """An array as a pickle tells it: made of its bytes when all of it is known."""

    __slots__ = ("array",)

    def __init__(self, *_: object) -> None:
        self.array: np.ndarray | None = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        _, shape, held, turned, raw = state
        if not isinstance(held, HeldType) or not isinstance(raw, bytes):
            message = "an array without its type and bytes"
            raise TypeError(message)
        self.array = np.frombuffer(raw, held.kind).reshape(tuple(map(int, shape)), order="F" if turned else "C").copy()


def encode(text: str, code: str) -> bytes:
    """Give text as the bytes that it stands for, which old pickles keep so."""
    if code != "latin1":
        message = f"bytes written as {code}"
        raise ValueError(message)
    return text.encode("latin1")


NUMBERS = "buif"
"""Kinds of numpy's types that are numbers: truth values, whole ones without and with a sign, floats."""

ALLOWED: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy.core.multiarray", "_reconstruct"): HeldArray,
    ("numpy._core.multiarray", "_reconstruct"): HeldArray,
    ("numpy", "ndarray"): HeldArray,
    ("numpy", "dtype"): HeldType,
    ("_codecs", "encode"): encode,
}
"""What an array and a text of bytes are made of, and what is made in its place."""


class PlainUnpickler(pickle._Unpickler):
    """Unpickles lists, dictionaries, numbers, text and arrays, and nothing else.

    It is Python's own and not the faster one in C, which frees memory that is still in use where a pickle is cut.
    """

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - what a pickle asks for
        """Give what stands for a class of arrays.

        Raises: RefusedClass, naming any other.
        """
        if (module, name) not in ALLOWED:
            message = f"{module}.{name}"
            raise RefusedClass(message)
        return ALLOWED[module, name]


def read_pickle(path: Path) -> dict[str, Any]:
    """Read a dictionary from a pickle; keys that are bytes become text.

    Raises: FormatError, when it asks for a class, is cut, or holds something else.
    """
    try:
        with path.open("rb") as file:
            values = PlainUnpickler(file, encoding="bytes").load()
    except RefusedClass as error:
        hint = "a pickle can run any program: this one was not read"
        raise FormatError(path, "a pickle of numbers, text and arrays", f"{error}", hint=hint) from None
    except Exception as error:  # what is cut or changed by chance may raise anything
        found = f"{type(error).__name__} {error}"
        raise FormatError(path, "a whole pickle", found, hint="the file may be cut") from None
    if not isinstance(values, dict):
        raise FormatError(path, "a pickle of a dictionary", type(values).__name__)
    return {read_key(key): value.array if isinstance(value, HeldArray) else value for key, value in values.items()}


def read_key(key: object) -> str:
    """Give a key as text."""
    return key.decode("latin1") if isinstance(key, bytes) else str(key)
