"""Crossings of helices against the Lorentz force, integrated step by step."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from corpuscle.data.apparatus import lay_barrel
from corpuscle.data.helix import LIGHT, HelixParameters, approach_axis
from corpuscle.simulation.flight import cross_layers

FIELD = 2.0
RADII = (32.0, 260.0, 660.0)


def push(_path: float, state: np.ndarray, charge: float, momentum: float) -> np.ndarray:
    """Give how position and direction change along the way: du/ds = (c q/p) u x B, B along +z."""
    ux, uy, uz = state[3:]
    turn = LIGHT * charge / momentum * FIELD
    return np.array([ux, uy, uz, turn * uy, -turn * ux, 0.0])


def fly_to(state: np.ndarray, charge: float, momentum: float, radius: float) -> np.ndarray:
    """Integrate until the cylinder is reached from inside."""

    def outside(_path: float, now: np.ndarray, *_: float) -> float:
        return float(np.hypot(now[0], now[1]) - radius)

    outside.terminal, outside.direction = True, 1.0  # type: ignore[attr-defined] # scipy reads them from the function
    flown = solve_ivp(
        push, (0.0, 4000.0), state, events=outside, args=(charge, momentum), rtol=1e-11, atol=1e-11, method="DOP853"
    )
    return np.asarray(flown.y_events[0][0])


def draw(count: int) -> HelixParameters:
    generator = np.random.default_rng(3)
    theta = generator.uniform(0.6, 2.5, count)
    value = np.stack(
        [
            generator.normal(0, 3, count),
            generator.normal(0, 50, count),
            generator.uniform(-np.pi, np.pi, count),
            theta,
            generator.choice([-1.0, 1.0], count) * np.sin(theta) / generator.uniform(0.3, 5.0, count),
        ],
        axis=1,
    )
    return HelixParameters(value)


@pytest.mark.parametrize("scattered", [False, True])
def test_crossings_and_scattered_ways_are_those_of_the_lorentz_force(scattered: bool) -> None:
    start, apparatus = draw(8), lay_barrel(field=FIELD, radii=RADII, material=0.05)
    generator = np.random.default_rng(4)
    deflection = generator.standard_normal((3, 8, 2)) * scattered
    ways = list(cross_layers(start.value, apparatus, deflection, mass=0.14))
    for row, (d0, z0, phi, theta, q_over_p) in enumerate(start.value):
        charge, momentum = float(np.sign(q_over_p)), float(1 / abs(q_over_p))
        state = np.array([-d0 * np.sin(phi), d0 * np.cos(phi), z0, *direct(phi, theta)])
        for layer, (azimuth, z, _) in enumerate(ways):
            state = fly_to(state, charge, momentum, RADII[layer])
            expected = [RADII[layer] * np.cos(azimuth[row]), RADII[layer] * np.sin(azimuth[row]), z[row]]
            np.testing.assert_allclose(state[:3], expected, atol=1e-6)
            state[3:] = deflect(state[3:], deflection[layer, row], momentum)


def direct(phi: float, theta: float) -> tuple[float, float, float]:
    return float(np.cos(phi) * np.sin(theta)), float(np.sin(phi) * np.sin(theta)), float(np.cos(theta))


def deflect(direction: np.ndarray, angles: np.ndarray, momentum: float) -> np.ndarray:
    """Turn a direction by Highland's angle, written out again."""
    phi, theta = np.arctan2(direction[1], direction[0]), np.arccos(direction[2])
    beta2, thickness = momentum**2 / (momentum**2 + 0.14**2), 0.05 / np.sin(theta)
    sigma = 0.0136 / (np.sqrt(beta2) * momentum) * np.sqrt(thickness) * (1 + 0.038 * np.log(thickness / beta2))
    return np.array(direct(phi + angles[0] * sigma / np.sin(theta), theta + angles[1] * sigma))


def test_the_perigee_of_any_point_of_a_track_is_its_own() -> None:
    start = draw(8)
    for row, (d0, z0, phi, theta, q_over_p) in enumerate(start.value):
        state = np.array([-d0 * np.sin(phi), d0 * np.cos(phi), z0, *direct(phi, theta)])
        charge, momentum = float(np.sign(q_over_p)), float(1 / abs(q_over_p))
        there = fly_to(state, charge, momentum, 260.0)
        found = approach_axis(there[None, :3], momentum * there[None, 3:], np.array([charge]), FIELD)
        np.testing.assert_allclose(found.value[0], start.value[row], atol=1e-6)
