"""Pickles of plain values and arrays: anything that asks for another class is refused before it is made."""

import pickle
from pathlib import Path
from typing import Any

from corpuscle.io.errors import FormatError

ARRAYS = {
    (module, name)
    for base in ("numpy.core.multiarray", "numpy._core.multiarray")
    for module, name in ((base, "_reconstruct"), ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode"))
}
"""What an array and a text of bytes are made of, under numpy's old name and its new one."""

BROKEN = (
    pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError, ArithmeticError, LookupError, ImportError,
    MemoryError, RuntimeError,
)  # fmt: skip
"""What a pickle that is cut or changed may raise."""


class RefusedClass(pickle.UnpicklingError):
    """A pickle asks for a class, or a function, that is none of arrays."""


class PlainUnpickler(pickle.Unpickler):
    """Unpickles lists, dictionaries, numbers, text and arrays, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - what a pickle asks for
        """Give a class by name, if it is one of arrays.

        Raises: RefusedClass, naming any other.
        """
        if (module, name) not in ARRAYS:
            message = f"{module}.{name}"
            raise RefusedClass(message)
        return super().find_class(module, name)


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
    except BROKEN as error:
        found = f"{type(error).__name__} {error}"
        raise FormatError(path, "a whole pickle", found, hint="the file may be cut") from None
    if not isinstance(values, dict):
        raise FormatError(path, "a pickle of a dictionary", type(values).__name__)
    return {key.decode("latin1") if isinstance(key, bytes) else str(key): value for key, value in values.items()}
