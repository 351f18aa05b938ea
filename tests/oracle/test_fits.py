"""Fits against other roads to the same least squares: scipy, and the joint Gaussian of all kicks."""

import numpy as np
import pytest
from scipy.optimize import least_squares

from corpuscle.data.event import TrackHits
from corpuscle.data.helix import cross_cylinders, curve
from corpuscle.estimation.helices.bound import lay_hits
from corpuscle.estimation.helices.helix import differentiate_hits, differentiate_kick, weigh_hits
from corpuscle.estimation.helices.passage import pass_cylinders
from corpuscle.fitting.classical.kalman import Kalman
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.fitting.classical.least_squares import LeastSquares
from corpuscle.simulation.helical import Helix


def draw(tracks: int, **settings: float | bool) -> tuple[TrackHits, Helix]:
    world = Helix(tracks=tracks, **settings)  # type: ignore[arg-type] # plain numbers
    return world.simulate(np.random.default_rng(5)).hits.collect_tracks(), world


def look_beyond(value: np.ndarray, hits: TrackHits, field: float) -> np.ndarray:
    """Give how far the hits of one track lie from a helix along r phi and z."""
    radius = np.hypot(hits.position[:, 0], hits.position[:, 1])
    crossing, _ = differentiate_hits(value[None], radius[None], field=field)
    turn = np.arctan2(hits.position[:, 1], hits.position[:, 0]) - crossing[0, :, 0]
    arc = radius * ((turn + np.pi) % (2 * np.pi) - np.pi)
    return np.stack([arc, hits.position[:, 2] - crossing[0, :, 1]], axis=1).ravel()


@pytest.mark.parametrize("settings", [{}, {"holes": 0.3}, {"material": 0.0}, {"energy_loss": True}])
def test_the_filter_and_the_global_fit_find_the_same(settings: dict[str, float | bool]) -> None:
    hits, world = draw(500, **settings)
    lossy = {"energy_loss": True} if "energy_loss" in settings else {}
    one = LeastSquares(**lossy).fit(hits, world.apparatus)
    other = Kalman(**lossy).fit(hits, world.apparatus)
    np.testing.assert_array_equal(one.reason, other.reason)
    good = one.valid
    ours, theirs = one.parameters.covariance, other.parameters.covariance
    assert ours is not None
    assert theirs is not None
    spread = np.sqrt(np.diagonal(ours[good], axis1=1, axis2=2))
    off = (one.parameters.value - other.parameters.value)[good] / spread
    assert np.abs(off).max() < 1e-6
    np.testing.assert_allclose(one.chi2[good], other.chi2[good], rtol=1e-6, atol=1e-6)
    scale = spread[:, :, None] * spread[:, None, :]
    np.testing.assert_allclose(theirs[good] / scale, ours[good] / scale, atol=1e-6)


def test_the_global_fit_finds_what_scipy_does() -> None:
    hits, world = draw(10)
    apparatus = world.apparatus
    fit = LeastSquares().fit(hits, apparatus)
    for row in range(10):
        one = hits.choose(np.array([row]))
        found = fit.parameters.value[row]
        measured = lay_hits(
            np.ones((1, 10), dtype=bool),
            apparatus.radius,
            np.stack([apparatus.resolution**2, apparatus.resolution_z**2], axis=1),
            2.0,
        )
        angle, _ = pass_cylinders(found[None], apparatus.material, np.zeros(1, dtype=np.int64))
        covariance = weigh_hits(measured, found[None], angle, most=10)[1][0]
        assert fit.parameters.covariance is not None
        scale = np.sqrt(np.diag(fit.parameters.covariance[row]))
        inward = one.layer.argsort()
        ordered = TrackHits(
            event=one.event, track=one.track, offset=one.offset, position=one.position[inward], layer=one.layer[inward]
        )
        whiten = np.linalg.inv(np.linalg.cholesky(covariance))

        def fall(
            x: np.ndarray,
            start: np.ndarray = found,
            scale: np.ndarray = scale,
            hits: TrackHits = ordered,
            whiten: np.ndarray = whiten,
        ) -> np.ndarray:
            return np.asarray(whiten @ look_beyond(start + scale * x, hits, 2.0))

        best = least_squares(fall, np.full(5, 0.5), x_scale=1.0, xtol=1e-12, ftol=1e-12)
        assert np.abs(best.x).max() < 2e-3
        assert 2 * best.cost == pytest.approx(fit.chi2[row], rel=1e-3)


