"""The settings of the classical linkers, one by one, on scenes small enough to see through."""

import dataclasses

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.scene import true_links
from corpuscle.data.tracks import join_tracks
from corpuscle.estimation.gate import choose_gate
from corpuscle.linking.classical.cover import PathCover
from corpuscle.linking.classical.gated import GatedLinker, PricedLinker
from corpuscle.linking.classical.kalman import KalmanLinker
from corpuscle.linking.classical.lap import FrameAssignment
from corpuscle.linking.classical.nearest import NearestNeighbour
from tests.scenes import blinking, born_and_dying, crossing, merging, splitting, with_false_detection

GATED: list[type[GatedLinker]] = [NearestNeighbour, FrameAssignment, PathCover, KalmanLinker]
PRICED: list[type[PricedLinker]] = [FrameAssignment, PathCover]
every_gated = pytest.mark.parametrize("method", GATED)
every_priced = pytest.mark.parametrize("method", PRICED)


def line_up(*x: float, frame: list[int] | None = None, time: list[float] | None = None) -> Detections:
    """Put one detection in each frame, on the x axis."""
    number = np.arange(len(x)) if frame is None else np.array(frame)
    position = np.stack([np.array(x, dtype=np.float64), np.zeros(len(x))], axis=1)
    return Detections(number, position, time=None if time is None else np.array(time))


def pairs(links: Links) -> set[tuple[int, int]]:
    return {(earlier, later) for earlier, later in links.pair.tolist()}


@every_priced
def test_two_ends_are_left_apart_where_that_is_cheaper(method: type[PricedLinker]) -> None:
    detections = line_up(0.0, 1.5, 2.8)  # squared distances 2.25 and 1.69
    assert pairs(method(gate=10.0, start_cost=1.0, end_cost=1.0).link(detections)) == {(1, 2)}
    assert pairs(method(gate=10.0, start_cost=0.25, end_cost=2.0).link(detections)) == {(0, 1), (1, 2)}
    assert pairs(method(gate=10.0, start_cost=0.0, end_cost=0.0).link(detections)) == set()


@every_priced
def test_a_high_price_does_not_widen_the_gate(method: type[PricedLinker]) -> None:
    assert not len(method(gate=1.0, start_cost=1e6, end_cost=1e6).link(line_up(0.0, 1.5)))


@every_priced
def test_by_default_every_pair_within_the_gate_is_worth_linking(method: type[PricedLinker]) -> None:
    assert len(method(gate=3.0).link(line_up(0.0, 3.0, 0.0))) == 2
    assert not len(method(gate=3.0).link(line_up(0.0, 3.01)))


@every_priced
def test_two_links_are_better_than_one_short_one(method: type[PricedLinker]) -> None:
    detections = Detections(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [4.0, 0.0], [3.0, 0.0], [7.0, 0.0]]))
    assert pairs(method(gate=5.0).link(detections)) == {(0, 2), (1, 3)}
    assert pairs(NearestNeighbour(gate=5.0).link(detections)) == {(1, 2)}


@every_gated
def test_the_gate_grows_over_missed_frames(method: type[GatedLinker]) -> None:
    detections = line_up(0.0, 1.3, frame=[0, 2])
    assert len(method(gate=1.0, gap=1).link(detections)) == (0 if method is PathCover else 1)
    assert not len(method(gate=1.0, gap=1, gate_growth=0.0).link(detections))
    assert not len(method(gate=1.0, gap=1).link(line_up(0.0, 1.5, frame=[0, 2])))


def test_a_skip_of_a_cover_has_its_cost() -> None:
    detections = line_up(0.0, 1.3, frame=[0, 2])
    assert len(PathCover(gate=1.0, gap=1, skip_cost=0.0).link(detections)) == 1
    assert len(PathCover(gate=1.0, gap=1, skip_cost=0.15).link(detections)) == 1  # 1.69 / 2 + 0.15 < 1
    assert len(PathCover(gate=1.0, gap=1, skip_cost=0.16).link(detections)) == 0


