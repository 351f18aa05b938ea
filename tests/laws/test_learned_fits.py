"""Padding is invisible to nets that fit, and mirrored tracks are fitted as mirror images, covariance and all."""

import numpy as np
import pytest
import torch

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.fitting.fitters import FITTERS
from corpuscle.fitting.learned.buckets import Bucket, fill_bucket
from corpuscle.fitting.learned.corrector import build_corrector
from corpuscle.fitting.learned.inputs import read_inputs
from corpuscle.fitting.learned.residuals import read_residuals
from corpuscle.fitting.learned.trackformer import build_regressor
from corpuscle.simulation.helical import Helix

CLOSE = 1e-3
"""Of a standard deviation."""


def draw(tracks: int = 200, seed: int = 3) -> tuple[TrackHits, Apparatus]:
    world = Helix(tracks=tracks, tracks_per_event=tracks, holes=0.2, lowest_pt=0.7)
    hits = world.simulate(np.random.default_rng(seed)).hits.collect_tracks()
    return hits.choose(hits.length >= 4), world.apparatus


def sigma(hits: TrackHits, apparatus: Apparatus) -> np.ndarray:
    """Standard deviations by the weighted fit, for the nets that give none."""
    covariance = FITTERS["gls"]().fit(hits, apparatus).parameters.covariance
    return np.asarray(np.sqrt(np.diagonal(covariance, axis1=1, axis2=2)))


def move(hits: TrackHits, position: np.ndarray) -> TrackHits:
    return TrackHits(event=hits.event, track=hits.track, offset=hits.offset, position=position, layer=hits.layer)


def apart(one: HelixParameters, other: HelixParameters, unit: np.ndarray) -> float:
    difference = one.value - other.value
    difference[:, 2] -= 2 * np.pi * np.round(difference[:, 2] / (2 * np.pi))
    return float(np.abs(difference / unit).max())


def test_beside_its_chord_a_turned_track_is_the_same() -> None:
    """Other weights of trackformer do not have this, so that it does not promise it."""
    hits, apparatus = draw()
    fitter = FITTERS["trackformer"]()
    cosine, sine = np.cos(1.2), np.sin(1.2)
    turn = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    found, turned = (fitter.fit(each, apparatus).parameters for each in (hits, move(hits, hits.position @ turn)))
    wanted = HelixParameters(found.value + np.array([0, 0, 1.2, 0, 0]))
    assert apart(turned, wanted, sigma(hits, apparatus)) < CLOSE


@pytest.mark.parametrize("name", ["corrector", "trackformer"])
def test_a_mirror_flips_the_charge_and_what_goes_with_it(name: str) -> None:
    hits, apparatus = draw()
    fitter = FITTERS[name]()
    found, mirrored = (
        fitter.fit(each, apparatus).parameters for each in (hits, move(hits, hits.position * [1, -1, 1]))
    )
    wanted = HelixParameters(found.value * np.array([-1, 1, -1, 1, -1]))
    assert apart(mirrored, wanted, sigma(hits, apparatus)) < CLOSE
    if mirrored.covariance is not None and found.covariance is not None:
        sign = np.array([-1, 1, -1, 1, -1])
        np.testing.assert_allclose(mirrored.covariance, found.covariance * sign[:, None] * sign, rtol=1e-3, atol=1e-9)


def test_a_mirror_across_the_axis_turns_theta() -> None:
    hits, apparatus = draw()
    corrector = FITTERS["corrector"]()
    found, mirrored = (
        corrector.fit(each, apparatus).parameters for each in (hits, move(hits, hits.position * [1, 1, -1]))
    )
    wanted = found.value * np.array([1, -1, 1, -1, 1]) + np.array([0, 0, 0, np.pi, 0])
    assert apart(mirrored, HelixParameters(wanted), sigma(hits, apparatus)) < CLOSE


@pytest.mark.parametrize("more", [1, 6, 30])
@pytest.mark.parametrize("rubbish", [0.0, 1e3])
def test_padding_is_irrelevant(more: int, rubbish: float) -> None:
    """Whatever stands in the places of padding."""
    hits, apparatus = draw(50)
    start = FITTERS["karimaki"]().fit(hits, apparatus).parameters
    told = read_residuals(hits, apparatus, start)
    plain = read_inputs(hits, "chord")
    rows, longest = np.arange(len(hits)), int(hits.length.max())
    said = []
    for places in (longest, longest + more):
        bucket = fill_bucket(told.offset, rows, places=places)
        real = torch.from_numpy(bucket.real)
        feature, residual, other = (
            fill(array, bucket, rubbish) for array in (told.feature, told.residual, plain.feature)
        )
        residual = residual * real[..., None]
        with torch.inference_mode():
            said.append([*build_corrector("barrel")(feature, residual, real), build_regressor("chord")(other, real)])
    for one, padded in zip(*said, strict=True):
        torch.testing.assert_close(one, padded, rtol=1e-4, atol=1e-4)


def fill(array: np.ndarray, bucket: Bucket, rubbish: float) -> torch.Tensor:
    return torch.from_numpy(np.where(bucket.real[..., None], array[bucket.hit], np.float32(rubbish)))