def test_the_circle_is_that_of_least_squares_by_scipy() -> None:
    hits, world = draw(10, material=0.0)
    fit = Karimaki().fit(hits, world.apparatus)
    assert fit.parameters.covariance is not None
    for row in range(10):
        one, found = hits.choose(np.array([row])), fit.parameters.value[row]
        scale = np.sqrt(np.diag(fit.parameters.covariance[row]))[[0, 2, 4]]

        def fall(
            x: np.ndarray, start: np.ndarray = found, scale: np.ndarray = scale, hits: TrackHits = one
        ) -> np.ndarray:
            value = start.copy()
            value[[0, 2, 4]] += scale * x
            return look_beyond(value, hits, 2.0)[::2] / 0.02

        best = least_squares(fall, np.full(3, 0.5), x_scale=1.0, xtol=1e-12, ftol=1e-12)
        assert np.abs(best.x).max() < 0.005


def test_the_smoother_is_the_joint_gaussian_of_all_kicks() -> None:
    hits, world = draw(3, holes=0.2)
    apparatus = world.apparatus
    fit, smoothed = Kalman().fit(hits, apparatus), Kalman().smooth(hits, apparatus)
    for row in range(3):
        value = fit.parameters.value[row]
        rows = np.arange(hits.offset[row], hits.offset[row + 1])
        place = hits.layer[rows]
        radius = np.hypot(hits.position[rows, 0], hits.position[rows, 1])
        jacobian = differentiate_hits(value[None], radius[None], field=2.0)[1][0]
        angle, _ = pass_cylinders(value[None], apparatus.material, np.array([place.min()]))
        k = curve(value[4:] / np.sin(value[3]), 2.0)
        path = cross_cylinders(value[:1], value[2:3], k, apparatus.radius[None])[1][0]
        kicks = np.zeros((10, 5, 2))
        for layer in range(10):
            turns = differentiate_kick(value, float(path[layer]), field=2.0)[:, :2]
            kicks[layer] = turns * angle[0, layer] * np.array([1 / np.sin(value[3]), 1])
        states = [np.hstack([np.eye(5), *(kicks[j] * (j < at) for j in range(10))]) for at in place]
        design = np.concatenate([jacobian[i] @ states[i] for i in range(len(rows))])
        weight = 1 / np.tile([0.02**2, 0.05**2], len(rows))
        information = design.T @ (design * weight[:, None]) + np.diag([0.0] * 5 + [1.0] * 20)
        one = hits.choose(np.array([row]))
        mean = np.linalg.solve(information, design.T @ (weight * look_beyond(value, one, 2.0)))
        covariance = np.linalg.inv(information)
        for i, hit in enumerate(rows):
            wanted = states[i] @ covariance @ states[i].T
            scale = np.sqrt(np.diag(wanted))
            off = smoothed.parameters.value[hit] - value - states[i] @ mean
            assert np.abs(off / scale).max() < 1e-4
            assert smoothed.parameters.covariance is not None
            error = (smoothed.parameters.covariance[hit] - wanted) / np.outer(scale, scale)
            assert np.abs(error).max() < 1e-4


def test_the_chi2_of_hits_is_that_of_two_degrees_of_freedom() -> None:
    hits, world = draw(2000)
    chi2 = Kalman().smooth(hits, world.apparatus).chi2
    assert chi2.min() >= 0
    assert chi2.mean() == pytest.approx(2.0, abs=0.05)
    outlier = hits.position.copy()
    outlier[::10, 2] += 5.0
    moved = TrackHits(event=hits.event, track=hits.track, offset=hits.offset, position=outlier, layer=hits.layer)
    found = Kalman().smooth(moved, world.apparatus).chi2.reshape(-1, 10)
    assert (found.argmax(axis=1) == 0).mean() > 0.95
