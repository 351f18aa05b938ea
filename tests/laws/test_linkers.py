"""What every linker promises, run over the registry: a new one is tested the moment it is registered."""

import dataclasses
import itertools
import math
import re
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import assume, given

from corpuscle.data.detections import Detections, measure_clock
from corpuscle.data.links import Links
from corpuscle.data.scene import Scene, Truth, true_links
from corpuscle.data.settings import build_method, describe_line, describe_source, list_settings
from corpuscle.data.tracks import join_tracks
from corpuscle.data.units import AREA, LENGTH, SPEED
from corpuscle.linking.base import Linker
from corpuscle.linking.linkers import LINKERS
from tests.scenes import SCENES, blinking, dark_frame

NAMES = list(LINKERS)
GATE = 3.0
TOLD: dict[str, Any] = {
    "step": 1.0,
    "drift": 0.0,
    "persistence": 1.0,
    "measurement_noise": 0.1,
    "misses": 0.05,
    "false_detections": 0.1,
    "births": 0.1,
    "deaths": 0.01,
}
GIVEN: dict[str, dict[str, Any]] = dict.fromkeys(("marginal", "hybrid-transformer", "attention-bayesian"), TOLD)
"""What a linker learns from many detections and must be told where there are few."""
QUICK: dict[str, dict[str, Any]] = {name: {"sweeps": 64, "unconverged": True} for name in ("sampler", "exact")}
"""The laws hold of a chain however short it is."""
SISTERS = ("untrained", "attention-bayesian")
"""Linkers that are another with other weights, or another net: `transformer` and `hybrid-transformer` are quick."""

every_linker = pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in SISTERS else name for name in NAMES]
)
every_dimension = pytest.mark.parametrize("dimensions", [2, 3])
gaps = st.integers(0, 2)
seeds = st.integers(0, 2**32 - 1)


def method_of(name: str) -> type[Linker]:
    """Give the class of a linker."""
    method = LINKERS[name]
    assert issubclass(method, Linker)
    return method


def build(name: str, **wanted: Any) -> Linker:
    """Build a linker with those of the wanted settings that it has."""
    method = method_of(name)
    known = {setting.name for setting in list_settings(method)}
    wanted = QUICK.get(name, {}) | GIVEN.get(name, {}) | wanted
    return build_method(method, {key: value for key, value in wanted.items() if key in known})


def needs(name: str, *settings: str) -> None:
    """Skip a law about settings that a linker does not have."""
    missing = set(settings) - {setting.name for setting in list_settings(LINKERS[name])}
    if missing:
        pytest.skip(f"{name} has no setting {', '.join(sorted(missing))}")


def within(name: str, detections: Detections) -> Detections:
    """Skip detections outside a linker's domain."""
    reason = method_of(name).domain.refuse(detections)
    if reason:
        pytest.skip(f"outside the domain of {name}: {reason}")
    return detections


def pairs(links: Links) -> set[tuple[int, int]]:
    return {(earlier, later) for earlier, later in links.pair.tolist()}


def count_particles(name: str, wanted: int) -> int:
    """Bring a number of particles into a linker's domain."""
    fewest, most = method_of(name).domain.particles
    return int(min(max(wanted, fewest), most))


@st.composite
def crowds(draw: st.DrawFn, name: str) -> Detections:
    """Draw detections of particles that are as close to one another as they move, inside a linker's domain.

    Some have a precision, some a time; some frames are empty.
    """
    domain = method_of(name).domain
    random = np.random.default_rng(draw(seeds))
    space = draw(st.sampled_from(domain.dimensions))
    most = count_particles(name, draw(st.integers(0, 6)))
    least = count_particles(name, 0) if domain.misses else most
    numbers = np.flatnonzero(random.random(8) < 0.8)
    frame = np.repeat(numbers, random.integers(least, most + 1, len(numbers)))
    random.shuffle(frame)
    position = random.uniform(0, 8, (len(frame), space))
    deviation = np.repeat(random.uniform(0, 0.5, (len(frame), 1)), space, axis=1) if draw(st.booleans()) else None
    time = random.uniform(0.5, 2.0, 8).cumsum()[frame] if draw(st.booleans()) else None
    detections = Detections(frame, position, deviation, time)
    assume(not domain.refuse(detections))
    return detections


