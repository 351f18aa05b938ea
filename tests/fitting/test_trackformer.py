"""The regressor of momenta: what its weights are worth, what stands for a hit, and what it refuses."""

from typing import Any

import numpy as np
import pytest
import torch

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.estimation.helices.bound import cramer_rao
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.fitting.learned.inputs import FEATURES, Inputs, read_inputs
from corpuscle.fitting.learned.regressor import TrackRegressor
from corpuscle.fitting.learned.shape import LEVELS, TrackFormerShape
from corpuscle.fitting.learned.shipped import TRACKFORMER
from corpuscle.fitting.learned.trackformer import TrackFormer, build_regressor, read_levels
from corpuscle.nets.shipped import describe_weights, find_weights, list_shipped
from corpuscle.nets.weights import LARGEST
from corpuscle.simulation.helical import Helix

KINDS: tuple[Inputs, ...] = ("raw", "scaled", "relative", "chord")


def draw(tracks: int, **settings: Any) -> tuple[TrackHits, Apparatus, HelixParameters]:
    world = Helix(tracks=tracks, tracks_per_event=tracks, **settings)
    made = world.simulate(np.random.default_rng(0))
    hits = made.hits.collect_tracks()
    return hits, world.apparatus, made.particles.parameters.choose(hits.track)


def test_shipped_weights_come_within_half_of_the_bound() -> None:
    hits, apparatus, truth = draw(4000, lowest_pt=1.0)
    found = TrackFormer().fit(hits, apparatus)
    assert found.valid.all()
    bound = cramer_rao(
        apparatus.radius, field=apparatus.field, resolution=0.02, material=0.02, parameters=truth, resolution_z=0.05
    )
    ratio = (found.parameters.value - truth.value)[:, 3:] / np.sqrt(np.diagonal(bound, axis1=1, axis2=2))[:, 3:]
    low, high = np.percentile(ratio, [15.865, 84.135], axis=0)
    assert ((high - low) / 2 < 1.5).all()


def test_what_it_does_not_say_is_that_of_the_closed_form() -> None:
    hits, apparatus, _ = draw(50)
    found, start = (fitter.fit(hits, apparatus).parameters.value for fitter in (TrackFormer(), Karimaki()))
    np.testing.assert_array_equal(found[:, :3], start[:, :3])
    assert (found[:, 3:] != start[:, 3:]).all()


def test_shipped_weights_are_small_and_say_what_they_are() -> None:
    assert list_shipped(TRACKFORMER) == ["chord"]
    assert find_weights("chord", TRACKFORMER).stat().st_size < LARGEST
    card = describe_weights("chord", TRACKFORMER)
    assert card.settings["inputs"] == "chord"
    assert TrackFormer().count_parameters() == sum(value.numel() for value in build_regressor("chord").parameters())


@pytest.mark.parametrize("inputs", KINDS)
def test_what_stands_for_a_hit(inputs: Inputs) -> None:
    hits, _, _ = draw(20)
    told = read_inputs(hits, inputs)
    assert told.feature.shape == (len(hits.position), FEATURES[inputs])
    assert told.feature.dtype == np.float32
    assert (np.abs(told.feature).max() > 100) == (inputs == "raw")


def test_a_chord_is_where_its_ends_are() -> None:
    position = np.array([[30.0, 0.0, 3.0], [60.0, 0.5, 6.0], [90.0, 0.0, 9.0]])
    hits = TrackHits(
        event=np.zeros(1, np.int64), track=np.zeros(1, np.int64), offset=np.array([0, 3]), position=position,
        layer=np.arange(3),
    )  # fmt: skip
    told = read_inputs(hits, "chord")
    np.testing.assert_allclose(told.feature[[0, 2], 1], 0)
    np.testing.assert_allclose(told.feature[1, 1], -0.05, rtol=1e-6)
    np.testing.assert_allclose(told.feature[:, 4], 0, atol=1e-6)
    np.testing.assert_allclose([told.mirror[0], told.cotangent[0]], [-1, 0.1])


def test_momenta_are_read_back() -> None:
    """PT and pz, or q/pT and cot theta: what was said of a track is what it has."""
    hits, _, truth = draw(30)
    told = read_inputs(hits, "raw")
    momentum = np.stack([truth.transverse_momentum, truth.longitudinal_momentum], axis=1)[..., None]
    curved = np.stack([truth.q_over_pt, 1 / np.tan(truth.value[:, 3])], axis=1)[..., None]
    for target, said in (("momentum", momentum), ("curvature", curved)):
        shape = TrackFormerShape(inputs="raw", target=target)  # type: ignore[arg-type] # one of two
        np.testing.assert_allclose(read_levels(shape, told, said, truth.value)[..., 0], truth.value[:, 3:])


def test_quantiles_never_cross() -> None:
    torch.manual_seed(0)
    net = TrackRegressor(TrackFormerShape(loss="quantiles"))
    said = net(torch.randn(50, 6, FEATURES["chord"]), torch.ones(50, 6, dtype=torch.bool))
    assert said.shape == (50, 2, len(LEVELS))
    assert (said.diff(dim=-1) >= 0).all()


def test_another_field_and_half_precision_are_refused() -> None:
    hits, _, _ = draw(5)
    other = Helix(tracks=1, field=1.9).apparatus
    with pytest.raises(ValueError, match=r"'chord' were trained in a field of 2 T, and these hits lie in 1\.9 T"):
        TrackFormer().fit(hits, other)
    half = TrackHits(
        event=hits.event, track=hits.track, offset=hits.offset, position=hits.position.astype(np.float16),
        layer=hits.layer,
    )  # fmt: skip
    with pytest.raises(ValueError, match="not float16"):
        TrackFormer().fit(half, Helix(tracks=1).apparatus)
