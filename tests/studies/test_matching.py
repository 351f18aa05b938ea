"""Scenes like the user's: crowds measured, worlds matched, frames taken less often, fields made smaller."""

from dataclasses import replace

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.data.scene import true_links
from corpuscle.estimation.posterior.population import Population
from corpuscle.linking.linkers import LINKERS
from corpuscle.simulation.worlds import WORLDS
from corpuscle.studies.linking.matching import (
    match_world,
    measure_crowd,
    raise_density,
    stretch_interval,
    stretch_population,
    take_every,
    tell_linker,
)

WALK = Population(
    step=1.5, measurement_noise=0.5, detection_probability=0.9, false_rate=4.0, birth_rate=0.4, death_rate=0.01
)


@pytest.mark.parametrize("dimensions", [2, 3])
@pytest.mark.parametrize("particles", [5, 60])
def test_a_crowd_is_measured_without_its_edge_and_its_false_detections(particles: int, dimensions: int) -> None:
    world = WORLDS["brownian"](
        particles=particles, frames=400, dimensions=dimensions, spacing=7.0, field="reflecting", misses=0.1,
        false_detections=0.1, step=3.0,
    )  # fmt: skip
    detections = world.simulate(np.random.default_rng(0)).detections
    crowd = measure_crowd(detections, replace(WALK, false_rate=0.1 * particles))
    assert crowd.particles == pytest.approx(particles, rel=0.03)
    assert crowd.spacing == pytest.approx(7.0, rel=0.08)
    assert (crowd.frames, crowd.dimensions) == (400, dimensions)


def test_a_matched_world_has_what_was_learned() -> None:
    world = WORLDS["brownian"](particles=40, frames=30, spacing=10.0, field="reflecting")
    detections = world.simulate(np.random.default_rng(0)).detections
    matched = match_world(replace(WALK, rate=2.0, persistence=0.9), detections)
    known = {name: getattr(matched, name) for name in ("step", "drift", "persistence", "misses", "deaths", "frames")}
    wanted = {"step": 1.5, "drift": 2.0, "persistence": 0.9, "misses": pytest.approx(0.1), "deaths": 0.01, "frames": 30}
    assert known == wanted
    assert matched.births * measure_crowd(detections, WALK).particles == pytest.approx(0.4)
    assert matched.field == "reflecting"


def test_large_scenes_are_matched_by_smaller_ones_as_crowded() -> None:
    many = np.random.default_rng(0).uniform(0, 1000, (400 * 100, 2))
    detections = Detections(np.repeat(np.arange(100), 400), many)
    world = match_world(Population(step=1.0), detections)
    assert (world.particles, world.frames) == (100, 50)
    assert world.chosen_spacing == pytest.approx(25.0, rel=0.03)


def test_alone_there_is_nothing_to_confuse() -> None:
    alone = Detections(np.arange(50), np.zeros((50, 2)))
    with pytest.raises(ValueError, match="no frame has two detections at two places"):
        match_world(Population(step=1.0), alone)


def test_every_second_frame_keeps_who_is_who() -> None:
    world = WORLDS["brownian"](particles=4, frames=9, misses=0.2, false_detections=0.5, deaths=0.1)
    whole = world.simulate(np.random.default_rng(3))
    half = take_every(whole, 2)
    assert set(half.detections.frame.tolist()) <= set(range(5))
    for track in np.unique(half.truth.track):
        ours, theirs = half.truth.track == track, (whole.truth.track == track) & (whole.truth.frame % 2 == 0)
        np.testing.assert_array_equal(half.truth.position[ours], whole.truth.position[theirs])
    assert len(true_links(half.truth)) > 0
    assert take_every(whole, 1) is whole


def test_a_longer_interval_has_as_many_frames_and_longer_steps() -> None:
    world = match_world(Population(step=1.0, rate=0.5), WORLDS["brownian"](particles=50).simulate(
        np.random.default_rng(0)).detections)  # fmt: skip
    world = replace(world, field="open")
    for factor in (1, 4):
        scene = stretch_interval(world, factor, 0)
        assert scene.truth.frame.max() == world.frames - 1
        steps = np.diff(scene.truth.position, axis=0)[np.diff(scene.truth.track) == 0]
        told = stretch_population(Population(step=1.0, rate=0.5), factor)
        assert steps.std() == pytest.approx(np.hypot(told.step, told.rate), rel=0.15)


def test_a_stretched_population_keeps_its_chances() -> None:
    told = stretch_population(replace(WALK, switching=0.1, slow_step=0.2, slow_share=0.5), 4)
    assert told.step == pytest.approx(3.0)
    assert told.slow_step == pytest.approx(0.4)
    assert told.death_rate == pytest.approx(1 - 0.99**4)
    assert told.birth_rate == pytest.approx(1.6)
    assert told.switching == pytest.approx(1 - 0.9**4)
    assert (told.measurement_noise, told.false_rate) == (0.5, 4.0)


def test_a_denser_scene_has_the_particles_nearer() -> None:
    world = WORLDS["mixed"](particles=60, frames=10, spacing=10.0, start="uniform", field="reflecting")
    far, near = raise_density(world, 1, 0), raise_density(world, 4, 0)
    assert len(near.truth) == len(far.truth)
    assert np.ptp(near.truth.position) == pytest.approx(np.ptp(far.truth.position) / 2, rel=0.1)


def test_linkers_are_told_what_they_have_a_setting_for() -> None:
    told = tell_linker(LINKERS["lap"], WALK)
    assert told == {"gap": 2, "gate": pytest.approx(4 * (1.5**2 + 2 * 0.25) ** 0.5)}
    assert tell_linker(LINKERS["kalman"], replace(WALK, rate=3.0))["motion"] == "drift"
    assert tell_linker(LINKERS["marginal"], WALK)["false_detections"] == 4.0
