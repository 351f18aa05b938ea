"""What every world promises, run over the registry."""

import inspect
import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuscle.data.scene import Scene
from corpuscle.data.settings import build_method, check_settings, describe_line, describe_source, list_settings
from corpuscle.simulation.worlds import PRESETS, WORLDS

NAMES = list(WORLDS)
every_world = pytest.mark.parametrize("name", NAMES)
every_dimension = pytest.mark.parametrize("dimensions", [2, 3])

rates = st.floats(0, 1)
small = st.fixed_dictionaries(
    {
        "particles": st.integers(0, 6),
        "frames": st.integers(1, 6),
        "dimensions": st.sampled_from([2, 3]),
        "start": st.sampled_from([None, "normal", "origin", "separated", "uniform"]),
        "field": st.sampled_from(["open", "reflecting", "periodic", "crossing"]),
        "step": st.floats(0, 30),
        "measurement_noise": st.floats(0, 5),
        "misses": rates,
        "false_detections": rates,
        "births": rates,
        "deaths": rates,
    }
)


def simulate(name: str, *, seed: int = 0, **settings: Any) -> Scene:
    scene = WORLDS[name](**settings).simulate(np.random.default_rng(seed))
    assert isinstance(scene, Scene)
    return scene


def assert_rate(count: float, mean: float, variance: float) -> None:
    assert abs(count - mean) < 5 * math.sqrt(variance)


@every_world
@given(settings=small, seed=st.integers(0, 2**32))
def test_truth_and_detections_agree(name: str, settings: Mapping[str, Any], seed: int) -> None:
    scene = simulate(name, seed=seed, **settings)
    truth, detections = scene.truth, scene.detections
    assert truth.detection is not None
    assert truth.position.shape == (len(truth), settings["dimensions"])
    assert detections.position.shape == (len(detections), settings["dimensions"])
    for column in (truth.track, truth.frame, truth.detection, detections.frame):
        assert column.dtype == np.int64
    seen = truth.detection[truth.detection >= 0]
    assert len(np.unique(seen)) == len(seen) <= len(detections)
    np.testing.assert_array_equal(detections.frame[seen], truth.frame[truth.detection >= 0])
    assert (np.diff(detections.frame) >= 0).all()
    np.testing.assert_array_equal(np.lexsort((truth.frame, truth.track)), np.arange(len(truth)))


@every_world
@given(settings=small, seed=st.integers(0, 2**32))
def test_a_particle_stands_once_in_every_frame_of_its_life(name: str, settings: Mapping[str, Any], seed: int) -> None:
    truth = simulate(name, seed=seed, **settings).truth
    same = np.diff(truth.track) == 0
    np.testing.assert_array_equal(np.diff(truth.frame)[same], 1)
    births = truth.frame[np.append(True, ~same)[: len(truth)]]
    assert (np.diff(births) >= 0).all(), "tracks are numbered by birth"
    assert (births == 0).sum() == settings["particles"]
    np.testing.assert_array_equal(np.unique(truth.track), np.arange(len(births)))


@every_world
def test_the_same_seed_gives_the_same_scene(name: str) -> None:
    settings = {"particles": 7, "frames": 9, "misses": 0.2, "false_detections": 0.3, "births": 0.1, "deaths": 0.1}
    first, again, other = (simulate(name, seed=seed, **settings) for seed in (5, 5, 6))
    for side in ("truth", "detections"):
        for column in ("frame", "position"):
            np.testing.assert_array_equal(getattr(getattr(first, side), column), getattr(getattr(again, side), column))
    np.testing.assert_array_equal(first.truth.detection, again.truth.detection)
    assert not np.array_equal(first.truth.position[:7], other.truth.position[:7])


@every_world
def test_a_world_is_not_changed_by_its_use(name: str) -> None:
    world = WORLDS[name](particles=3, frames=4)
    first, again = (world.simulate(np.random.default_rng(1)).detections.position for _ in range(2))
    np.testing.assert_array_equal(first, again)


