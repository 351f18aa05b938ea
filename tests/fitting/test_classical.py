"""Classical fitters: their settings, hits of no cylinder, tracks that cannot be told."""

import dataclasses

import numpy as np
import pytest

from corpuscle.data.apparatus import lay_barrel
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.data.settings import build_method
from corpuscle.estimation.helices.bound import cramer_rao
from corpuscle.fitting.base import DIVERGED, REASONS, Fitter
from corpuscle.fitting.classical.kalman import Kalman
from corpuscle.fitting.classical.least_squares import LeastSquares
from corpuscle.fitting.fitters import FITTERS
from corpuscle.simulation.helical import Helix

ITERATED = ["gls", "kalman"]
every_iterated = pytest.mark.parametrize("name", ITERATED)


def draw(tracks: int = 200, seed: int = 1, **settings: float | bool) -> tuple[TrackHits, HelixParameters, Helix]:
    world = Helix(tracks=tracks, **settings)  # type: ignore[arg-type] # plain numbers
    drawn = world.simulate(np.random.default_rng(seed))
    return drawn.hits.collect_tracks(), drawn.particles.parameters, world


def build(name: str, **settings: object) -> Fitter:
    fitter: object = build_method(FITTERS[name], settings)
    assert isinstance(fitter, Fitter)
    return fitter


@every_iterated
def test_a_fit_that_is_not_at_rest_is_marked(name: str) -> None:
    hits, _, world = draw()
    fit = build(name, iterations=1).fit(hits, world.apparatus)
    assert (fit.reason == DIVERGED).any()
    assert REASONS[DIVERGED] == "the fit did not converge"


@every_iterated
def test_without_scattering_the_fit_is_that_of_the_measurement_alone(name: str) -> None:
    hits, _, world = draw(material=0.0)
    free = build(name, scattering=False).fit(hits, lay_barrel(material=0.05))
    np.testing.assert_allclose(free.parameters.value, build(name).fit(hits, world.apparatus).parameters.value)


@every_iterated
def test_mean_energy_loss_is_put_right(name: str) -> None:
    hits, truth, world = draw(4000, energy_loss=True, lowest_pt=0.5, highest_pt=0.6)
    biases = []
    for wanted in (True, False):
        fit = build(name, energy_loss=wanted).fit(hits, world.apparatus)
        biases.append(float(np.median(fit.parameters.q_over_pt / truth.q_over_pt - 1)))
    assert abs(biases[0]) < 5e-4
    assert biases[1] > 2e-3


@every_iterated
def test_an_unknown_setting_is_named(name: str) -> None:
    with pytest.raises(ValueError, match=r"has no setting 'iteratons'.*did you mean 'iterations'"):
        build(name, iteratons=3)
    with pytest.raises(ValueError, match=r"iterations: expected a finite number at least 1, not 0"):
        build(name, iterations=0)


@pytest.mark.parametrize("name", ["karimaki", *ITERATED])
def test_hits_of_no_cylinder_are_fitted_where_they_are(name: str) -> None:
    hits, _, world = draw()
    unplaced = dataclasses.replace(hits, layer=np.full_like(hits.layer, -1))
    one, other = (build(name).fit(given, world.apparatus) for given in (hits, unplaced))
    np.testing.assert_allclose(other.parameters.value, one.parameters.value, rtol=1e-9, atol=1e-9)


def test_a_track_of_many_hits_on_one_cylinder_is_fitted() -> None:
    hits, _, world = draw(1)
    twice = TrackHits(
        event=hits.event,
        track=hits.track,
        offset=np.array([0, 20]),
        position=np.concatenate([hits.position, hits.position * 1.0001]),
        layer=np.concatenate([hits.layer, hits.layer]),
    )
    one, other = LeastSquares().fit(twice, world.apparatus), Kalman().fit(twice, world.apparatus)
    assert one.valid.all()
    assert one.ndf[0] == 35
    np.testing.assert_allclose(one.parameters.value, other.parameters.value, rtol=1e-6)


@pytest.mark.parametrize("material", [0.0, 0.02])
def test_the_errors_of_the_closed_form_are_right_when_it_is_told_to_scatter(material: float) -> None:
    hits, truth, world = draw(4000, material=material, holes=0.1)
    fit = build("karimaki", scattering=True).fit(hits, world.apparatus)
    plain = build("karimaki").fit(hits, world.apparatus)
    np.testing.assert_array_equal(fit.parameters.value, plain.parameters.value)
    assert fit.parameters.covariance is not None
    off = (fit.parameters.value - truth.value)[fit.valid]
    off[:, 2] = (off[:, 2] + np.pi) % (2 * np.pi) - np.pi
    pull = off / np.sqrt(np.diagonal(fit.parameters.covariance[fit.valid], axis1=1, axis2=2))
    np.testing.assert_allclose(pull.std(axis=0), 1, atol=0.04)
    if not material:
        assert plain.parameters.covariance is not None
        np.testing.assert_allclose(fit.parameters.covariance, plain.parameters.covariance, rtol=0.02, atol=1e-9)


def test_the_smoother_leaves_bad_tracks_alone() -> None:
    hits, _, world = draw(3)
    position = hits.position.copy()
    position[12] = np.nan
    smoothed = Kalman().smooth(dataclasses.replace(hits, position=position), world.apparatus)
    known = np.isfinite(smoothed.chi2)
    np.testing.assert_array_equal(known, (np.arange(30) < 10) | (np.arange(30) >= 20))
    assert np.isnan(smoothed.parameters.value[~known]).all()


@pytest.mark.slow
@every_iterated
@pytest.mark.parametrize(("least", "most"), [(0.5, 1.0), (2.0, 5.0), (50.0, 100.0)])
def test_the_bound_is_reached(name: str, least: float, most: float) -> None:
    hits, truth, world = draw(40_000, lowest_pt=least, highest_pt=most, holes=0.05)
    seen = np.zeros((len(hits), 10), dtype=bool)
    seen[np.repeat(np.arange(len(hits)), hits.length), hits.layer] = True
    bound = cramer_rao(
        world.apparatus.radius,
        field=2.0,
        resolution=0.02,
        resolution_z=0.05,
        material=0.02,
        parameters=truth,
        seen=seen,
    )
    fit = build(name).fit(hits, world.apparatus)
    covariance = fit.parameters.covariance
    assert covariance is not None
    good = fit.valid & np.isfinite(bound[:, 0, 0])
    assert good.mean() > 0.999
    off = (fit.parameters.value - truth.value)[good]
    off[:, 2] = (off[:, 2] + np.pi) % (2 * np.pi) - np.pi
    ratio = off / np.sqrt(np.diagonal(bound[good], axis1=1, axis2=2))
    pull = off / np.sqrt(np.diagonal(covariance[good], axis1=1, axis2=2))
    width = (np.percentile(ratio, 84.135, axis=0) - np.percentile(ratio, 15.865, axis=0)) / 2
    np.testing.assert_allclose(width, 1, atol=0.02)
    np.testing.assert_allclose(pull.std(axis=0), 1, atol=0.03)
