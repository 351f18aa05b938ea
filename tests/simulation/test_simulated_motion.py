"""Each motion against its closed form."""

from typing import Any

import numpy as np
import pytest
from jaxtyping import Float
from scipy.spatial.distance import cdist

from corpuscle.simulation.base import World
from corpuscle.simulation.brownian import Brownian
from corpuscle.simulation.confined import Confined, bounce
from corpuscle.simulation.directed import Directed
from corpuscle.simulation.drift import Drift
from corpuscle.simulation.switching import Switching

both = pytest.mark.parametrize("dimensions", [2, 3])


def draw(world: World, *, measured: bool = False) -> Float[np.ndarray, "p f d"]:
    """Give the positions of all particles in all frames of one scene without births, deaths or misses."""
    scene = world.simulate(np.random.default_rng(20))
    assert scene.truth.detection is not None
    rows = scene.detections.position[scene.truth.detection] if measured else scene.truth.position
    return rows.reshape(world.particles, world.frames, world.dimensions)


def assert_variance(values: np.ndarray, variance: float) -> None:
    """Check the second moment of normal values within five standard errors."""
    assert abs((values**2).mean() / variance - 1) < 5 * np.sqrt(2 / values.size)


@both
@pytest.mark.parametrize("world", [Brownian, Drift])
def test_a_walk_spreads_by_its_steps_its_drift_and_its_noise(world: Any, dimensions: int) -> None:
    """z_t - y_0 has the variance t step^2 + t^2 drift^2 + sigma^2 along each axis."""
    settings = {"step": 1.5, "drift": 0.5, "measurement_noise": 2.0}
    made = world(particles=4000, frames=12, dimensions=dimensions, start="origin", **settings)
    position, truth = draw(made, measured=True), draw(made)
    for frame in (0, 1, 4, 11):
        assert_variance(position[:, frame], frame * 1.5**2 + frame**2 * 0.5**2 + 2.0**2)
        if frame:
            assert_variance(truth[:, frame], frame * 1.5**2 + frame**2 * 0.5**2)
    assert not truth[:, 0].any(), "steps begin after the first frame"


def test_measurement_noise_is_new_in_every_frame() -> None:
    world = Brownian(particles=4000, frames=3, measurement_noise=2.0)
    noise = draw(world, measured=True) - draw(world)
    assert_variance(noise[:, 1] - noise[:, 0], 2 * 2.0**2)


def test_the_difference_of_two_particles_has_its_joint_covariance() -> None:
    """(z1 - z2) / sqrt(2): start_spread^2 + step^2 min(t, t') + drift^2 t t' + sigma^2 I along each axis."""
    world = Brownian(particles=40_000, frames=6, start_spread=10.0, drift=0.5, measurement_noise=3.0)
    position = draw(world, measured=True)
    difference = ((position[0::2] - position[1::2]) / np.sqrt(2)).transpose(0, 2, 1).reshape(-1, 6)
    frame = np.arange(6)
    expected = 100.0 + 2.25 * np.minimum.outer(frame, frame) + 0.25 * np.outer(frame, frame) + 9.0 * np.eye(6)
    error = np.sqrt((np.outer(np.diag(expected), np.diag(expected)) + expected**2) / len(difference))
    assert (np.abs(difference.T @ difference / len(difference) - expected) < 5 * error).all()


@both
def test_a_velocity_persists(dimensions: int) -> None:
    """Without diffusion a move is the velocity: variance drift^2, correlation persistence^lag."""
    world = Directed(particles=6000, frames=8, dimensions=dimensions, step=0.0, drift=2.0, persistence=0.8)
    velocity = np.diff(draw(world), axis=1)
    for frame in (0, 6):
        assert_variance(velocity[:, frame], 4.0)
    for lag in (1, 3, 6):
        correlation = (velocity[:, 0] * velocity[:, lag]).mean() / 4.0
        assert abs(correlation - 0.8**lag) < 5 * np.sqrt(2 / velocity[:, 0].size)


def test_directed_motion_diffuses_too() -> None:
    moves = np.diff(draw(Directed(particles=6000, frames=3, step=1.0, drift=2.0)), axis=1)
    assert_variance(moves[:, 1], 1.0 + 4.0)


def test_full_persistence_is_a_straight_line() -> None:
    moves = np.diff(draw(Directed(particles=5, frames=9, step=0.0, persistence=1.0)), axis=1)
    np.testing.assert_allclose(moves, np.broadcast_to(moves[:, :1], moves.shape), atol=1e-9)


@both
@pytest.mark.parametrize("step", [0.3, 2.0, 50.0])
def test_confined_particles_stay_within_their_radius(dimensions: int, step: float) -> None:
    position = draw(Confined(particles=500, frames=40, dimensions=dimensions, step=step, confinement=3.0))
    assert np.linalg.norm(position - position[:, :1], axis=2).max() <= 3.0 * (1 + 1e-12)