def place_apart(particles: int, dimensions: int, frames: int = 6) -> Scene:
    """Put particles on a wide grid and let them tremble."""
    random = np.random.default_rng(5)
    track, frame = (part.ravel() for part in np.meshgrid(np.arange(particles), np.arange(frames)))
    home = 100.0 * np.stack(np.unravel_index(np.arange(particles), (particles,) * dimensions), axis=1)
    home[:, 0] += 100.0 * np.arange(particles)
    position = home[track] + random.normal(0, 0.5, (len(track), dimensions))
    order = random.permutation(len(track))
    detection = np.empty(len(track), dtype=np.int64)
    detection[order] = np.arange(len(track))
    detections = Detections(frame[order], position[order])
    return Scene(detections, Truth(track, frame, position, detection))


@every_linker
def test_it_says_what_it_is(name: str) -> None:
    assert describe_line(LINKERS[name]).endswith(".")
    assert describe_source(LINKERS[name])
    assert all(setting.meaning for setting in list_settings(LINKERS[name]))


@every_linker
@given(data=st.data(), gap=gaps)
def test_the_order_of_the_rows_is_irrelevant(name: str, data: st.DataObject, gap: int) -> None:
    detections = data.draw(crowds(name))
    order = np.random.default_rng(data.draw(seeds)).permutation(len(detections))
    shuffled = Detections(
        detections.frame[order],
        detections.position[order],
        None if detections.deviation is None else detections.deviation[order],
        None if detections.time is None else detections.time[order],
    )
    linker = build(name, gate=GATE, gap=gap)
    found, again = linker.link(detections), linker.link(shuffled)
    assert {(int(order[a]), int(order[b])) for a, b in pairs(again)} == pairs(found)
    if found.probability is not None and again.probability is not None:
        known = dict(zip(map(tuple, found.pair.tolist()), found.probability.tolist(), strict=True))
        wanted = [known[tuple(pair)] for pair in order[again.pair].tolist()]
        np.testing.assert_allclose(again.probability, wanted, atol=1e-9)


def turn(space: int, random: np.random.Generator) -> np.ndarray:
    """Draw a rotation."""
    rotation = np.linalg.qr(random.normal(size=(space, space)))[0]
    rotation[:, 0] *= np.sign(np.linalg.det(rotation))
    return rotation


@every_linker
@given(data=st.data(), gap=gaps)
def test_a_rigid_motion_is_irrelevant(name: str, data: st.DataObject, gap: int) -> None:
    if not method_of(name).promises.equivariant:
        pytest.skip(f"{name} does not promise it")
    detections = data.draw(crowds(name))
    random = np.random.default_rng(data.draw(seeds))
    space = detections.position.shape[1]
    moved = detections.position @ turn(space, random).T + random.uniform(-100, 100, space)
    linker = build(name, gate=GATE, gap=gap)
    assert pairs(linker.link(dataclasses.replace(detections, position=moved))) == pairs(linker.link(detections))


@every_linker
@given(data=st.data(), gap=gaps)
def test_the_unit_of_length_is_irrelevant(name: str, data: st.DataObject, gap: int) -> None:
    detections = data.draw(crowds(name))
    deviation = None if detections.deviation is None else detections.deviation * 1000
    larger = dataclasses.replace(detections, position=detections.position * 1000, deviation=deviation)
    factors = {LENGTH: 1000, SPEED: 1000, AREA: 1000**2}
    units = {setting.name: setting.unit for setting in list_settings(LINKERS[name])}
    wanted = {"gate": GATE, "gap": gap, "step": 0.8, "drift": 0.5, "measurement_noise": 0.3, "start_cost": 4.0}
    scaled = {key: value * factors.get(units.get(key, ""), 1) for key, value in wanted.items()}
    assert pairs(build(name, **scaled).link(larger)) == pairs(build(name, **wanted).link(detections))


