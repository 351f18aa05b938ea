"""Link the whole sequence at once, as a path cover of least cost."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.progress import follow
from corpuscle.data.settings import setting
from corpuscle.data.units import AREA
from corpuscle.estimation.assign import assign_sparse
from corpuscle.estimation.gate import LIMIT, check_count
from corpuscle.estimation.gate_kernel import collect_pairs
from corpuscle.linking.base import Promises
from corpuscle.linking.classical.gated import PricedLinker
from corpuscle.linking.classical.sequence import Sequence, gather_links, sort_frames


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCover(PricedLinker):
    """All links of the sequence in one assignment, those that skip frames among them.

    Each detection is once an earlier and once a later end; pairing ends at least total cost covers the detections with
    paths. Costs are those of `lap`: squared distance over `elapsed ** (2 * gate_growth)`, and `start_cost + end_cost`
    for an end and a start left apart. A link that skips frames costs `skip_cost` more, without which two paths that
    take turns would be as cheap as one. The best of all up to `window` detections; beyond, windows of that many, of
    which the first half is kept and the rest solved again.

    Source: the assignment form of network flow tracking, Zhang, Li and Nevatia, CVPR (2008), without flow variables.

    >>> detections = Detections(np.array([0, 1, 3]), np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    >>> PathCover(gate=2.0, gap=1).link(detections).pair
    array([[0, 1], [1, 2]])
    """

    promises: ClassVar[Promises] = Promises(globally_best=True)

    skip_cost: float | None = setting(
        None, "cost of a link that skips frames; default half the gate squared", unit=AREA, least=0.0
    )
    window: int = setting(50_000, "detections solved at once", least=2)

    def link(self, detections: Detections) -> Links:
        """Link the whole sequence, or window by window."""
        sequence = sort_frames(detections)
        gate = self.settle_gate(detections)
        price = self.price(gate)
        following = np.full(len(detections), -1)
        for first, kept, last in follow(self.split_windows(sequence), "linking"):
            pairs = self.solve_window(sequence, (first, last), gate, price, following)
            done = pairs[:, 0] < sequence.start[kept]
            following[pairs[done, 0]] = pairs[done, 1]
        return gather_links(sequence, following)

    def split_windows(self, sequence: Sequence) -> list[tuple[int, int, int]]:
        """Cut the frames into windows: first frame, end of what is kept, end of the window."""
        windows: list[tuple[int, int, int]] = []
        first, frames = 0, len(sequence)
        least = 2 * (self.gap + 2)
        while first < frames:
            full = int(np.searchsorted(sequence.start, sequence.start[first] + self.window, side="right")) - 1
            last = min(max(full, first + least), frames)
            kept = last if last == frames else first + (last - first + 1) // 2
            windows.append((first, kept, last))
            first = kept
        return windows

    def solve_window(
        self,
        sequence: Sequence,
        window: tuple[int, int],
        gate: float,
        price: float,
        following: Int[np.ndarray, " n"],
    ) -> Int[np.ndarray, "m 2"]:
        """Give the best pairs between the frames of a window, leaving what earlier windows took."""
        first, last = window
        low, high = int(sequence.start[first]), int(sequence.start[last])
        enters = np.ones(high - low, dtype=bool)
        taken = following[:low]
        enters[taken[(taken >= low) & (taken < high)] - low] = False
        row, column, cost, count = collect_pairs(
            sequence.position[low:high], sequence.start[first : last + 1] - low, sequence.number[first:last],
            sequence.clock[first:last], np.ones(high - low, dtype=bool), enters, (1, self.gap + 1),
            gate, float(self.gate_growth), LIMIT,
        )  # fmt: skip
        check_count(count, gate)
        number = np.repeat(sequence.number[first:last], np.diff(sequence.start[first : last + 1]))
        skips = number[column] - number[row] > 1
        cost[skips] += gate**2 / 2 if self.skip_cost is None else float(self.skip_cost)
        return assign_sparse(row, column, cost, rows=high - low, columns=high - low, unassigned=price) + low
