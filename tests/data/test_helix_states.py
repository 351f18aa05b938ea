"""States on a track lead back to its perigee."""

import numpy as np
import pytest

from corpuscle.data.helix import LIGHT, approach_axis, cross_cylinders, curve, wrap


def test_states_at_every_cylinder_lead_back_to_the_perigee() -> None:
    generator = np.random.default_rng(0)
    count, field = 200, 2.0
    d0, z0 = generator.normal(0, 1, count), generator.normal(0, 50, count)
    phi, theta = generator.uniform(-3.1, 3.1, count), generator.uniform(0.3, 2.8, count)
    charge = generator.choice([-1.0, 1.0], count)
    transverse = np.exp(generator.uniform(np.log(0.4), np.log(500), count))
    kappa = curve(charge / transverse, field)
    azimuth, path = cross_cylinders(d0, phi, kappa, np.tile([32.0, 500.0, 1020.0], (count, 1)))
    for layer, radius in enumerate((32.0, 500.0, 1020.0)):
        x, y = radius * np.cos(azimuth[:, layer]), radius * np.sin(azimuth[:, layer])
        flight = phi + kappa * path[:, layer]
        position = np.stack([x, y, z0 + path[:, layer] / np.tan(theta)], axis=1)
        momentum = transverse[:, None] * np.stack([np.cos(flight), np.sin(flight), 1 / np.tan(theta)], axis=1)
        found = approach_axis(position, momentum, charge, field).value
        np.testing.assert_allclose(found[:, 0], d0, atol=1e-8)
        np.testing.assert_allclose(found[:, 1], z0, atol=1e-6)
        np.testing.assert_allclose(wrap(found[:, 2] - phi), 0, atol=1e-9)
        np.testing.assert_allclose(found[:, 3], theta, atol=1e-12)
        np.testing.assert_allclose(found[:, 4], charge * np.sin(theta) / transverse, rtol=1e-12)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
def test_the_perigee_is_the_point_of_the_circle_closest_to_the_axis(sign: float) -> None:
    position, momentum = np.array([[300.0, -40.0, 10.0]]), np.array([[0.1, 0.35, 0.2]])
    field = 2.0
    d0, _, phi, _, _ = approach_axis(position, momentum, np.array([sign]), field).value[0]
    radius = np.hypot(0.1, 0.35) / (LIGHT * field)
    turn = sign * np.array([0.35, -0.1]) / np.hypot(0.1, 0.35)  # to the right of the flight of a positive charge
    centre = position[0, :2] + radius * turn
    nearest = centre * (1 - radius / np.hypot(*centre))
    np.testing.assert_allclose([-d0 * np.sin(phi), d0 * np.cos(phi)], nearest, atol=1e-9)


def test_a_state_without_charge_or_transverse_momentum_has_no_perigee() -> None:
    momentum = np.array([[1.0, 0, 0], [0, 0, 1.0], [1.0, 0, np.nan], [1.0, 0, 0]])
    found = approach_axis(np.ones((4, 3)), momentum, np.array([0.0, 1, 1, 1]), 2.0)
    assert np.isnan(found.value).all(axis=1).tolist() == [True, True, True, False]