@every_linker
@given(data=st.data())
def test_a_gate_that_was_not_given_grows_with_the_positions(name: str, data: st.DataObject) -> None:
    needs(name, "gate")
    if name in GIVEN:
        pytest.skip(f"{name} is told how far particles move")
    detections = data.draw(crowds(name))
    larger = dataclasses.replace(detections, position=detections.position * 1024, deviation=None)
    linker = build(name)
    assert pairs(linker.link(larger)) == pairs(linker.link(dataclasses.replace(detections, deviation=None)))


@every_linker
@given(data=st.data(), gap=gaps)
def test_huge_coordinates_still_work(name: str, data: st.DataObject, gap: int) -> None:
    detections = data.draw(crowds(name))
    # on a grid of 1 / 1024, so that the sum is exact
    position = np.round(detections.position * 1024) / 1024
    near, far = (dataclasses.replace(detections, position=position + offset) for offset in (0.0, 1e7))
    linker = build(name, gate=GATE, gap=gap)
    assert pairs(linker.link(far)) == pairs(linker.link(near))


@every_linker
@given(data=st.data(), gap=gaps)
def test_frame_numbers_may_begin_anywhere(name: str, data: st.DataObject, gap: int) -> None:
    detections = data.draw(crowds(name))
    later = dataclasses.replace(detections, frame=detections.frame + 100_000)
    linker = build(name, gate=GATE, gap=gap)
    assert pairs(linker.link(later)) == pairs(linker.link(detections))


@every_linker
@every_dimension
def test_particles_far_apart_are_all_found(name: str, dimensions: int) -> None:
    scene = place_apart(count_particles(name, 5), dimensions)
    detections = within(name, scene.detections)
    assert pairs(build(name, gate=10.0).link(detections)) == pairs(true_links(scene.truth))


@every_linker
@every_dimension
def test_particles_far_apart_are_found_without_a_gate(name: str, dimensions: int) -> None:
    scene = place_apart(count_particles(name, 5), dimensions)
    detections = within(name, scene.detections)
    linker = build(name).settle(detections)
    assert pairs(linker.link(detections)) == pairs(true_links(scene.truth))


@every_linker
@every_dimension
@pytest.mark.parametrize("frame", [[], [0], [7], [3, 3, 3, 3, 3]], ids=["empty", "one", "one late", "one frame"])
def test_nothing_to_link(name: str, dimensions: int, frame: list[int]) -> None:
    position = np.arange(len(frame) * dimensions, dtype=np.float64).reshape(-1, dimensions)
    detections = within(name, Detections(np.array(frame, dtype=np.int64), position))
    for linker in (build(name), build(name, gate=5.0, gap=2), build(name, gate=0.0)):
        links = linker.settle(detections).link(detections)
        assert links.pair.shape == (0, 2)
        assert join_tracks(links, detections.frame).label.tolist() == [-1] * len(frame)


@every_linker
@given(data=st.data(), gap=gaps)
def test_the_same_twice(name: str, data: st.DataObject, gap: int) -> None:
    if not method_of(name).promises.deterministic:
        pytest.skip(f"{name} does not promise it")
    detections = data.draw(crowds(name))
    linker = build(name, gate=GATE, gap=gap)
    first, second = linker.link(detections), linker.link(detections)
    np.testing.assert_array_equal(first.pair, second.pair)
    np.testing.assert_array_equal(first.probability, second.probability)


