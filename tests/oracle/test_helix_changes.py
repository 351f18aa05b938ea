"""How hits change with a helix and with kicks on its way: against differences, another formula, scattered tracks."""

import numpy as np
import pytest

from corpuscle.data.apparatus import lay_barrel
from corpuscle.data.helix import HelixParameters, approach_axis, cross_cylinders, curve
from corpuscle.estimation.helices.bound import lay_hits
from corpuscle.estimation.helices.helix import differentiate_hits, differentiate_kick, weigh_hits
from corpuscle.estimation.helices.passage import pass_cylinders
from corpuscle.simulation.flight import cross_layers

FIELD = 2.0
BARREL = lay_barrel(field=FIELD)
STEP = np.array([1e-4, 1e-3, 1e-6, 1e-6, 1e-6])
TRACKS = np.array(
    [
        [1.3, 20.0, 0.7, 1.1, -1.6],
        [-8.0, -40.0, -2.9, 2.3, 1.1],
        [0.0, 0.0, 3.1, 1.5, -0.01],
        [2.0, 5.0, 0.2, 0.8, 1e-7],
    ]
)
every_track = pytest.mark.parametrize("row", range(len(TRACKS)))


@every_track
def test_the_jacobian_is_that_of_differences(row: int) -> None:
    radius = BARREL.radius[None]
    _, jacobian = differentiate_hits(TRACKS[row : row + 1], radius, field=FIELD)
    for parameter in range(5):
        moved = TRACKS[row] + np.outer([1, -1], STEP[parameter] * np.eye(5)[parameter])
        ahead, behind = differentiate_hits(moved, np.repeat(radius, 2, axis=0), field=FIELD)[0]
        change = (ahead - behind) / (2 * STEP[parameter]) * np.stack([radius[0], np.ones(10)], axis=1)
        np.testing.assert_allclose(jacobian[0, :, :, parameter], change, rtol=1e-6, atol=1e-6 * np.abs(change).max())


@every_track
def test_crossings_are_those_of_the_closed_form(row: int) -> None:
    d0, z0, phi, theta, q_over_p = TRACKS[row, :, None]
    azimuth, path = cross_cylinders(d0, phi, curve(q_over_p / np.sin(theta), FIELD), BARREL.radius[None])
    crossing, _ = differentiate_hits(TRACKS[row : row + 1], BARREL.radius[None], field=FIELD)
    np.testing.assert_allclose(crossing[..., 0], azimuth, atol=1e-12)
    np.testing.assert_allclose(crossing[..., 1], z0 + path / np.tan(theta), atol=1e-9)


def fly(value: np.ndarray, path: float, *, phi: float = 0.0, theta: float = 0.0, growth: float = 0.0) -> np.ndarray:
    """Fly along a helix, turn there, and give the perigee of the new helix."""
    d0, z0, at, polar, q_over_p = value
    k = float(curve(np.array([q_over_p / np.sin(polar)]), FIELD)[0])
    now = at + k * path
    x = -d0 * np.sin(at) + (np.sin(now) - np.sin(at)) / k
    y = d0 * np.cos(at) - (np.cos(now) - np.cos(at)) / k
    z = z0 + path / np.tan(polar)
    momentum = 1 / abs(q_over_p * (1 + growth))
    now, polar = now + phi, polar + theta
    direction = [np.sin(polar) * np.cos(now), np.sin(polar) * np.sin(now), np.cos(polar)]
    state = momentum * np.array([direction])
    return np.asarray(approach_axis(np.array([[x, y, z]]), state, np.sign([q_over_p]), FIELD).value[0])


@pytest.mark.parametrize("row", [0, 1, 2])
@pytest.mark.parametrize("kick", ["phi", "theta", "growth"])
def test_a_kick_changes_the_perigee_as_flying_on_does(row: int, kick: str) -> None:
    for path in (10.0, 300.0, 900.0):
        carried = differentiate_kick(TRACKS[row], path, field=FIELD)
        size = 1e-6
        ahead = fly(TRACKS[row], path, **{kick: size})
        change = (ahead - fly(TRACKS[row], path, **{kick: -size})) / (2 * size)
        column = ["phi", "theta", "growth"].index(kick)
        np.testing.assert_allclose(carried[:, column], change, rtol=1e-6, atol=1e-6 * np.abs(change).max())


