"""Link each track with the closest detection, closest pair first."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.progress import follow
from corpuscle.estimation.gate import LIMIT, check_count
from corpuscle.linking.classical.frames_kernel import nearest_frames, pair_frames
from corpuscle.linking.classical.gated import GatedLinker
from corpuscle.linking.classical.sequence import Sequence, gather_links, sort_frames, split_chunks


@dataclass(frozen=True, slots=True, kw_only=True)
class NearestNeighbour(GatedLinker):
    """Greedy nearest neighbour: the closest pair of all is linked first, then the closest of the rest.

    After missed frames distances are divided by `elapsed ** gate_growth`, as the gate grows by it.

    Source: Crocker and Grier, J. Colloid Interface Sci. 179 (1996) 298, without their subnetworks.

    >>> detections = Detections(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [9.0, 0.0], [8.0, 0.0], [1.0, 0.0]]))
    >>> NearestNeighbour(gate=2.0).link(detections).pair
    array([[0, 3], [1, 2]])
    """

    def link(self, detections: Detections) -> Links:
        """Link detections, closest pair first."""
        sequence = sort_frames(detections)
        gate = self.settle_gate(detections)
        following = np.full(len(detections), -1)
        if self.gap:
            self.link_across(sequence, gate, following)
        else:
            self.link_frames(sequence, gate, following)
        return gather_links(sequence, following)

    def link_frames(self, sequence: Sequence, gate: float, following: Int[np.ndarray, " n"]) -> None:
        """Link each frame with the next one."""
        for run in follow(split_chunks(sequence), "linking"):
            most = pair_frames(
                sequence.position, sequence.start, sequence.number, sequence.clock, run,
                gate, float(self.gate_growth), 0.0, True, LIMIT, following,
            )  # fmt: skip
            check_count(most, gate)

    def link_across(self, sequence: Sequence, gate: float, following: Int[np.ndarray, " n"]) -> None:
        """Link each frame with all tracks that are still open."""
        tips, tip_frame = np.empty(len(following), np.int64), np.empty(len(following), np.int64)
        count = 0
        for run in follow(split_chunks(sequence), "linking"):
            count, most = nearest_frames(
                sequence.position, sequence.start, sequence.number, sequence.clock, run,
                gate, float(self.gate_growth), self.gap, LIMIT, following, tips, tip_frame, count,
            )  # fmt: skip
            check_count(most, gate)