@every_world
@every_dimension
def test_detections_are_the_truth_where_nothing_is_imperfect(name: str, dimensions: int) -> None:
    scene = simulate(name, particles=6, frames=8, dimensions=dimensions)
    assert scene.truth.detection is not None
    assert len(scene.detections) == len(scene.truth) == 48
    np.testing.assert_array_equal(scene.detections.position[scene.truth.detection], scene.truth.position)


@every_world
def test_the_measurement_leaves_the_paths_alone(name: str) -> None:
    clean = simulate(name, particles=5, frames=6, births=0.2, deaths=0.1)
    poor = simulate(
        name, particles=5, frames=6, births=0.2, deaths=0.1, measurement_noise=3, misses=0.5, false_detections=1
    )
    np.testing.assert_array_equal(clean.truth.position, poor.truth.position)
    np.testing.assert_array_equal(clean.truth.frame, poor.truth.frame)


@every_world
def test_the_order_within_a_frame_tells_nothing(name: str) -> None:
    truth = simulate(name, particles=4, frames=5000).truth
    assert truth.detection is not None
    place = (truth.detection % 4).reshape(4, 5000)
    for row in place:
        for value in range(4):
            assert_rate(float((row == value).sum()), 1250, 5000 * 0.25 * 0.75)
    assert_rate(float((place[:, 1:] == place[:, :-1]).sum()), 4999, 4999 * 1.0)


@every_world
@every_dimension
@pytest.mark.parametrize(("particles", "frames"), [(0, 4), (1, 4), (4, 1), (1, 1), (0, 1)])
def test_empty_and_tiny_scenes_are_valid(name: str, dimensions: int, particles: int, frames: int) -> None:
    for start in ("normal", "origin", "separated", "uniform"):
        scene = simulate(
            name, particles=particles, frames=frames, dimensions=dimensions, start=start, false_detections=0.5
        )
        assert len(scene.truth) == particles * frames
        assert scene.truth.position.shape[1] == scene.detections.position.shape[1] == dimensions
        assert len(scene.detections) > 0 or particles * frames < 3


@every_world
def test_misses_have_their_rate(name: str) -> None:
    truth = simulate(name, particles=200, frames=50, misses=0.3).truth
    assert truth.detection is not None
    assert_rate(float((truth.detection < 0).sum()), 3000, 10_000 * 0.3 * 0.7)


@every_world
@pytest.mark.parametrize("field", ["open", "periodic", "crossing"])
def test_false_detections_have_their_rate(name: str, field: str) -> None:
    scene = simulate(name, particles=200, frames=50, field=field, false_detections=0.3)
    assert_rate(len(scene.detections) - len(scene.truth), 3000, 3000)
    assert scene.truth.detection is not None
    false = np.ones(len(scene.detections), dtype=bool)
    false[scene.truth.detection] = False
    where, truth = scene.detections.position[false], scene.truth.position
    assert (where >= truth.min(axis=0) - 5).all()
    assert (where <= truth.max(axis=0) + 5).all()


@every_world
def test_births_and_deaths_have_their_rates(name: str) -> None:
    truth = simulate(name, particles=500, frames=41, births=0.05).truth
    assert_rate(truth.track.max() + 1 - 500, 1000, 1000)
    truth = simulate(name, particles=2000, frames=11, deaths=0.1).truth
    for frame in (1, 5, 10):
        alive = 0.9**frame
        assert_rate(float((truth.frame == frame).sum()), 2000 * alive, 2000 * alive * (1 - alive))


@every_world
@every_dimension
@pytest.mark.parametrize("field", ["reflecting", "periodic", "crossing"])
@pytest.mark.parametrize("start", ["normal", "origin", "separated", "uniform"])
def test_a_field_with_walls_holds_its_particles(name: str, dimensions: int, field: str, start: str) -> None:
    world = WORLDS[name](particles=9, frames=60, dimensions=dimensions, field=field, start=start, spacing=3.0, step=2.0)
    position = world.simulate(np.random.default_rng(0)).truth.position
    assert np.abs(position).max() <= world.side / 2 * (1 + 1e-12)


