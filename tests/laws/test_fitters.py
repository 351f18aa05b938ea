"""What every fitter promises, run over the registry: a new one is tested the moment it is registered."""

import dataclasses

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.stats import chi2

from corpuscle.data.apparatus import Apparatus, lay_barrel
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters, cross_cylinders, curve
from corpuscle.data.settings import describe_line, describe_source, list_settings
from corpuscle.estimation.helices.bound import cramer_rao
from corpuscle.fitting.base import COINCIDENT, FEW, GOOD, INFINITE, LOOPING, ON_AXIS, STRAIGHT, Fit, Fitter
from corpuscle.fitting.fitters import FITTERS
from corpuscle.simulation.helical import Helix

NAMES = list(FITTERS)
seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=8)
"""Each example has forty tracks."""
every_fitter = pytest.mark.parametrize("name", NAMES)
BARREL = lay_barrel()
SMALL = 1e-3
"""A change of a parameter that does not count, in units of its error."""


def method_of(name: str) -> type[Fitter]:
    """Give the class of a fitter."""
    method = FITTERS[name]
    assert issubclass(method, Fitter)
    return method


def promises(name: str, promise: str) -> None:
    """Skip a law that a fitter does not promise."""
    if not getattr(method_of(name).promises, promise):
        pytest.skip(f"{name} does not promise it")


def draw_tracks(count: int, seed: int) -> HelixParameters:
    """Draw tracks that reach every cylinder of the barrel."""
    random = np.random.default_rng(seed)
    theta = random.uniform(0.75, 2.4, count)
    momentum = np.exp(random.uniform(np.log(0.5), np.log(50), count))
    d0, z0, phi = random.normal(0, 1, count), random.normal(0, 50, count), random.uniform(-np.pi, np.pi, count)
    charge = np.where(random.random(count) < 0.5, -1.0, 1.0)
    return HelixParameters(np.stack([d0, z0, phi, theta, charge * np.sin(theta) / momentum], axis=1))


def lay_hits(tracks: HelixParameters, apparatus: Apparatus = BARREL) -> TrackHits:
    """Lay a hit without an error wherever a track crosses a cylinder."""
    count, layers = len(tracks), len(apparatus.radius)
    d0, z0, phi, theta, _ = tracks.value.T
    wide = np.broadcast_to(apparatus.radius, (count, layers))
    azimuth, path = cross_cylinders(d0, phi, curve(tracks.q_over_pt, apparatus.field), wide)
    z = z0[:, None] + path / np.tan(theta)[:, None]
    position = np.stack([wide * np.cos(azimuth), wide * np.sin(azimuth), z], axis=2)
    return bundle(list(position), [np.arange(layers)] * count)


def bundle(position: list[np.ndarray], layer: list[np.ndarray] | None = None) -> TrackHits:
    """Put tracks behind one another."""
    layer = layer or [np.arange(len(hits)) for hits in position]
    return TrackHits(
        event=np.zeros(len(position), dtype=np.int64),
        track=np.arange(len(position)),
        offset=np.append(0, np.cumsum([len(hits) for hits in position])).astype(np.int64),
        position=np.concatenate([np.empty((0, 3)), *position]),
        layer=np.concatenate([np.empty(0, dtype=np.int64), *layer]),
    )


def draw_hits(seed: int = 8, tracks: int = 40, **wanted: float) -> tuple[TrackHits, HelixParameters]:
    """Draw measured hits of tracks, with their truth."""
    drawn = Helix(tracks=tracks, **wanted).simulate(np.random.default_rng(seed))  # type: ignore[arg-type] # plain numbers
    return drawn.hits.collect_tracks(), drawn.particles.parameters