@every_linker
@given(data=st.data(), gap=gaps)
def test_nothing_is_kept_and_nothing_is_changed(name: str, data: st.DataObject, gap: int) -> None:
    detections, other = data.draw(crowds(name)), data.draw(crowds(name))
    before = [np.copy(column) for column in list_columns(detections)]
    linker = build(name, gate=GATE, gap=gap)
    first = linker.link(detections)
    linker.link(other)
    assert pairs(linker.link(detections)) == pairs(first)
    assert pairs(build(name, gate=GATE, gap=gap).link(detections)) == pairs(first)
    for column, was in zip(list_columns(detections), before, strict=True):
        np.testing.assert_array_equal(column, was)


def list_columns(detections: Detections) -> list[np.ndarray]:
    columns = (getattr(detections, field.name) for field in dataclasses.fields(detections))
    return [column for column in columns if column is not None]


@every_linker
def test_it_is_frozen(name: str) -> None:
    linker = build(name)
    for setting in list_settings(type(linker)):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(linker, setting.name, 1)
    assert linker == build(name)
    assert repr(linker).startswith(type(linker).__name__)


@every_linker
@given(data=st.data(), gap=gaps)
def test_links_join_each_row_at_most_once_and_go_forward(name: str, data: st.DataObject, gap: int) -> None:
    detections = data.draw(crowds(name))
    links = build(name, gate=GATE, gap=gap).link(detections)
    earlier, later = links.pair[:, 0], links.pair[:, 1]
    assert len(np.unique(earlier)) == len(earlier)
    assert len(np.unique(later)) == len(later)
    elapsed = detections.frame[later] - detections.frame[earlier]
    assert (elapsed >= 1).all()
    if "gap" in {setting.name for setting in list_settings(LINKERS[name])}:  # others link across empty frames
        assert (elapsed <= gap + 1).all()


@every_linker
@given(data=st.data(), gap=gaps, splits=st.booleans(), merges=st.booleans())
def test_splits_and_merges_join_one_row_more(
    name: str, data: st.DataObject, gap: int, splits: bool, merges: bool
) -> None:
    needs(name, "splits", "merges")
    detections = data.draw(crowds(name))
    links = build(name, gate=GATE, gap=gap, splits=splits, merges=merges).link(detections)
    earlier, later = links.pair[:, 0], links.pair[:, 1]
    assert len(pairs(links)) == len(links)
    assert np.unique(earlier, return_counts=True)[1].max(initial=1) <= 1 + splits
    assert np.unique(later, return_counts=True)[1].max(initial=1) <= 1 + merges
    assert (detections.frame[later] > detections.frame[earlier]).all()
    tracks = join_tracks(links, detections.frame)
    assert splits or (tracks.parent == -1).all()
    assert merges or (tracks.merged_into == -1).all()


@every_linker
@given(data=st.data(), gap=gaps, growth=st.floats(0, 1))
def test_no_link_is_longer_than_the_gate(name: str, data: st.DataObject, gap: int, growth: float) -> None:
    needs(name, "gate", "gate_growth")
    # without measurement noise a filter predicts a random walk where it was last seen
    detections = dataclasses.replace(data.draw(crowds(name)), deviation=None)
    links = build(name, gate=GATE, gap=gap, gate_growth=growth).link(detections)
    earlier, later = links.pair[:, 0], links.pair[:, 1]
    clock = measure_clock(detections)
    distance = np.linalg.norm(detections.position[later] - detections.position[earlier], axis=1)
    assert (distance <= GATE * (clock[later] - clock[earlier]) ** growth * (1 + 1e-9)).all()


@every_linker
@given(data=st.data())
def test_a_gate_of_zero_links_only_what_stands_still(name: str, data: st.DataObject) -> None:
    needs(name, "gate")
    detections = dataclasses.replace(data.draw(crowds(name)), deviation=None)
    assert len(build(name, gate=0.0).link(detections)) == 0