@every_world
@every_dimension
def test_who_crosses_the_edge_ends_and_another_enters(name: str, dimensions: int) -> None:
    settings: dict[str, Any] = {"particles": 9, "frames": 60, "dimensions": dimensions, "spacing": 4.0, "births": 0.02}
    crossing = simulate(name, field="crossing", **settings).truth
    periodic = simulate(name, field="periodic", **settings).truth
    side = WORLDS[name](field="crossing", **settings).side
    by_place = [np.lexsort((*truth.position.T, truth.frame)) for truth in (crossing, periodic)]
    np.testing.assert_array_equal(crossing.position[by_place[0]], periodic.position[by_place[1]])
    np.testing.assert_array_equal(crossing.frame[by_place[0]], periodic.frame[by_place[1]])
    assert crossing.track.max() > periodic.track.max()
    same = np.diff(crossing.track) == 0
    jumps = np.abs(np.diff(crossing.position, axis=0)[same]).max()
    whole = np.abs(np.diff(periodic.position, axis=0)[np.diff(periodic.track) == 0]).max()
    assert jumps < side / 2 < whole


@every_world
def test_a_setting_that_is_unknown_or_out_of_range_is_refused(name: str) -> None:
    world = WORLDS[name]
    with pytest.raises(ValueError, match=f"{world.__name__} has no setting 'colour'; there are: particles, frames"):
        build_method(world, {"colour": "3"})
    wrong: dict[str, tuple[float, str]] = {
        "particles": (-1, "expected a finite number at least 0, not -1"),
        "frames": (0, "expected a finite number at least 1, not 0"),
        "dimensions": (4, "expected a finite number at least 2 and at most 3, not 4"),
        "step": (math.nan, "expected a finite number at least 0, not nan"),
        "spacing": (0.0, "expected a finite number above 0, not 0"),
        "misses": (1.5, "expected a finite number at least 0 and at most 1, not 1.5"),
        "deaths": (-0.1, "expected a finite number at least 0 and at most 1, not -0.1"),
        "births": (math.inf, "expected a finite number at least 0, not inf"),
    }
    for setting, (value, message) in wrong.items():
        with pytest.raises(ValueError, match=re.escape(f"{world.__name__}.{setting}: {message}")):
            build_method(world, {setting: value})


@every_world
@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("field", "expected one of open, reflecting, periodic, crossing, not 'middle'"),
        ("start", "expected one of normal, origin, separated, uniform, not 'middle'"),
    ],
)
def test_an_unknown_choice_is_refused(name: str, setting: str, message: str) -> None:
    world = WORLDS[name]()
    object.__setattr__(world, setting, "middle")  # the checked signature of the tests would refuse it earlier
    with pytest.raises(ValueError, match=re.escape(f"{type(world).__name__}.{setting}: {message}")):
        check_settings(world)


@every_world
@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"start": "normal", "spacing": 5.0}, "spacing: start=normal in an open field has none; leave it out"),
        ({"start": "origin", "spacing": 5.0}, "spacing: start=origin in an open field has none; leave it out"),
        ({"start": "origin", "start_spread": 5.0}, "start_spread: only start=normal has one; leave it out"),
        ({"spacing": 5.0, "start_spread": 5.0}, "start_spread: only start=normal has one; leave it out, the start is"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(name: str, settings: Mapping[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        WORLDS[name](**settings)


@every_world
def test_a_world_describes_itself(name: str) -> None:
    world = WORLDS[name]
    assert inspect.isabstract(world.__mro__[1])
    assert re.fullmatch(r"Particles .*\.", describe_line(world))
    assert describe_source(world)
    assert all(setting.meaning for setting in list_settings(world))


def test_settings_are_read_from_text() -> None:
    world: object = build_method(
        WORLDS["directed"], {"step": "2", "start": "none", "field": "periodic", "persistence": "0.5"}
    )
    assert world == WORLDS["directed"](step=2.0, field="periodic", persistence=0.5)


@pytest.mark.parametrize("preset", PRESETS)
def test_a_preset_is_two_brownian_particles(preset: str) -> None:
    scene = simulate("brownian", **PRESETS[preset])
    assert len(scene.truth) == 100
    assert scene.truth.track.max() == 1


def test_an_unknown_world_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no world 'brownain'; there are .* \(did you mean 'brownian'\?\)"):
        WORLDS["brownain"]
