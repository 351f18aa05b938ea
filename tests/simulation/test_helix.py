"""What the helix world does to particles on their way."""

from typing import Any

import numpy as np
import pytest

from corpuscle.data.event import Collisions
from corpuscle.data.helix import curve
from corpuscle.data.material import KAON, MUON, PION, PROTON, lose_energy, scatter
from corpuscle.data.settings import build_method
from corpuscle.simulation.helical import Helix


def simulate(**settings: Any) -> Collisions:
    return Helix(**settings).simulate(np.random.default_rng(0))


def layers_of(collisions: Collisions, layers: int) -> np.ndarray:
    """Give the hits as [track, layer, axis]; every layer saw every track."""
    tracks = collisions.hits.collect_tracks()
    order = np.lexsort((tracks.layer, tracks.owner))
    return tracks.position[order].reshape(-1, layers, 3)


def azimuth_of(position: np.ndarray) -> np.ndarray:
    return np.asarray(np.arctan2(position[..., 1], position[..., 0]))


def turn(angle: np.ndarray) -> np.ndarray:
    return np.asarray((angle + np.pi) % (2 * np.pi) - np.pi)


def test_positions_have_the_declared_resolution() -> None:
    exact, measured = (
        layers_of(simulate(tracks=4000, resolution=sigma, resolution_z=3 * sigma), 10) for sigma in (1e-9, 0.1)
    )
    radius = Helix().apparatus.radius
    off = turn(azimuth_of(measured) - azimuth_of(exact)) * radius
    np.testing.assert_allclose(off.std(axis=0), 0.1, rtol=5 / np.sqrt(2 * 4000))
    np.testing.assert_allclose((measured - exact)[..., 2].std(axis=0), 0.3, rtol=5 / np.sqrt(2 * 4000))
    assert abs(np.corrcoef(off.T)[~np.eye(10, dtype=bool)]).max() < 5 / np.sqrt(4000)


@pytest.mark.parametrize("kind", ["pion", "muon", "kaon", "proton"])
def test_scattering_moves_the_next_layer_as_highland_says(kind: str) -> None:
    clean: dict[str, Any] = {
        "tracks": 20_000, "radii": "100,200", "resolution": 1e-9, "resolution_z": 1e-9, "lowest_pt": 1.0,
        "highest_pt": 1.0, "highest_eta": 0.0, "d0_spread": 0.0, "kind": kind,
    }  # fmt: skip
    straight, scattered = (layers_of(simulate(material=material, **clean), 2) for material in (0.0, 0.02))
    np.testing.assert_allclose(straight[:, 0], scattered[:, 0], atol=1e-7)
    mass = {"pion": PION, "muon": MUON, "kaon": KAON, "proton": PROTON}[kind]
    theta0 = float(scatter(np.array([1.0]), 0.02, mass=mass)[0])
    curvature = float(np.abs(curve(np.array([1.0]), 2.0))[0])
    turned, slant = curvature * (200 / np.sqrt(1 - (200 * curvature / 2) ** 2) - 100), curvature * 200 / 2
    arm = np.sin(turned) / curvature / np.sqrt(1 - slant**2)
    off = turn(azimuth_of(scattered) - azimuth_of(straight))[:, 1] * 200
    assert abs(off.std() / (arm * theta0) - 1) < 0.03
    assert abs((scattered - straight)[:, 1, 2].std() / (100 * theta0) - 1) < 0.03


def test_momentum_is_kept_where_nothing_is_lost() -> None:
    found = simulate(tracks=500, holes=0.7, energy_loss=False)
    np.testing.assert_allclose(found.particles.lost, 0.0, atol=1e-14)


def test_what_is_lost_before_the_first_hit_is_the_mean_loss() -> None:
    settings: dict[str, Any] = {"tracks": 300, "radii": "30,60,90", "highest_eta": 0.0}
    found = simulate(holes=0.5, energy_loss=True, lowest_pt=0.5, highest_pt=0.5, **settings)
    first = np.full(300, 3)
    hits = found.hits
    np.minimum.at(first, (hits.event * 10 + hits.track)[hits.track >= 0], hits.layer[hits.track >= 0])
    lost = found.particles.lost
    np.testing.assert_array_equal(lost[(first == 0) | (first == 3)], 0.0)
    energy = np.hypot(0.5, PION) - lose_energy(np.array([0.5]), 0.02)[0]
    np.testing.assert_allclose(lost[first == 1], 1 - np.sqrt(energy**2 - PION**2) / 0.5, rtol=1e-3)
    assert (lost[first == 2] > 1.9 * lost[first == 1].mean()).all()


def test_loopers_stop_where_they_turn_back() -> None:
    hits = simulate(tracks=50, lowest_pt=0.2, highest_pt=0.2, material=0.0, d0_spread=0.0).hits
    reach = 2 * 0.2 / (0.299792458e-3 * 2.0)
    assert hits.layer.max() == np.searchsorted(Helix().apparatus.radius, reach) - 1
    assert len(hits) == 50 * (hits.layer.max() + 1)


def test_a_particle_that_stops_leaves_no_more_hits() -> None:
    found = simulate(tracks=50, lowest_pt=0.05, highest_pt=0.06, kind="proton", energy_loss=True, radii="10,20,30")
    assert set(found.hits.layer.tolist()) == {0}
    assert np.isfinite(found.particles.parameters.value).all()


def test_charges_have_the_numbers_of_their_particles() -> None:
    for kind, number in {"pion": 211, "muon": -13, "kaon": 321, "proton": 2212}.items():
        particles = simulate(tracks=20, kind=kind).particles
        np.testing.assert_array_equal(particles.kind, number * particles.parameters.charge)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"field": 0.0}, r"Helix: a field is a finite number of tesla other than 0"),
        ({"radii": "30,ab"}, r"Helix: radii: expected trackml, or numbers with commas"),
        ({"radii": "60,30"}, r"Helix: radius: expected at least one cylinder, from the inside out"),
        ({"radii": "0,30"}, r"Helix: radius: expected finite numbers above 0, not 0"),
        ({"kind": "electron"}, r"Helix\.kind: expected one of pion, muon, kaon, proton"),
        ({"resolution": 0.0}, r"Helix\.resolution: expected a finite number above 0"),
    ],
)
def test_nonsense_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_method(Helix, settings)