@both
def test_confined_particles_are_anywhere_inside_in_time(dimensions: int) -> None:
    """Uniform in a disc or ball: the mean of (r / radius)^d is a half, and so is that of its parts."""
    world = Confined(particles=20_000, frames=30, dimensions=dimensions, step=2.0, confinement=5.0, start="origin")
    filled = (np.linalg.norm(draw(world)[:, -1], axis=1) / 5.0) ** dimensions
    counts = np.histogram(filled, bins=10, range=(0, 1))[0]
    assert (np.abs(counts - 2000) < 5 * np.sqrt(20_000 * 0.1 * 0.9)).all()


def test_a_wide_confinement_is_brownian() -> None:
    moves = np.diff(draw(Confined(particles=2000, frames=5, step=1.5, confinement=1e9)), axis=1)
    assert_variance(moves, 1.5**2)


@both
def test_a_bounce_equals_walking_every_chord(dimensions: int) -> None:
    generator = np.random.default_rng(3)
    origin = generator.normal(size=(200, dimensions))
    origin *= generator.random((200, 1)) / np.linalg.norm(origin, axis=1, keepdims=True)
    way = generator.normal(0, 3, (200, dimensions))
    expected = np.array([walk_chords(start, go) for start, go in zip(origin, way, strict=True)])
    np.testing.assert_allclose(bounce(origin, way, 1.0), expected, atol=1e-9)


def walk_chords(place: np.ndarray, way: np.ndarray) -> np.ndarray:
    """Go chord by chord, reflecting what is left of the way in the tangent plane of each hit of the unit sphere."""
    while np.linalg.norm(place + way) > 1:
        square, along = way @ way, place @ way
        share = (-along + np.sqrt(along**2 - square * (place @ place - 1))) / square
        hit = place + share * way
        rest = (1 - share) * way
        place, way = hit * (1 - 1e-14), rest - 2 * (rest @ hit) * hit
    end: np.ndarray = place + way
    return end


def test_a_bounce_straight_at_the_wall_comes_back() -> None:
    origin = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 0.0], [5.0, 0.0]])
    way = np.array([[7.0, 0.0], [1.0, 0.0], [0.0, 22.0], [0.0, 0.0]])
    expected = [[3.0, 0.0], [4.0, 0.0], [0.0, 2.0], [5.0, 0.0]]
    np.testing.assert_allclose(bounce(origin, way, 5.0), expected, atol=1e-9)


def test_a_bounce_along_the_wall_stays_inside() -> None:
    end = bounce(np.array([[5.0, 0.0]]), np.array([[0.0, 1e3]]), 5.0)
    assert np.linalg.norm(end) <= 5.0 * (1 + 1e-12)


def test_without_switches_half_the_particles_are_directed() -> None:
    position = draw(Switching(particles=10_000, frames=4, step=0.0, drift=2.0, switching=0.0))
    moves = np.abs(np.diff(position, axis=1)).sum(axis=2) > 0
    assert (moves == moves[:, :1]).all()
    assert abs(moves[:, 0].mean() - 0.5) < 5 * 0.005


def test_states_switch_with_their_chance() -> None:
    moves = np.abs(np.diff(draw(Switching(particles=10_000, frames=4, step=0.0, switching=0.1)), axis=1)).sum(axis=2)
    changed = (moves[:, 1:] > 0) != (moves[:, :-1] > 0)
    assert abs(changed.mean() - 0.1) < 5 * np.sqrt(0.09 / changed.size)


def test_the_velocity_is_new_when_the_directed_state_begins() -> None:
    world = Switching(particles=20_000, frames=5, step=0.0, drift=2.0, persistence=1.0, switching=0.5)
    moves = np.diff(draw(world), axis=1)
    directed = np.abs(moves).sum(axis=2) > 0
    again = directed[:, 0] & ~directed[:, 1] & directed[:, 2]
    stays = directed[:, 1] & directed[:, 2]
    assert_variance(moves[again, 2], 4.0)
    assert abs((moves[again, 0] * moves[again, 2]).mean() / 4.0) < 5 / np.sqrt(2 * again.sum())
    np.testing.assert_allclose(moves[stays, 1], moves[stays, 2], atol=1e-9)


def test_separated_particles_begin_on_a_grid() -> None:
    position = draw(Brownian(particles=9, frames=1, start="separated", spacing=7.0))[:, 0]
    np.testing.assert_allclose(position.mean(axis=0), 0.0, atol=1e-12)
    distance = cdist(position, position) + np.diag(np.full(9, np.inf))
    np.testing.assert_allclose(distance.min(axis=1), 7.0)
