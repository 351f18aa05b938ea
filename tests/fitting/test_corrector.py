"""The corrector: what it was trained for, what it refuses, and that it corrects nothing where nothing is wrong."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corpuscle.data.apparatus import Apparatus, lay_barrel
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters, cross_cylinders, curve
from corpuscle.estimation.helices.bound import cramer_rao
from corpuscle.fitting.base import UNSEEN
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.fitting.learned.corrector import Corrector, build_corrector
from corpuscle.fitting.learned.gains import GainNet
from corpuscle.fitting.learned.residuals import FEATURES, read_residuals
from corpuscle.fitting.learned.shape import CorrectorShape
from corpuscle.fitting.learned.shipped import CORRECTOR
from corpuscle.nets.precision import Precision
from corpuscle.nets.shipped import describe_weights, find_weights, list_shipped
from corpuscle.nets.weights import LARGEST, Card, write_weights
from corpuscle.simulation.helical import Helix


def draw(tracks: int, *, seed: int = 0, **settings: Any) -> tuple[TrackHits, Apparatus, HelixParameters]:
    world = Helix(tracks=tracks, tracks_per_event=tracks, **settings)
    made = world.simulate(np.random.default_rng(seed))
    hits = made.hits.collect_tracks()
    return hits, world.apparatus, HelixParameters(made.particles.parameters.value[hits.track])


def pulls(hits: TrackHits, apparatus: Apparatus, truth: HelixParameters) -> tuple[np.ndarray, np.ndarray]:
    """Residuals over predicted errors, and over the bound."""
    found = Corrector().fit(hits, apparatus).parameters
    residual = found.value - truth.value
    residual[:, 2] -= 2 * np.pi * np.round(residual[:, 2] / (2 * np.pi))
    bound = cramer_rao(
        apparatus.radius, field=apparatus.field, resolution=apparatus.resolution, material=apparatus.material,
        parameters=truth, resolution_z=apparatus.resolution_z,
    )  # fmt: skip
    assert found.covariance is not None
    said, least = (np.sqrt(np.diagonal(each, axis1=1, axis2=2)) for each in (found.covariance, bound))
    return residual / said, residual / least


def width(values: np.ndarray) -> np.ndarray:
    return np.asarray(np.diff(np.percentile(values, [15.865, 84.135], axis=0), axis=0)[0] / 2)


@pytest.mark.parametrize("settings", [{}, {"field": 3.0, "resolution": 0.05, "material": 0.005, "resolution_z": 0.5}])
def test_all_five_parameters_reach_the_bound(settings: dict[str, Any]) -> None:
    pull, ratio = pulls(*draw(8000, **settings))
    np.testing.assert_allclose(width(ratio), 1, atol=0.045)  # 0.013 is the statistical error of one width
    np.testing.assert_allclose(pull.std(axis=0), 1, atol=0.045)
    np.testing.assert_allclose((np.abs(pull) < 1).mean(axis=0), 0.6827, atol=0.025)
    np.testing.assert_allclose((np.abs(pull) < 1.96).mean(axis=0), 0.95, atol=0.012)
    np.testing.assert_allclose(pull.mean(axis=0), 0, atol=0.05)


def test_tracks_without_errors_are_left_as_they_are() -> None:
    apparatus = lay_barrel()
    value = np.array([[0.5, 10.0, 1.0, 1.2, 0.7], [-1.0, -30.0, -2.0, 1.9, -0.1]])
    curvature = curve(value[:, 4] / np.sin(value[:, 3]), 2.0)
    azimuth, path = cross_cylinders(value[:, 0], value[:, 2], curvature, np.tile(apparatus.radius, (2, 1)))
    z = value[:, 1:2] + path / np.tan(value[:, 3:4])
    position = np.stack([apparatus.radius * np.cos(azimuth), apparatus.radius * np.sin(azimuth), z], axis=2)
    hits = TrackHits(
        event=np.zeros(2, np.int64), track=np.arange(2), offset=np.array([0, 10, 20]),
        position=position.reshape(-1, 3), layer=np.tile(np.arange(10), 2),
    )  # fmt: skip
    np.testing.assert_allclose(Corrector().fit(hits, apparatus).parameters.value, value, rtol=1e-6, atol=1e-6)


def test_before_anything_is_learned_the_closed_form_stands(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shape = CorrectorShape(width=8, heads=2, layers=1, hidden=8)
    settings = {name: getattr(shape, name) for name in CorrectorShape.__dataclass_fields__}
    card = Card(net="corrector", layout=1, settings=settings, training={}, seed=0, version="0.1.0")
    write_weights(GainNet(shape), tmp_path / "w.safetensors", card)
    hits, apparatus, _ = draw(20)
    found = Corrector(weights=str(tmp_path / "w.safetensors")).fit(hits, apparatus).parameters
    np.testing.assert_array_equal(found.value, Karimaki().fit(hits, apparatus).parameters.value)


def test_shipped_weights_are_small_and_say_what_they_are() -> None:
    assert list_shipped(CORRECTOR) == ["barrel"]
    assert find_weights("barrel", CORRECTOR).stat().st_size < LARGEST
    card = describe_weights("barrel", CORRECTOR)
    assert card.training["loss"] == "gaussian"
    assert Corrector().count_parameters() == sum(value.numel() for value in build_corrector("barrel").parameters())


def test_another_field_is_refused() -> None:
    hits, _, _ = draw(5)
    with pytest.raises(ValueError, match=r"'barrel' were trained in a field of 1 to 4 T, and these hits lie in 7 T"):
        Corrector().fit(hits, lay_barrel(field=7.0))


def test_tracks_unlike_all_that_were_learned_from_are_marked() -> None:
    hits, apparatus, _ = draw(20, lowest_pt=0.31, highest_pt=2.0, highest_eta=1.4)
    steep = hits.position * np.array([1.0, 1.0, 4.0])
    far = TrackHits(event=hits.event, track=hits.track, offset=hits.offset, position=steep, layer=hits.layer)
    found = Corrector().fit(far, apparatus)
    wide = np.abs(Karimaki().fit(far, apparatus).parameters.pseudorapidity) > 1.5
    assert 0 < wide.sum() < 20
    assert (found.reason[wide] == UNSEEN).all()
    assert np.isnan(found.parameters.value[wide]).all()
    assert found.valid[~wide].all()


def test_no_tracks_and_hits_that_cannot_be_fitted() -> None:
    hits, apparatus, _ = draw(3)
    assert len(Corrector().fit(hits.choose(np.zeros(0, np.int64)), apparatus)) == 0
    hits.position[0, 0] = np.nan
    found = Corrector().fit(hits, apparatus)
    np.testing.assert_array_equal(found.valid, [False, True, True])


def test_half_precision_coordinates_are_refused() -> None:
    hits, apparatus, _ = draw(3)
    start = Karimaki().fit(hits, apparatus).parameters
    half = TrackHits(
        event=hits.event, track=hits.track, offset=hits.offset, position=hits.position.astype(np.float16),
        layer=hits.layer,
    )  # fmt: skip
    with pytest.raises(ValueError, match="expected coordinates in single or double precision, not float16"):
        read_residuals(half, apparatus, start)
    with pytest.raises(ValueError, match="not float16"):
        Corrector().fit(half, apparatus)
    net, real = GainNet(CorrectorShape()), torch.ones(1, 3, dtype=torch.bool)
    with pytest.raises(ValueError, match=r"residuals: expected single precision, not bfloat16: .* 6\.5"):
        net(torch.zeros(1, 3, FEATURES), torch.zeros(1, 3, 2, dtype=torch.bfloat16), real)


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_half_precision_behind_the_embedding(precision: Precision) -> None:
    """What is said stays in single precision, and close to what it is without."""
    net = build_corrector("barrel")
    assert isinstance(net, GainNet)
    generator = torch.Generator().manual_seed(0)
    feature, residual = torch.rand(20, 8, FEATURES, generator=generator), torch.rand(20, 8, 2, generator=generator)
    real = torch.ones(20, 8, dtype=torch.bool)
    exact = net(feature, residual, real)
    net.precision = precision
    for rounded, whole in zip(net(feature, residual, real), exact, strict=True):
        assert rounded.dtype == torch.float32
        assert 0 < (rounded - whole).abs().max() < 0.3
