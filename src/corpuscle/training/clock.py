"""How much of an epoch a training waits for its batches."""

import time
from collections.abc import Callable


class Clock:
    """Adds up the time until each batch comes, and the time that passes with it.

    Args:
        now: gives the time [s].

    >>> ticks = iter([0.0, 1.0, 4.0, 5.0, 8.0])
    >>> clock = Clock(lambda: next(ticks))
    >>> for _ in range(2):
    ...     clock.stop_waiting()
    ...     clock.begin_waiting()
    >>> clock.share
    0.25
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self.now = now
        self.waited = self.worked = 0.0
        self.steps = 0
        self.since = now()

    def stop_waiting(self) -> None:
        """Say that a batch has come."""
        then, self.since = self.since, self.now()
        self.waited += self.since - then

    def begin_waiting(self) -> None:
        """Say that it has been learned from."""
        then, self.since = self.since, self.now()
        self.worked += self.since - then
        self.steps += 1

    @property
    def share(self) -> float:
        """The time waited over all time; 0 before there was any."""
        return self.waited / self.whole if self.whole else 0.0

    @property
    def whole(self) -> float:
        """All time [s]."""
        return self.waited + self.worked

    @property
    def each(self) -> float:
        """The mean time that passed with a batch [s]; 0 before there was any."""
        return self.worked / self.steps if self.steps else 0.0
