"""The Cramer-Rao bound against closed forms, another formula across the field, and published figures."""

import numpy as np
import pytest

from corpuscle.data.apparatus import TRACKML_RADII
from corpuscle.data.helix import HelixParameters, cross_cylinders, curve
from corpuscle.data.material import scatter
from corpuscle.estimation.helices.bound import cramer_rao, gluckstern, scattering_limit

RADII = np.array(TRACKML_RADII)
FIELD = 2.0
MOMENTA = np.array([0.5, 1, 2, 5, 10, 20, 50, 100])
WITHOUT = np.array([0.0089, 0.0228, 0.0481, 0.122, 0.244, 0.489, 1.22, 2.44])
WITH = np.array([0.823, 0.860, 0.869, 0.890, 0.930, 1.033, 1.528, 2.611])
"""Published figures: sigma(pT)/pT [%] of the barrel of TrackML at 2 T, 20 um, without material and with 10 x 2 %."""


def aim(momentum: float, eta: np.ndarray) -> HelixParameters:
    """Aim tracks from the axis at pseudorapidities."""
    theta = 2 * np.arctan(np.exp(-eta))
    none = np.zeros(len(eta))
    return HelixParameters(np.stack([none, none, none, theta, np.sin(theta) / momentum], axis=1))


def give_percent(tracks: HelixParameters, radii: np.ndarray = RADII, **settings: float) -> np.ndarray:
    """Give sigma(pT)/pT [%], that of q/pT = q/p / sin theta."""
    bound = cramer_rao(radii, field=FIELD, parameters=tracks, **({"resolution": 0.02} | settings))  # type: ignore[arg-type] # plain numbers
    theta = tracks.value[:, 3]
    turn = np.zeros((len(tracks), 5))
    turn[:, 4], turn[:, 3] = 1 / np.sin(theta), -tracks.q_over_pt / np.tan(theta)
    return np.asarray(100 * np.sqrt(np.einsum("ti,tij,tj->t", turn, bound, turn)) / np.abs(tracks.q_over_pt))


def give_percent_across(tracks: HelixParameters, material: float) -> np.ndarray:
    """Give sigma(pT)/pT [%] from r phi alone, without kicks of theta.

    C = sigma^2 + G diag(sigma_phi^2) G', G = sin(k (s_i - s_j))/(k cos psi_i) for s_i > s_j, psi the angle between a
    track and its radius; J from the derivatives of sin(azimuth - phi) = [k (r^2 + d^2) + 2 d]/(2 r (1 + k d)) at d = 0.
    """
    theta, k = tracks.value[:, 3, None], curve(tracks.q_over_pt, FIELD)[:, None]
    count = len(tracks)
    azimuth, path = cross_cylinders(np.zeros(count), np.zeros(count), k[:, 0], np.tile(RADII, (count, 1)))
    sine = k * RADII / 2
    jacobian = np.stack([1 - k * RADII * sine, np.tile(RADII, (count, 1)), np.tile(RADII**2 / 2, (count, 1))], axis=2)
    jacobian[:, :, [0, 2]] /= np.sqrt(1 - sine**2)[:, :, None]
    angle = scatter(1 / np.abs(tracks.value[:, 4, None]), material / np.sin(theta)) / np.sin(theta)
    step = path[:, :, None] - path[:, None, :]
    carried = np.sin(k[:, :, None] * step) / k[:, :, None] / np.cos(k * path - azimuth)[:, :, None] * (step > 0)
    covariance = 0.02**2 * np.eye(10) + np.einsum("tij,tkj->tik", carried, carried) * angle[:, :, None] ** 2
    bound = np.linalg.inv(jacobian.swapaxes(1, 2) @ np.linalg.solve(covariance, jacobian))
    return np.asarray(100 * np.sqrt(bound[:, 2, 2]) / np.abs(k[:, 0]))


ETA = np.linspace(-1, 1, 401)


def test_the_published_figures_without_material_are_reproduced() -> None:
    found = [float(give_percent(aim(momentum, np.zeros(1)), material=0.0)[0]) for momentum in MOMENTA]
    told = [f"{value:.4f}" if value < 0.1 else f"{value:.3g}" for value in found]
    assert told == [f"{value:.4f}" if value < 0.1 else f"{value:.3g}" for value in WITHOUT]


def test_the_published_figures_with_material_are_reproduced_across_the_field() -> None:
    found = [np.median(give_percent_across(aim(momentum, ETA), 0.02)) for momentum in MOMENTA]
    np.testing.assert_allclose(found, WITH, rtol=0.003)


def test_kicks_of_theta_are_felt_at_low_momentum_alone() -> None:
    found = np.array(
        [np.median(give_percent(aim(momentum, ETA), material=0.02, resolution_z=0.05)) for momentum in MOMENTA]
    )
    np.testing.assert_allclose(found[1:], WITH[1:], rtol=0.006)
    assert 1.02 < found[0] / WITH[0] < 1.03


@pytest.mark.parametrize("momentum", [0.5, 5.0, 100.0])
def test_straight_across_the_field_both_formulas_agree(momentum: float) -> None:
    middle = aim(momentum, np.zeros(1))
    np.testing.assert_allclose(give_percent(middle, material=0.02), give_percent_across(middle, 0.02), rtol=1e-3)


@pytest.mark.parametrize("points", [4, 10, 30])
def test_equidistant_layers_give_the_closed_forms(points: int) -> None:
    radii, track = np.linspace(32, 1020, points), aim(20.0, np.zeros(1))
    measured = gluckstern(20.0, points=points, lever=988.0, field=FIELD, resolution=0.02)
    np.testing.assert_allclose(give_percent(track, radii, material=0.0), 100 * measured, rtol=1e-3)
    scattered = scattering_limit(points=points, lever=988.0, field=FIELD, material=0.02)
    found = give_percent(track, radii, material=0.02, resolution=1e-5)
    np.testing.assert_allclose(found, 100 * scattered, rtol=1e-3)


def test_a_hole_loses_information_and_a_known_beam_adds_some() -> None:
    tracks = aim(10.0, np.zeros(2))
    seen = np.ones((2, 10), dtype=bool)
    seen[1, 4] = False
    plain = give_percent(tracks, material=0.0)
    holed = cramer_rao(RADII, field=FIELD, resolution=0.02, material=0.0, parameters=tracks, seen=seen)
    assert holed[1, 4, 4] > holed[0, 4, 4]
    np.testing.assert_allclose(give_percent(tracks, material=0.0, beam=0.01)[0], 0.200, atol=0.0005)
    np.testing.assert_allclose(plain[0], 0.244, atol=0.0005)


def test_two_hits_tell_no_track() -> None:
    tracks = aim(10.0, np.zeros(1))
    seen = np.arange(10)[None] < 2
    assert np.isnan(cramer_rao(RADII, field=FIELD, resolution=0.02, material=0.0, parameters=tracks, seen=seen)).all()
