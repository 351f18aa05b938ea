"""Worlds of images against closed forms: likelihood ratios, radiation lengths, radii, chances to radiate nothing."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import norm
from sklearn.metrics import roc_auc_score

from corpuscle.data.images import Images
from corpuscle.simulation.jets import Jets
from corpuscle.simulation.jets_kernel import branch, harden, run
from corpuscle.simulation.showers import Showers
from corpuscle.simulation.showers_kernel import LAYERS, RADIUS, fly
from corpuscle.simulation.templates import Templates


@pytest.mark.parametrize("settings", [{}, {"counts": 5.0, "wide": 4.0, "size": 8}])
def test_the_likelihood_ratio_reaches_the_ceiling(settings: dict[str, Any]) -> None:
    world = Templates(events=40_000, **settings)
    images = world.simulate(np.random.default_rng(3))
    ratio = (images.densify()[:, 0] * world.weigh()).sum(axis=(1, 2))
    found, ceiling = float(roc_auc_score(images.label, ratio)), world.compute_ceiling()
    error = np.sqrt(ceiling * (1 - ceiling) / 20_000)
    assert abs(found - ceiling) < 3 * error


def test_the_ceiling_is_near_its_normal_approximation() -> None:
    world = Templates()
    (narrow, wide), weight = world.means, world.weigh()
    normal = norm.cdf((weight * (wide - narrow)).sum() / np.sqrt((weight**2 * (wide + narrow)).sum()))
    assert round(float(normal), 4) == 0.8793
    assert abs(world.compute_ceiling() - normal) < 0.002
    assert Templates(wide=2.0).compute_ceiling() == 0.5


def fly_many(
    charge: int, thickness: float, field: float = 0.0, pt: float = 50.0, count: int = 20_000
) -> list[np.ndarray]:
    chance, out = np.random.default_rng(0), np.zeros((256, 3))
    layers = LAYERS / [1, LAYERS[:, 1].sum()]
    return [out[: fly(chance, charge, pt, thickness, layers, field, out)].copy() for _ in range(count)]


@pytest.mark.parametrize("thickness", [0.1, 0.3])
def test_photons_survive_and_electrons_radiate_as_radiation_lengths_say(thickness: float) -> None:
    survived = np.mean([len(one) == 1 and one[0, 2] == 0 for one in fly_many(0, thickness)])
    expected = np.exp(-7 / 9 * thickness)
    assert abs(survived - expected) < 4 * np.sqrt(expected * (1 - expected) / 20_000)
    # the share of the electron itself, the hardest one of its sign, where pairs of radiated photons are rare
    kept = [one[one[:, 2] == 1, 0].max(initial=0) / 50 for one in fly_many(1, thickness)]
    spread = np.std(kept) / np.sqrt(len(kept))
    assert abs(np.mean(kept) - np.exp(-thickness)) < 4 * spread + 0.005


def test_electrons_bend_as_the_field_says() -> None:
    (one,) = fly_many(1, 0.0, field=3.8, count=1)
    np.testing.assert_allclose(one[0], [50, 0.5 * 0.3 * 3.8 / 50 * RADIUS**2, 1], rtol=1e-12)
    (one,) = fly_many(0, 0.0, field=3.8, count=1)
    np.testing.assert_array_equal(one[0], [50, 0, 0])


def draw(events: int = 4000, **settings: Any) -> Images:
    return Showers(events=events, **settings).simulate(np.random.default_rng(2))


def test_the_energy_of_showers_is_that_of_particles() -> None:
    images = draw(material=0.0, noise=0.0)
    energy = images.densify()[:, 0].sum(axis=(1, 2)).astype(float)
    np.testing.assert_allclose(energy.mean(), np.cosh(images.columns["eta"]).mean(), rtol=3e-3)
    assert abs(np.sinh(1.4) / 1.4 - energy.mean()) < 4 * energy.std() / np.sqrt(len(energy))
    usual = draw().densify()[:, 0].sum(axis=(1, 2)).astype(float)
    np.testing.assert_allclose(usual.mean(), energy.mean(), rtol=0.02)


def test_more_material_and_more_field_tell_more() -> None:
    def tell(**settings: float) -> float:
        images = draw(6000, **settings)
        energy = images.densify()[:, 0].astype(float)
        columns = energy.sum(axis=1) / energy.sum(axis=(1, 2))[:, None]
        place = np.arange(32)
        middle = (columns * place).sum(axis=1)
        return float(roc_auc_score(images.label, (columns * (place - middle[:, None]) ** 2).sum(axis=1)))

    by_material = [tell(material=material) for material in (0.0, 0.5, 1.0, 2.0)]
    assert np.all(np.diff(by_material) > 0)
    by_field = [tell(field=field) for field in (0.0, 1.9, 3.8)]
    assert np.all(np.diff(by_field) > 0)


@pytest.mark.parametrize("colour", [4 / 3, 3.0])
def test_partons_radiate_nothing_as_often_as_the_integral_says(colour: float) -> None:
    pt, cutoff, radius, coupling = 100.0, 1.0, 0.5, 0.118
    reach = np.log(radius * pt / cutoff)
    grid = (np.arange(2000) + 0.5) / 2000 * reach
    wide, share = np.meshgrid(grid, np.exp(-grid))
    scale = share * radius * np.exp(-wide) * pt
    strength = np.array([run(coupling, float(one)) for one in np.geomspace(cutoff, radius * pt, 400)])
    known = np.interp(np.log(scale), np.linspace(np.log(cutoff), np.log(radius * pt), 400), strength)
    density = np.where(scale > cutoff, 2 / np.pi * known * (1 + (1 - share) ** 2) / 2, 0.0)
    nothing = np.exp(-colour * density.mean() * reach**2)
    chance, out = np.random.default_rng(0), np.zeros((400, 3))
    count = np.array([branch(chance, pt, colour, 3.0, coupling, cutoff, radius, out) for _ in range(20_000)])
    assert abs((count == 1).mean() - nothing) < 4 * np.sqrt(nothing * (1 - nothing) / 20_000) + 1e-3


def test_branching_and_hadrons_keep_the_momentum() -> None:
    chance, partons, hadrons = np.random.default_rng(0), np.zeros((400, 3)), np.zeros((2000, 3))
    for _ in range(50):
        final = branch(chance, 120.0, 3.0, 3.0, 0.118, 1.0, 0.5, partons)
        np.testing.assert_allclose(partons[:final, 0].sum(), 120.0)
        np.testing.assert_allclose(partons[:final, 0] @ partons[:final, 1:], 0.0, atol=1e-9)
        count = harden(chance, partons[0], hadrons)
        np.testing.assert_allclose(hadrons[:count, 0].sum(), partons[0, 0])


def test_gluons_have_more_tracks_and_more_mass() -> None:
    images = Jets(events=600).simulate(np.random.default_rng(0))
    gluon, tracks = images.label == 1, (images.densify()[:, 0] > 0).sum(axis=(1, 2))
    for value in (tracks, images.columns["m0"]):
        apart = value[gluon].mean() - value[~gluon].mean()
        assert apart > 5 * np.sqrt(value[gluon].var() / 300 + value[~gluon].var() / 300)
    assert images.columns["pt"].min() >= 80
    with pytest.raises(ValueError, match=r"Jets\.lowest_pt: expected at most highest_pt, 50, not 80"):
        Jets(highest_pt=50.0)
