"""Where particles begin, and the field they begin in."""

import numpy as np
import pytest
from scipy.spatial import cKDTree

from corpuscle.simulation.base import World
from corpuscle.simulation.brownian import Brownian
from corpuscle.simulation.field import Field, fold
from corpuscle.simulation.worlds import PRESETS

both = pytest.mark.parametrize("dimensions", [2, 3])


def first_frame(world: World, seed: int = 0) -> np.ndarray:
    truth = world.simulate(np.random.default_rng(seed)).truth
    position: np.ndarray = truth.position[truth.frame == 0]
    return position


@both
@pytest.mark.parametrize("frame", [0, 20])
def test_spacing_is_the_mean_distance_to_the_nearest_neighbour(dimensions: int, frame: int) -> None:
    world = Brownian(particles=20_000, frames=21, dimensions=dimensions, field="periodic", spacing=4.0)
    truth = world.simulate(np.random.default_rng(1)).truth
    position = np.mod(truth.position[truth.frame == frame] + world.side / 2, world.side)
    nearest = cKDTree(position, boxsize=world.side).query(position, k=2)[0][:, 1]
    assert nearest.mean() == pytest.approx(4.0, rel=0.02)


def test_a_normal_start_is_as_dense_for_any_number_of_particles() -> None:
    for particles, spread in [(2, 10.0), (200, 100.0)]:
        assert Brownian(particles=particles).start_size == pytest.approx(spread)
    assert Brownian(particles=2000, dimensions=3).start_size == pytest.approx(100.0)
    position = first_frame(Brownian(particles=20_000, frames=1, start_spread=3.0))
    assert position.std() == pytest.approx(3.0, rel=0.02)


def test_the_start_follows_from_the_other_settings() -> None:
    assert Brownian().chosen_start == "normal"
    assert Brownian(spacing=3.0).chosen_start == "uniform"
    assert Brownian(field="periodic").chosen_start == "uniform"
    assert Brownian(field="reflecting").chosen_spacing == 10.0
    assert Brownian(start="separated").chosen_spacing == 20.0
    assert Brownian(field="periodic", start="normal", spacing=3.0).side == pytest.approx(60.0)


def test_the_published_starts() -> None:
    starts = np.stack([first_frame(Brownian(frames=1, **PRESETS["paper"]), seed) for seed in range(300)])
    assert starts.shape == (300, 2, 2)
    assert abs((starts**2).mean() / 100 - 1) < 5 * np.sqrt(2 / starts.size)
    assert not first_frame(Brownian(frames=1, **PRESETS["origin"])).any()
    np.testing.assert_array_equal(first_frame(Brownian(frames=1, **PRESETS["separated"])), [[-10.0, 0.0], [10.0, 0.0]])
    assert Brownian(**PRESETS["drift"]).drift == 0.5


def test_later_particles_of_a_separated_start_take_sites_of_its_grid() -> None:
    truth = Brownian(particles=4, frames=30, start="separated", births=0.5).simulate(np.random.default_rng(0)).truth
    births = truth.position[np.flatnonzero(np.diff(truth.track, prepend=-1))]
    assert len(births) > 20
    assert {tuple(site) for site in births.tolist()} == {(x, y) for x in (-10.0, 10.0) for y in (-10.0, 10.0)}


def test_a_folded_path_stays_continuous() -> None:
    path = np.linspace(-30, 30, 6001)[:, None] * np.array([1.0, -0.7])
    mirrored = fold(path, 10.0, field="reflecting")
    np.testing.assert_allclose(np.abs(np.diff(mirrored, axis=0)).max(axis=0), [0.01, 0.007], rtol=1e-6)
    wrapped = fold(path, 10.0, field="periodic")
    np.testing.assert_allclose(np.mod(wrapped - path + 5, 10.0), 5.0, atol=1e-9)
    for inside in (mirrored, wrapped):
        assert np.abs(inside).max() <= 5.0 + 1e-12
    np.testing.assert_array_equal(fold(path, 10.0, field="open"), path)


@pytest.mark.parametrize("field", ["reflecting", "periodic"])
def test_positions_inside_are_left_where_they_are(field: Field) -> None:
    inside = np.random.default_rng(0).uniform(-5, 5, (100, 3))
    np.testing.assert_allclose(fold(inside, 10.0, field=field), inside, atol=1e-12)