def test_paths_of_a_cover_do_not_take_turns() -> None:
    """Two detections a frame, close to each other: skipping from one to the next is never better than following."""
    random = np.random.default_rng(2)
    frame = np.repeat(np.arange(12), 2)
    detections = Detections(frame, random.normal(0, 0.3, (24, 2)))
    links = PathCover(gate=3.0, gap=2).link(detections)
    assert (np.diff(frame[links.pair], axis=1) == 1).all()
    assert len(links) == 22


@every_gated
def test_the_gate_grows_with_the_time_column(method: type[GatedLinker]) -> None:
    steady, late = [0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 2.0, 3.0, 7.0]
    x = (0.0, 0.1, 0.2, 0.3, 2.1)
    assert pairs(method(gate=1.0).link(line_up(*x, time=steady))) == {(0, 1), (1, 2), (2, 3)}
    assert pairs(method(gate=1.0).link(line_up(*x, time=late))) == {(0, 1), (1, 2), (2, 3), (3, 4)}
    assert len(method(gate=1.0, gate_growth=0.0).link(line_up(*x, time=late))) == 3


@every_gated
def test_the_gate_shrinks_where_frames_are_close_in_time(method: type[GatedLinker]) -> None:
    time = [0.0, 4.0, 8.0, 9.0]
    assert len(method(gate=1.0).link(line_up(0.0, 0.9, 0.0, 0.45, time=time))) == 3
    assert len(method(gate=1.0).link(line_up(0.0, 0.9, 0.0, 0.55, time=time))) == 2


@every_gated
def test_the_unit_of_time_is_irrelevant(method: type[GatedLinker]) -> None:
    x, time = (0.0, 0.9, 0.0, 0.45, 0.9), [0.0, 4.0, 8.0, 9.0, 13.0]
    linker = method(gate=1.0, gap=1)
    milliseconds = [1000 * (t + 17.0) for t in time]
    assert pairs(linker.link(line_up(*x, time=time))) == pairs(linker.link(line_up(*x, time=milliseconds)))


@every_gated
def test_a_blinking_spot_is_followed(method: type[GatedLinker]) -> None:
    scene = blinking()
    links = method(gate=4.0, gap=1).link(scene.detections)
    assert pairs(links) == pairs(true_links(scene.truth))
    tracks = join_tracks(links, scene.detections.frame)
    assert sorted(np.unique(tracks.label).tolist()) == [0, 1]
    assert sorted(tracks.gap.tolist()) == [0, 0, 0, 0, 1, 1, 1]


def test_a_false_detection_is_in_no_track() -> None:
    detections = with_false_detection().detections
    tracks = join_tracks(FrameAssignment(gate=4.0, splits=True, merges=True).link(detections), detections.frame)
    assert tracks.label.tolist() == [0, 0, -1, 0, 0]


def test_a_particle_that_is_born_is_not_one_that_ended() -> None:
    detections = born_and_dying().detections
    tracks = join_tracks(FrameAssignment(gate=4.0, gap=2).link(detections), detections.frame)
    assert tracks.label.tolist() == [0, 0, 0, 1, 1, 1]


def test_a_split_gives_a_parent() -> None:
    detections = splitting().detections
    tracks = join_tracks(FrameAssignment(gate=4.0, splits=True).link(detections), detections.frame)
    assert tracks.label.tolist() == [0, 0, 0, 1, 0, 1, 0, 1]
    assert tracks.parent.tolist() == [-1, -1, -1, 0, -1, 0, -1, 0]
    assert (tracks.merged_into == -1).all()


def test_without_splits_there_is_no_parent() -> None:
    detections = splitting().detections
    tracks = join_tracks(FrameAssignment(gate=4.0).link(detections), detections.frame)
    assert tracks.label.tolist() == [0, 0, 0, 1, 0, 1, 0, 1]
    assert (tracks.parent == -1).all()


def test_a_merge_gives_what_it_ran_into() -> None:
    detections = merging().detections
    tracks = join_tracks(FrameAssignment(gate=4.0, merges=True).link(detections), detections.frame)
    assert tracks.label.tolist() == [0, 1, 0, 1, 0, 1, 0, 0]
    assert tracks.merged_into.tolist() == [-1, 0, -1, 0, -1, 0, -1, -1]
    assert (tracks.parent == -1).all()


