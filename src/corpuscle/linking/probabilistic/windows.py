"""A long sequence weighed window by window, and the links that each window decides."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.links import Links
from corpuscle.estimation.decide import decide_links
from corpuscle.estimation.marginal import Marginals
from corpuscle.estimation.posterior.scenery import Scenery
from corpuscle.linking.classical.sequence import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Frames that are looked at together, and those among them whose links are decided.

    Args:
        first: the first frame that is looked at, counted among those with detections.
        last: one past the last.
        begins: the first frame whose links to later ones are decided.
        ends: one past the last.
    """

    first: int
    last: int
    begins: int
    ends: int


def split_windows(start: Int[np.ndarray, " f_and_1"], most: int, margin: int) -> Iterator[Window]:
    """Cut a sequence into windows of about as many detections as allowed, each with a margin of frames on either side.

    Args:
        start: first detection of each frame, and one past the last.
        most: detections in a window, margins included; a window decides one frame at least.
        margin: frames on either side that are looked at and not decided.

    >>> [(window.begins, window.ends) for window in split_windows(np.arange(0, 101, 10), 60, 1)]
    [(0, 5), (5, 10)]
    """
    frames, begins = len(start) - 1, 0
    while begins < frames:
        first = max(0, begins - margin)
        full = int(np.searchsorted(start, start[first] + most, side="right")) - 1
        last = min(max(full, begins + margin + 1), frames)
        ends = frames if last == frames else last - margin
        yield Window(first=first, last=last, begins=begins, ends=ends)
        begins = ends


def cut(scenery: Scenery, window: Window) -> Scenery:
    """Cut out what a window looks at."""
    low, high = int(scenery.start[window.first]), int(scenery.start[window.last])
    return replace(
        scenery,
        position=np.ascontiguousarray(scenery.position[low:high]),
        start=scenery.start[window.first : window.last + 1] - low,
        number=scenery.number[window.first : window.last],
        variance=None if scenery.variance is None else np.ascontiguousarray(scenery.variance[low:high]),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Decided:
    """What has been decided so far: for each detection the next one of its track, and how likely that is."""

    following: Int[np.ndarray, " n"]
    probability: Float[np.ndarray, " n"]
    runner_up: Int[np.ndarray, " n"]
    runner_up_probability: Float[np.ndarray, " n"]
    taken: Bool[np.ndarray, " n"]

    @classmethod
    def begin(cls, count: int) -> "Decided":
        """Begin with nothing decided."""
        nothing = np.full(count, -1)
        unknown = np.full(count, np.nan, dtype=np.float32)
        return cls(nothing, unknown, nothing.copy(), unknown.copy(), np.zeros(count, dtype=bool))

    def take(
        self, marginals: Marginals, start: Int[np.ndarray, " f_and_1"], window: Window, minimum: float | None
    ) -> None:
        """Decide the links of a window that begin in its frames, among the detections that are not taken yet."""
        low = int(start[window.first])
        found = marginals.candidates
        row, column = found.row + low, found.column + low
        ours = (row >= start[window.begins]) & (row < start[window.ends]) & ~self.taken[column]
        index = np.flatnonzero(ours)
        rows = int(start[window.last]) - low
        probability = np.minimum(marginals.probability[index], 1.0)
        chosen, _ = decide_links(
            found.row[index], found.column[index], probability, rows=rows, columns=rows, minimum=minimum
        )
        made = index[chosen]
        self.following[row[made]] = column[made]
        self.probability[row[made]] = np.minimum(marginals.probability[made], 1.0)
        self.taken[column[made]] = True
        second, likely = find_runners_up(found.column, marginals.probability, made, rows)
        named = second >= 0
        self.runner_up[row[made[named]]] = row[second[named]]
        self.runner_up_probability[row[made[named]]] = likely[named]

    def gather(self, sequence: Sequence) -> Links:
        """Give the links, in the user's rows."""
        earlier = np.flatnonzero(self.following >= 0)
        other = self.runner_up[earlier]
        return Links(
            np.stack([sequence.rows[earlier], sequence.rows[self.following[earlier]]], axis=1),
            self.probability[earlier].astype(np.float64),
            np.where(other >= 0, sequence.rows[other], -1),
            self.runner_up_probability[earlier].astype(np.float64),
        )


def find_runners_up(
    column: Int[np.ndarray, " e"], probability: Float[np.ndarray, " e"], made: Int[np.ndarray, " k"], rows: int
) -> tuple[Int[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Find for each link that is made the likeliest other candidate into its later row, -1 where there is none.

    >>> find_runners_up(np.array([2, 2, 3]), np.array([0.7, 0.2, 0.9]), np.array([0, 2]), 4)[0]
    array([ 1, -1])
    """
    others = np.ones(len(column), dtype=bool)
    others[made] = False
    rest = np.flatnonzero(others & (probability >= LEAST))
    rest = rest[np.argsort(probability[rest], kind="stable")]
    best = np.full(rows, -1)
    best[column[rest]] = rest
    second: Int[np.ndarray, " k"] = best[column[made]]
    return second, np.where(second >= 0, np.minimum(probability[second], 1.0), np.nan)


LEAST = 1e-4
"""A candidate that is less likely than this is no runner-up."""
