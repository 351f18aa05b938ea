"""How far long work has come, told to whoever listens (the command line does)."""

from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")
Listener = Callable[[str, int, int], None]

_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Send every step made inside the block to `listener(what, done, total)`."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def follow(items: Iterable[T], what: str, total: int | None = None) -> Iterator[T]:
    """Go through items, telling the listener after each; free where nobody listens.

    >>> with listening(lambda what, done, total: print(what, done, total)):
    ...     list(follow("ab", "letters"))
    letters 1 2
    letters 2 2
    ['a', 'b']
    """
    listener = _listener.get()
    if listener is None:
        yield from items
        return
    if total is None:
        total = len(items) if isinstance(items, Sized) else 0
    for done, item in enumerate(items, start=1):
        yield item
        listener(what, done, total)


def tell(what: str, done: int, total: int) -> None:
    """Tell whoever listens how far something has come that goes on elsewhere.

    >>> with listening(lambda what, done, total: print(what, done, total)):
    ...     tell("steps", 3, 4)
    steps 3 4
    """
    listener = _listener.get()
    if listener is not None:
        listener(what, done, total)
