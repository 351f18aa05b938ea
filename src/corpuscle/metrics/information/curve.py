"""Whether more events would change what was measured: the same with 1, 2, 4, ... of them."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Int

from corpuscle.metrics.information.measurement import Measurement
from corpuscle.metrics.information.permutations import Origin

FLAT = 2.0
"""Standard errors by which the excess may differ between the last two points of a curve that has converged."""

NORMAL = 3.92
"""Standard errors in a 95 % interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """What was measured with more and more events.

    Args:
        events: 1, 2, 4, ... and all of them.
        points: what was measured with so many.
    """

    events: tuple[int, ...]
    points: tuple[Measurement, ...]

    @property
    def converged(self) -> bool | None:
        """Whether the excess stays as it is from the second last point to the last; none with a single event."""
        if len(self.points) < 2:
            return None
        last, before = self.points[-1], self.points[-2]
        return bool(abs(last.excess - before.excess) <= FLAT * math.hypot(tell_error(last), tell_error(before)))

    def list_values(self) -> dict[str, Any]:
        """Give everything as plain values: what was measured last, and the curve."""
        return {
            **self.points[-1].list_values(),
            "converged": self.converged,
            "curve_events": list(self.events),
            "curve_bits": [point.bits for point in self.points],
            "curve_excess": [point.excess for point in self.points],
            "curve_error": [tell_error(point) for point in self.points],
        }


def follow_events(measure: Callable[[Int[np.ndarray, " some"]], Measurement], origin: Origin) -> Curve:
    """Measure with 1, 2, 4, ... events, and all.

    Args:
        measure: from the rows of some events to what is measured with them.
        origin: where all rows come from.
    """
    counts = list_counts(origin)
    return Curve(events=tuple(counts), points=tuple(measure(choose_events(origin, count)) for count in counts))


def tell_error(point: Measurement) -> float:
    """Give the standard error of an excess: of its permutations, and over events where there are several [bit]."""
    over_events = 0.0 if math.isnan(point.high) else (point.high - point.low) / NORMAL
    return math.hypot(point.null_deviation, over_events)


def choose_events(origin: Origin, count: int) -> Int[np.ndarray, " some"]:
    """Give the rows of the first so many events."""
    return np.flatnonzero(np.isin(origin.event, np.unique(origin.event)[:count]))


def list_counts(origin: Origin) -> list[int]:
    """List 1, 2, 4, ... events, as many as there are.

    >>> rows = np.arange(5)
    >>> list_counts(Origin(event=rows, particle=rows, layer=rows))
    [1, 2, 4, 5]
    """
    events = len(np.unique(origin.event))
    return sorted({min(2**power, events) for power in range(events.bit_length() + 1)})