@every_linker
@given(data=st.data(), gap=gaps)
def test_probabilities_are_probabilities(name: str, data: st.DataObject, gap: int) -> None:
    detections = data.draw(crowds(name))
    links = build(name, gate=GATE, gap=gap).link(detections)
    if not method_of(name).promises.probabilities:
        assert links.probability is None
        return
    assert links.probability is not None
    assert ((links.probability >= 0) & (links.probability <= 1)).all()
    for side in links.pair.T:
        assert np.bincount(side, links.probability, minlength=1).max() <= 1 + 1e-9
    if links.runner_up is not None:
        assert links.runner_up_probability is not None
        has = links.runner_up >= 0
        other = links.runner_up_probability
        assert (links.probability[has] + other[has] <= 1 + 1e-9).all()
        assert (np.isnan(other[~has]) | (other[~has] == 0)).all()
    join_tracks(links, detections.frame)


@every_linker
@pytest.mark.parametrize("scene", [blinking, dark_frame], ids=["blinking", "dark frame"])
def test_a_gap_counts_missed_frames(name: str, scene: Any) -> None:
    needs(name, "gap", "gate")
    drawn = scene()
    detections = within(name, drawn.detections)
    true = true_links(drawn.truth)
    missed = detections.frame[true.pair[:, 1]] - detections.frame[true.pair[:, 0]] - 1
    assert missed.max() == 1
    assert pairs(build(name, gate=4.0, gap=1).link(detections)) == pairs(true)
    assert pairs(build(name, gate=4.0, gap=0).link(detections)) == pairs(Links(true.pair[missed == 0]))


@every_linker
def test_frames_without_detections_are_missed_frames(name: str) -> None:
    needs(name, "gap", "gate")
    detections = within(name, Detections(np.array([0, 5, 6, 9, 100]), np.zeros((5, 2))))
    for gap, found in ((0, {(1, 2)}), (1, {(1, 2)}), (2, {(1, 2), (2, 3)}), (4, {(0, 1), (1, 2), (2, 3)})):
        made = pairs(build(name, gate=1.0, gap=gap).link(detections))
        assert made <= found if method_of(name).promises.probabilities else made == found


@every_linker
@pytest.mark.parametrize("scene", SCENES, ids=[scene.__name__ for scene in SCENES])
def test_every_named_scene_is_linked(name: str, scene: Any) -> None:
    detections = within(name, scene().detections)
    links = build(name, gate=4.0, gap=1).link(detections)
    assert len(join_tracks(links, detections.frame)) == len(detections)


@every_linker
def test_an_unknown_setting_names_those_there_are(name: str) -> None:
    method = LINKERS[name]
    listed = ", ".join(setting.name for setting in list_settings(method))
    expected = f"{method.__name__} has no setting 'nonsense'; there are: {listed}"
    with pytest.raises(ValueError, match=re.escape(expected)):
        build_method(method, {"nonsense": 1})


@every_linker
@pytest.mark.parametrize(("setting", "value"), [("gate", -1.0), ("gate", math.nan), ("gap", -1), ("gap", "two")])
def test_a_setting_that_does_not_fit_is_refused(name: str, setting: str, value: object) -> None:
    needs(name, setting)
    with pytest.raises(ValueError, match=rf"{setting}: expected"):
        build_method(LINKERS[name], {setting: value})


@every_linker
@pytest.mark.parametrize(("setting", "value"), [("gate", 1e300), ("gate", 1e160), ("gap", 2**63 - 1), ("gap", 2**70)])
def test_an_absurd_setting_is_answered_or_refused(name: str, setting: str, value: float) -> None:
    needs(name, setting)
    detections = within(name, Detections(np.array([0, 1]), np.array([[0.0, 0.0], [1.0, 0.0]])))
    try:
        links = build(name, **({"gate": 5.0} | {setting: value})).link(detections)
    except ValueError:
        return
    assert pairs(links) == {(0, 1)}


@every_linker
@every_dimension
def test_what_stands_still_is_followed_without_a_gate(name: str, dimensions: int) -> None:
    detections = within(name, Detections(np.arange(4), np.full((4, dimensions), 7.0)))
    linker = build(name).settle(detections)
    assert pairs(linker.link(detections)) == {(0, 1), (1, 2), (2, 3)}