def subtract(ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """Subtract parameters; phi wraps."""
    off = ours - theirs
    off[:, 2] = (off[:, 2] + np.pi) % (2 * np.pi) - np.pi
    return np.asarray(off)


def measure_errors(tracks: HelixParameters) -> np.ndarray:
    """Give the least standard deviations that the parameters of tracks can have in the barrel."""
    bound = cramer_rao(
        BARREL.radius, field=BARREL.field, resolution=0.02, resolution_z=0.05, material=0.02, parameters=tracks
    )
    return np.asarray(np.sqrt(np.diagonal(bound, axis1=1, axis2=2)))


def agree(ours: Fit, value: np.ndarray, reason: np.ndarray | int = GOOD) -> None:
    """Check that parameters differ by nothing that counts, and that the same tracks have none."""
    np.testing.assert_array_equal(ours.reason, reason)
    off = subtract(ours.parameters.value, value) / measure_errors(ours.parameters)
    assert np.abs(off[ours.valid]).max(initial=0) < SMALL


@every_fitter
def test_it_says_what_it_is(name: str) -> None:
    assert describe_line(FITTERS[name]).endswith(".")
    assert describe_source(FITTERS[name])
    assert all(setting.meaning for setting in list_settings(FITTERS[name]))


@every_fitter
@few
@given(seed=seeds)
def test_hits_without_errors_give_the_true_parameters(name: str, seed: int) -> None:
    promises(name, "exact")
    tracks = draw_tracks(40, seed)
    agree(method_of(name)().fit(lay_hits(tracks), BARREL), tracks.value)


@every_fitter
@few
@given(seed=seeds, angle=st.floats(-4, 4))
def test_turning_the_hits_about_the_axis_turns_phi_alone(name: str, seed: int, angle: float) -> None:
    promises(name, "equivariant")
    hits, _ = draw_hits(seed)
    turn = np.array([[np.cos(angle), -np.sin(angle), 0], [np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    fitter = method_of(name)()
    turned = fitter.fit(dataclasses.replace(hits, position=hits.position @ turn.T), BARREL)
    plain = fitter.fit(hits, BARREL)
    agree(turned, plain.parameters.value + angle * np.eye(5)[2], plain.reason)


@every_fitter
@few
@given(seed=seeds)
def test_mirrored_hits_are_of_the_other_charge(name: str, seed: int) -> None:
    promises(name, "equivariant")
    hits, _ = draw_hits(seed)
    fitter = method_of(name)()
    mirrored = fitter.fit(dataclasses.replace(hits, position=hits.position * [1, -1, 1]), BARREL)
    plain = fitter.fit(hits, BARREL)
    agree(mirrored, plain.parameters.value * [-1, 1, -1, 1, -1], plain.reason)


@every_fitter
@few
@given(seed=seeds)
def test_the_order_of_the_hits_is_irrelevant(name: str, seed: int) -> None:
    hits, _ = draw_hits(seed, holes=0.2)
    random = np.random.default_rng(seed)
    order = np.concatenate(
        [random.permutation(np.arange(a, b)) for a, b in zip(hits.offset[:-1], hits.offset[1:], strict=True)]
    )
    shuffled = dataclasses.replace(hits, position=hits.position[order], layer=hits.layer[order])
    fitter = method_of(name)()
    plain = fitter.fit(hits, BARREL)
    agree(fitter.fit(shuffled, BARREL), plain.parameters.value, plain.reason)


@every_fitter
@few
@given(seed=seeds, data=st.data())
def test_other_tracks_are_irrelevant(name: str, seed: int, data: st.DataObject) -> None:
    hits, _ = draw_hits(seed, holes=0.2)
    fitter = method_of(name)()
    rows = np.array(data.draw(st.lists(st.integers(0, len(hits) - 1), min_size=1, max_size=9)))
    every = fitter.fit(hits, BARREL)
    agree(fitter.fit(hits.choose(rows), BARREL), every.parameters.value[rows], every.reason[rows])


@every_fitter
def test_the_same_hits_give_the_same_parameters_and_are_left_alone(name: str) -> None:
    hits, _ = draw_hits()
    position = hits.position.copy()
    first, again = (method_of(name)().fit(hits, BARREL) for _ in range(2))
    np.testing.assert_array_equal(first.parameters.value, again.parameters.value)
    np.testing.assert_array_equal(hits.position, position)


@every_fitter
def test_no_tracks_have_no_parameters(name: str) -> None:
    assert len(method_of(name)().fit(bundle([]), BARREL)) == 0


@every_fitter
def test_a_bad_track_is_marked_with_its_reason_and_stops_no_other(name: str) -> None:
    good = list(lay_hits(draw_tracks(2, 3)).position.reshape(2, -1, 3))
    line = np.linspace(30, 300, 6)[:, None] * [0.6, 0.8, 0.5]
    circle = np.linspace(0.3, 5.5, 8)
    broken, still = good[0].copy(), np.repeat(good[0][:1], 5, axis=0)
    broken[3, 2] = np.nan
    bad = {
        FEW: good[0][:2],
        INFINITE: broken,
        ON_AXIS: good[0] * (np.arange(10) > 0)[:, None],
        COINCIDENT: np.concatenate([still, good[0][4:5]]),
        STRAIGHT: line,
        LOOPING: np.stack([400 * np.sin(circle), 400 - 400 * np.cos(circle), 10 * circle], axis=1),
    }
    nothing = np.empty((0, 3))
    fit = method_of(name)().fit(bundle([good[0], *bad.values(), nothing, good[1]]), BARREL)
    np.testing.assert_array_equal(fit.reason, [GOOD, *bad, FEW, GOOD])
    alone = method_of(name)().fit(bundle(good), BARREL)
    agree(
        Fit(
            parameters=HelixParameters(fit.parameters.value[fit.valid]),
            chi2=fit.chi2[fit.valid],
            ndf=fit.ndf[fit.valid],
            reason=fit.reason[fit.valid],
        ),
        alone.parameters.value,
    )
    assert np.isnan(fit.parameters.value[~fit.valid]).all()
    assert np.isnan(fit.chi2[~fit.valid]).all()
    if fit.parameters.covariance is not None:
        assert np.isnan(fit.parameters.covariance[~fit.valid]).all()


@every_fitter
def test_absurd_hits_are_no_error(name: str) -> None:
    random = np.random.default_rng(4)
    wild = [random.normal(0, 10.0**power, (8, 3)) for power in (-8, -3, 0, 3, 8, 160) for _ in range(20)]
    fit = method_of(name)().fit(bundle(wild), BARREL)
    assert np.isfinite(fit.parameters.value[fit.valid]).all()


@every_fitter
def test_covariances_are_symmetric_and_above_0(name: str) -> None:
    promises(name, "covariance")
    hits, _ = draw_hits(holes=0.3)
    fit = method_of(name)().fit(hits, BARREL)
    covariance = fit.parameters.covariance
    assert covariance is not None
    np.testing.assert_allclose(covariance, covariance.swapaxes(1, 2), rtol=1e-6, atol=1e-12)
    spread = np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    assert np.linalg.eigvalsh(covariance / spread[:, :, None] / spread[:, None, :]).min() > 0


@every_fitter
def test_errors_are_as_large_as_they_say(name: str) -> None:
    promises(name, "covariance")
    material = 0.02 if method_of(name).promises.covariance_scattering else 0.0
    hits, truth = draw_hits(tracks=3000, material=material)
    apparatus = lay_barrel(material=material)
    fit = method_of(name)().fit(hits, apparatus)
    covariance = fit.parameters.covariance
    assert covariance is not None
    pull = subtract(fit.parameters.value, truth.value) / np.sqrt(np.diagonal(covariance, axis1=1, axis2=2))
    assert fit.valid.mean() > 0.999
    width = (np.percentile(pull[fit.valid], 84.135, axis=0) - np.percentile(pull[fit.valid], 15.865, axis=0)) / 2
    np.testing.assert_allclose(width, 1, atol=0.06)
    np.testing.assert_allclose(np.median(pull[fit.valid], axis=0), 0, atol=0.1)
    if np.isfinite(fit.chi2).any():
        expected = chi2.median(15) / 15
        np.testing.assert_allclose(np.median(fit.chi2[fit.valid] / fit.ndf[fit.valid]), expected, atol=0.03)
