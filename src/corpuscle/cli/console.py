"""What the user sees: notes, tables, progress after a second, one line for a mistake."""

import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

PATIENCE = 1.0
"""Seconds of work before a progress bar appears."""

WORKING = "working (the first run compiles)"

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str, *, quiet: bool = False) -> None:
    """Tell the user something that is not the result."""
    if not quiet:
        err.print(Text(text))


def fail(text: str) -> None:
    """Tell the user, in one line, what was wrong."""
    err.print(Text(f"corpuscle: {' '.join(text.split())}"))


@contextlib.contextmanager
def progress(*, quiet: bool = False) -> Iterator[None]:
    """Show a bar with the time left for whatever takes more than a second inside the block."""
    if quiet or not err.is_terminal:
        yield
        return
    from corpuscle.data.progress import listening

    bars = Bars()
    waiting = threading.Timer(PATIENCE, bars.wait)
    waiting.daemon = True
    waiting.start()
    try:
        with listening(bars.hear):
            yield
    finally:
        waiting.cancel()
        bars.stop()


class Bars:
    """Progress bars, one a kind of work, drawn once they have been needed for a while."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.drawn: Any = None
        self.tasks: dict[str, Any] = {}
        self.lock = threading.Lock()
        self.over = False

    def wait(self) -> None:
        """Show that work goes on although nothing has been heard of it yet."""
        with self.lock:
            if not self.tasks and not self.over:
                self.draw()
                self.tasks[WORKING] = self.drawn.add_task(WORKING, total=None)

    def hear(self, what: str, done: int, total: int) -> None:
        """Take note of a step."""
        if time.monotonic() - self.begun < PATIENCE:
            return
        with self.lock:
            self.draw()
            if WORKING in self.tasks:
                self.drawn.remove_task(self.tasks.pop(WORKING))
            if what not in self.tasks:
                self.tasks[what] = self.drawn.add_task(what, total=total or None)
            self.drawn.update(self.tasks[what], completed=done, total=total or None)

    def draw(self) -> None:
        """Begin to draw, once."""
        if self.drawn is None:
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
            self.drawn = Progress(*columns, console=err, transient=True)
            self.drawn.start()

    def stop(self) -> None:
        """Take the bars away."""
        with self.lock:
            self.over = True
            if self.drawn is not None:
                self.drawn.stop()
