"""A linker is asked only for what it is made for, and says what it did."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links, no_links
from corpuscle.estimation.gate import TooManyCandidates
from corpuscle.linking.base import Domain, Linker, check_domain
from corpuscle.linking.classical.cover import PathCover
from corpuscle.linking.classical.kalman import KalmanLinker
from corpuscle.linking.classical.lap import FrameAssignment
from corpuscle.linking.classical.nearest import NearestNeighbour
from corpuscle.linking.result import run_linker


def count(*particles: int, dimensions: int = 2) -> Detections:
    """Give detections with so many in each frame."""
    frame = np.repeat(np.arange(len(particles)), particles)
    return Detections(frame, np.zeros((len(frame), dimensions)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Linker):
    """Two particles in a plane, never missed."""

    domain: ClassVar[Domain] = Domain(particles=(2, 2), dimensions=(2,), misses=False)

    def link(self, detections: Detections) -> Links:
        """Find nothing."""
        return no_links()


def test_detections_outside_the_domain_are_refused() -> None:
    said = (
        r"linker 'pair' cannot link these detections: it is made for 2-D, and these are 3-D; `corpuscle methods link`"
    )
    with pytest.raises(ValueError, match=said):
        check_domain(Pair(), "pair", count(2, 2, dimensions=3))
    with pytest.raises(ValueError, match="it is made for 2 detections a frame, and here are 1 to 3"):
        run_linker("pair", Pair(), count(2, 3, 1))
    assert run_linker("pair", Pair(), count(2, 2)).links.pair.shape == (0, 2)
    assert run_linker("pair", Pair(), count()).tracks.label.shape == (0,)


def test_a_domain_says_what_is_outside() -> None:
    assert Domain(particles=(2, 5)).refuse(count(7)) == "it is made for 2 to 5 detections a frame, and here are 7"
    several = Domain(misses=False).refuse(count(2, 3))
    assert several == "it is made for the same particles in every frame, and here are 2 to 3"
    assert not Domain().refuse(count(0, 5, 1))


def test_a_run_keeps_the_settings_that_were_chosen() -> None:
    detections = Detections(np.arange(3), np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]))
    linked = run_linker("lap", FrameAssignment(), detections)
    assert repr(linked.linker).startswith("FrameAssignment(gate=3.0, gap=0")
    assert linked.tracks.label.tolist() == [0, 0, 0]


@contextmanager
def limited(monkeypatch: pytest.MonkeyPatch, limit: int) -> Iterator[None]:
    """Let memory hold only so many pairs."""
    with monkeypatch.context() as patch:
        for module in (
            "estimation.gate",
            "linking.classical.lap",
            "linking.classical.cover",
            "linking.classical.nearest",
        ):
            patch.setattr(f"corpuscle.{module}.LIMIT", limit)
        yield


@pytest.mark.parametrize("gap", [0, 1])
@pytest.mark.parametrize("method", [NearestNeighbour, FrameAssignment, PathCover, KalmanLinker])
def test_too_many_pairs_are_refused(
    monkeypatch: pytest.MonkeyPatch,
    method: type[NearestNeighbour | FrameAssignment | PathCover | KalmanLinker],
    gap: int,
) -> None:
    said = r"a gate of [\d.]+ makes more than 1,000 candidate pairs; lower the setting `gate`"
    detections = Detections(np.repeat([0, 1, 2], 50), np.random.default_rng(0).uniform(0, 1, (150, 2)))
    with limited(monkeypatch, 1_000), pytest.raises(TooManyCandidates, match=said):
        method(gate=5.0, gap=gap).link(detections)
    assert len(method(gate=5.0, gap=gap).link(detections)) == 100