def walk(particles: int, frames: int, spacing: float) -> Detections:
    """Let particles walk in a plane, all seen in every frame."""
    random = np.random.default_rng(1)
    side = spacing * math.sqrt(particles)
    position = random.uniform(0, side, (particles, 2)) + random.normal(0, 1.0, (frames, particles, 2)).cumsum(axis=0)
    return Detections(np.repeat(np.arange(frames), particles), position.reshape(-1, 2))


@every_linker
@pytest.mark.parametrize("particles", [2, pytest.param(5_000, marks=pytest.mark.slow)])
def test_few_and_many_particles(name: str, particles: int) -> None:
    detections = within(name, walk(particles, 20, spacing=20.0))
    links = build(name, gate=6.0).link(detections)
    assert len(links) > 0.9 * particles * 19
    right = (links.pair[:, 1] - links.pair[:, 0] == particles).mean()
    assert right > 0.9


@dataclasses.dataclass(frozen=True, kw_only=True)
class Costs:
    """What links cost, worked out anew: gate, gap, the price of leaving two ends apart, and of skipping frames."""

    gap: int
    price: float
    skip: float

    def build(self, name: str) -> Linker:
        return build(name, gate=GATE, gap=self.gap, start_cost=self.price, end_cost=0.0, skip_cost=self.skip)

    def gain(self, detections: Detections, earlier: int, later: int) -> float:
        """Give what a link costs, less what it would cost to leave it; infinite where it is not allowed."""
        clock = measure_clock(detections)
        elapsed, frames = float(clock[later] - clock[earlier]), int(detections.frame[later] - detections.frame[earlier])
        squared = float(((detections.position[later] - detections.position[earlier]) ** 2).sum())
        if not 1 <= frames <= self.gap + 1 or squared > GATE**2 * elapsed:
            return math.inf
        return squared / elapsed + (self.skip if frames > 1 else 0.0) - self.price

    def total(self, detections: Detections, links: Links) -> float:
        return sum(self.gain(detections, earlier, later) for earlier, later in links.pair.tolist())

    def least(self, detections: Detections) -> float:
        """Try all sets of links in which each row has at most one successor and one predecessor."""
        count = len(detections)
        gains = {pair: self.gain(detections, *pair) for pair in itertools.product(range(count), repeat=2)}

        def extend(row: int, free: frozenset[int]) -> float:
            if row == count:
                return 0.0
            taken = [gains[row, later] + extend(row + 1, free - {later}) for later in free if gains[row, later] < 0]
            return min([extend(row + 1, free), *taken])

        return extend(0, frozenset(range(count)))


costs = st.builds(
    Costs, gap=gaps, price=st.sampled_from([1.0, 4.0, GATE**2, 30.0]), skip=st.sampled_from([0.0, 1.0, 5.0])
)
every_best = pytest.mark.parametrize("name", [name for name in NAMES if method_of(name).promises.globally_best])


@every_best
@given(data=st.data(), costs=costs)
def test_the_globally_best_cost_no_more_than_any_other(name: str, data: st.DataObject, costs: Costs) -> None:
    detections = dataclasses.replace(data.draw(crowds(name)), deviation=None)
    best = costs.total(detections, costs.build(name).link(detections))
    for other in NAMES:
        if not method_of(other).domain.refuse(detections):
            assert best <= costs.total(detections, costs.build(other).link(detections)) + 1e-9


@every_best
@given(data=st.data(), costs=costs)
def test_the_globally_best_equal_brute_force(name: str, data: st.DataObject, costs: Costs) -> None:
    detections = data.draw(crowds(name))
    keep = np.random.default_rng(data.draw(seeds)).permutation(len(detections))[:8]
    time = None if detections.time is None else detections.time[keep]
    detections = Detections(detections.frame[keep], detections.position[keep], None, time)
    links = costs.build(name).link(detections)
    assert costs.total(detections, links) == pytest.approx(costs.least(detections))