def test_a_gap_is_closed_before_a_track_is_split() -> None:
    """A spot lost for a frame comes back where it was; that a neighbour passes by makes it no child."""
    frame = np.array([0, 1, 3, 4, 0, 1, 2, 3, 4])
    x = np.array([0.0, 0.0, 0.0, 0.0, 3.0, 3.0, 3.0, 3.0, 3.0])
    detections = Detections(frame, np.stack([x, np.zeros(9)], axis=1))
    tracks = join_tracks(FrameAssignment(gate=4.0, gap=1, splits=True).link(detections), frame)
    assert tracks.label.tolist() == [0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert (tracks.parent == -1).all()


def test_a_velocity_is_followed_where_an_assignment_swaps() -> None:
    scene = crossing()
    true = pairs(true_links(scene.truth))
    assert pairs(KalmanLinker(motion="velocity", gate=4.0, step=0.2, drift=3.0).link(scene.detections)) == true
    assert pairs(KalmanLinker(motion="drift", gate=4.0, step=0.2, drift=3.0).link(scene.detections)) == true
    swapped = pairs(FrameAssignment(gate=4.0).link(scene.detections)) - true
    assert len(swapped) == 2


def test_a_filter_uses_the_precision_of_each_detection() -> None:
    detections = line_up(0.0, 5.0)
    vague, sharp = (dataclasses.replace(detections, deviation=np.full((2, 2), sd)) for sd in (2.0, 0.01))
    linker = KalmanLinker(step=1.0)
    assert len(linker.link(vague)) == 1  # 5 / sqrt(1 + 4 + 4) deviations
    assert len(linker.link(sharp)) == 0  # 5 deviations
    assert len(KalmanLinker(step=1.0, measurement_noise=2.0).link(detections)) == 1


def test_a_filter_trusts_the_precise_detection() -> None:
    """A track is drawn to a sharp detection and stays where it was at a vague one."""
    detections = line_up(0.0, 3.0, 0.0, 3.0, frame=[0, 1, 2, 2])
    for middle, last in ((10.0, 2), (0.1, 3)):
        deviation = np.full((4, 2), 0.1)
        deviation[1] = middle
        links = KalmanLinker(step=1.0).link(dataclasses.replace(detections, deviation=deviation))
        assert pairs(links) == {(0, 1), (1, last)}


@every_gated
def test_the_gate_is_chosen_from_the_steps(method: type[GatedLinker]) -> None:
    detections = line_up(0.0, 1.0, 2.0, 3.0)
    settled = method().settle(detections)
    assert settled.gate == choose_gate(detections) == 3.0
    assert method(gate=2.0).settle(detections).gate == 2.0
    assert len(method().link(detections)) == 3


def test_a_filter_whose_step_is_known_needs_no_gate() -> None:
    linker = KalmanLinker(step=1.0)
    assert linker.settle(line_up(0.0, 1.0)).gate is None
    assert len(linker.link(line_up(0.0, 3.4))) == 1
    assert len(linker.link(line_up(0.0, 3.6))) == 0


def test_windows_of_a_cover_meet() -> None:
    random = np.random.default_rng(4)
    frame = np.repeat(np.arange(40), 10)
    home = np.tile(np.arange(10) * 50.0, 40)
    seen = random.random(400) < 0.85
    position = np.stack([home, np.zeros(400)], axis=1) + random.normal(0, 0.5, (400, 2))
    detections = Detections(frame[seen], position[seen])
    whole = pairs(PathCover(gate=6.0, gap=2).link(detections))
    for window in (2, 30, 100, 399):
        assert pairs(PathCover(gate=6.0, gap=2, window=window).link(detections)) == whole


def test_windows_of_a_cover_give_whole_tracks_in_a_crowd() -> None:
    random = np.random.default_rng(5)
    detections = Detections(random.integers(0, 30, 400), random.uniform(0, 20, (400, 2)))
    for window in (2, 60, 250):
        links = PathCover(gate=4.0, gap=1, window=window).link(detections)
        assert len(set(links.pair[:, 0].tolist())) == len(set(links.pair[:, 1].tolist())) == len(links)
        assert len(join_tracks(links, detections.frame)) == 400
