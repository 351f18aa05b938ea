"""One run of a linker: what it says of itself comes with what it found."""

from dataclasses import dataclass

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.linking.base import Linker
from corpuscle.linking.classical.nearest import NearestNeighbour
from corpuscle.linking.result import run_linker


@dataclass(frozen=True, slots=True, kw_only=True)
class Talkative(NearestNeighbour):
    """A linker that says what it took from the detections."""

    def learn(self, detections: Detections) -> tuple[Linker, tuple[str, ...]]:
        settled = self.settle(detections)
        return settled, (f"gate {settled.gate:g} for {len(detections)} detections",)


DETECTIONS = Detections(np.array([0, 1, 2]), np.zeros((3, 2)) + np.arange(3)[:, None])


def test_a_linker_says_nothing_unless_it_has_something_to_say() -> None:
    assert run_linker("nearest", NearestNeighbour(gate=2.0), DETECTIONS).notes == ()


def test_what_a_settled_linker_says_comes_with_its_links() -> None:
    linked = run_linker("talkative", Talkative(), DETECTIONS)
    settled = linked.linker
    assert isinstance(settled, Talkative)
    assert settled.gate is not None
    assert linked.notes == (f"gate {settled.gate:g} for 3 detections",)