def displace(value: np.ndarray, near: int, far: int) -> np.ndarray:
    """Give how r azimuth and z at a cylinder change with kicks of phi and theta at another, directly.

    At a fixed path the crossing moves by D; it slides along the tangent T back onto the cylinder with normal n:
    ds = -(D n)/(T n). A kick of theta at constant momentum changes the curvature by -k cot(theta).
    """
    d0, _, phi, theta, q_over_p = value
    k = float(curve(np.array([q_over_p / np.sin(theta)]), FIELD)[0])
    cot = 1 / np.tan(theta)
    azimuth, path = cross_cylinders(np.array([d0]), np.array([phi]), np.array([k]), BARREL.radius[None])
    before, after = phi + k * path[0, near], phi + k * path[0, far]
    step = path[0, far] - path[0, near]
    tangent = np.array([np.cos(after), np.sin(after), cot])
    normal = np.array([np.cos(azimuth[0, far]), np.sin(azimuth[0, far]), 0.0])
    arc = np.array([-normal[1], normal[0], 0.0])
    chord = np.array([np.sin(after) - np.sin(before), np.cos(before) - np.cos(after)]) / k
    by_phi = np.array([-chord[1], chord[0], 0.0])
    by_k = np.array([*(step * tangent[:2] - chord) / k, 0.0])
    by_theta = -k * cot * by_k + np.array([0.0, 0.0, -step / np.sin(theta) ** 2])
    moved = [kick - tangent * (kick @ normal) / (tangent @ normal) for kick in (by_phi, by_theta)]
    return np.array([[kick @ arc, kick[2]] for kick in moved]).T


@pytest.mark.parametrize("row", [0, 1, 2])
def test_the_covariance_is_that_of_displacements_that_slide_along_the_track(row: int) -> None:
    track = TRACKS[row : row + 1]
    measured = lay_hits(np.ones((1, 10), dtype=bool), BARREL.radius, np.zeros((10, 2)), FIELD)
    angle, _ = pass_cylinders(track, BARREL.material, np.zeros(1, dtype=np.int64))
    covariance = weigh_hits(measured, track, angle, most=10)[1][0]
    direct = np.zeros((20, 20))
    for near in range(9):
        moved = np.zeros((20, 2))
        for far in range(near + 1, 10):
            moved[2 * far : 2 * far + 2] = displace(track[0], near, far)
        moved *= angle[0, near] * np.array([1 / np.sin(track[0, 3]), 1])
        direct += moved @ moved.T
    scale = np.sqrt(np.maximum(np.diag(direct), 1e-12))
    np.testing.assert_allclose(covariance / np.outer(scale, scale), direct / np.outer(scale, scale), atol=1e-6)


def test_the_covariance_is_that_of_scattered_tracks() -> None:
    count = 20_000
    start = np.repeat([[1.3, 20.0, 0.7, 1.1, -1.6]], count, axis=0)
    deflection = np.random.default_rng(6).standard_normal((10, count, 2))
    flown = list(cross_layers(start, BARREL, deflection, mass=0.13957039))
    arc = np.stack([radius * azimuth for radius, (azimuth, _, _) in zip(BARREL.radius, flown, strict=True)], axis=1)
    hits = np.stack([arc, np.stack([z for _, z, _ in flown], axis=1)], axis=2).reshape(count, 20)
    measured = lay_hits(np.ones((1, 10), dtype=bool), BARREL.radius, np.zeros((10, 2)), FIELD)
    angle, _ = pass_cylinders(start[:1], BARREL.material, np.zeros(1, dtype=np.int64))
    expected = weigh_hits(measured, start[:1], angle, most=10)[1][0, 2:, 2:]
    found = np.cov(hits[:, 2:].T)
    scale = np.sqrt(np.diag(expected))
    np.testing.assert_allclose(found / np.outer(scale, scale), expected / np.outer(scale, scale), atol=0.03)


def test_energy_loss_moves_the_hits_as_carried() -> None:
    start = TRACKS[:1]
    flown = list(cross_layers(start, BARREL, np.zeros((10, 1, 2)), mass=0.13957039, energy_loss=True))
    crossing, jacobian = differentiate_hits(start, BARREL.radius[None], field=FIELD)
    _, growth = pass_cylinders(start, BARREL.material, np.zeros(1, dtype=np.int64), energy_loss=True)
    k = curve(HelixParameters(start).q_over_pt, FIELD)
    path = cross_cylinders(start[:, 0], start[:, 2], k, BARREL.radius[None])[1][0]
    for far in range(1, 10):
        lost = sum(differentiate_kick(start[0], path[near], field=FIELD)[:, 2] * growth[0, near] for near in range(far))
        arc, z = jacobian[0, far] @ lost
        wanted = BARREL.radius[far] * (flown[far][0][0] - crossing[0, far, 0])
        assert arc == pytest.approx(wanted, rel=0.03, abs=1e-4)
        assert z == pytest.approx(flown[far][1][0] - crossing[0, far, 1], rel=0.03, abs=1e-4)
