"""Link frame to frame by assignment, then join the pieces by a second one."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.progress import follow
from corpuscle.data.settings import setting
from corpuscle.estimation.assign import assign_sparse
from corpuscle.estimation.gate import LIMIT, check_count
from corpuscle.estimation.gate_kernel import collect_pairs
from corpuscle.linking.classical.frames_kernel import pair_frames
from corpuscle.linking.classical.gated import PricedLinker
from corpuscle.linking.classical.sequence import Sequence, gather_links, sort_frames, split_chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameAssignment(PricedLinker):
    """Linear assignment in two steps: frame to frame, then gaps, splits and merges between the pieces.

    The cost of a link is its squared distance, divided by `elapsed ** (2 * gate_growth)` after missed frames. Not
    linking an end and a start costs `start_cost + end_cost`, by default the square of the gate, so that every pair
    within the gate is worth linking. Single detections take part in the second step, so that what blinks is
    followed. Splits and merges join neighbouring frames and need a piece of two detections or more: a single detection
    beside a track is more likely false than its child.

    Source: Jaqaman et al., Nature Methods 5 (2008) 695.

    >>> detections = Detections(np.array([0, 1, 3]), np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    >>> FrameAssignment(gate=2.0, gap=1).link(detections).pair
    array([[0, 1], [1, 2]])
    """

    splits: bool = setting(False, "let a track begin at a detection that another continues from")
    merges: bool = setting(False, "let a track end in a detection that another continues to")

    def link(self, detections: Detections) -> Links:
        """Link detections from frame to frame, then across gaps."""
        sequence = sort_frames(detections)
        gate = self.settle_gate(detections)
        following = self.link_frames(sequence, gate)
        if not (self.gap or self.splits or self.merges):
            return gather_links(sequence, following)
        joined = self.join_pieces(sequence, gate, following)
        continues = following[joined[:, 0]] == -1
        continues &= ~np.isin(joined[:, 1], following)
        following[joined[continues, 0]] = joined[continues, 1]
        main = gather_links(sequence, following).pair
        return Links(np.concatenate([main, sequence.rows[joined[~continues]]]))

    def link_frames(self, sequence: Sequence, gate: float) -> Int[np.ndarray, " n"]:
        """First step: give the detection of the next frame that follows each, -1 for none."""
        following = np.full(len(sequence.rows), -1)
        for run in follow(split_chunks(sequence), "linking"):
            most = pair_frames(
                sequence.position, sequence.start, sequence.number, sequence.clock, run,
                gate, float(self.gate_growth), self.price(gate), False, LIMIT, following,
            )  # fmt: skip
            check_count(most, gate)
        return following

    def join_pieces(self, sequence: Sequence, gate: float, following: Int[np.ndarray, " n"]) -> Int[np.ndarray, "m 2"]:
        """Second step: give the pairs that join pieces, closing gaps, splitting and merging at least total cost."""
        count = len(following)
        ends = following == -1
        starts = np.ones(count, dtype=bool)
        starts[following[~ends]] = False
        kinds = [(ends, starts, (2, self.gap + 1))] if self.gap else []
        kinds += [(~ends, starts & ~ends, (1, 1))] if self.splits else []
        kinds += [(ends & ~starts, ~starts, (1, 1))] if self.merges else []
        found = [self.collect(sequence, gate, leaves, enters, span) for leaves, enters, span in kinds]
        row, column, cost = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return assign_sparse(row, column, cost, rows=count, columns=count, unassigned=self.price(gate))

    def collect(
        self,
        sequence: Sequence,
        gate: float,
        leaves: Bool[np.ndarray, " n"],
        enters: Bool[np.ndarray, " n"],
        span: tuple[int, int],
    ) -> tuple[Int[np.ndarray, " e"], Int[np.ndarray, " e"], Float[np.ndarray, " e"]]:
        """Give the pairs that may be joined, and their costs."""
        row, column, cost, count = collect_pairs(
            sequence.position, sequence.start, sequence.number, sequence.clock, leaves, enters, span,
            gate, float(self.gate_growth), LIMIT,
        )  # fmt: skip
        check_count(count, gate)
        return row, column, cost
