"""A registry is a table of text: names to classes, imported when asked for."""

import difflib
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Named(Mapping[str, T]):
    """Things of one kind by name, each imported when it is first asked for.

    `kind` is the word used in messages, `entries` maps a name to `module:attribute`.
    """

    kind: str
    entries: Mapping[str, str]

    def __getitem__(self, name: str) -> T:
        """Import what a name stands for.

        Raises: ValueError, when nothing has that name; the message says what there is.
        """
        if name not in self.entries:
            near = difflib.get_close_matches(name, self.entries, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            message = f"no {self.kind} {name!r}; there are {', '.join(self.entries)}{hint}"
            raise ValueError(message)
        module, _, attribute = self.entries[name].partition(":")
        found: T = getattr(importlib.import_module(module), attribute)
        return found

    def __contains__(self, name: object) -> bool:
        return name in self.entries

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


class Registry(Named[type]):
    """Named classes of one kind: linkers, worlds, formats.

    >>> shapes = Registry("shape", {"path": "pathlib:Path"})
    >>> shapes["path"].__name__
    'Path'
    """

    __slots__ = ()
