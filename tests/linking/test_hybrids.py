"""The learned linkers of many particles: what ships, where they leave the classical answer, what they refuse."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.scene import Scene
from corpuscle.linking.learned.attention_bayesian import AttentionBayesian
from corpuscle.linking.learned.corrector import LinkCorrector
from corpuscle.linking.learned.hybrid import HybridTransformer
from corpuscle.linking.learned.shape import CorrectorShape
from corpuscle.linking.learned.shipped import ASSOCIATOR, CORRECTOR
from corpuscle.linking.probabilistic.marginal import PosteriorLinks
from corpuscle.metrics.links import score_links
from corpuscle.nets.shipped import describe_weights, find_weights, list_shipped
from corpuscle.nets.weights import LARGEST, Card, WeightsError, write_weights
from corpuscle.simulation.overlay import overlay_scenes
from corpuscle.simulation.worlds import WORLDS

KINDS = {"hybrid-transformer": CORRECTOR, "attention-bayesian": ASSOCIATOR}
METHODS: dict[str, type[HybridTransformer] | type[AttentionBayesian]] = {
    "hybrid-transformer": HybridTransformer,
    "attention-bayesian": AttentionBayesian,
}
KNOWN: dict[str, Any] = {
    "step": 1.5, "drift": 0.0, "measurement_noise": 0.5, "misses": 0.0, "false_detections": 0.0, "births": 0.0,
    "deaths": 0.0,
}  # fmt: skip
every_method = pytest.mark.parametrize("name", METHODS)


def draw(particles: int = 15, frames: int = 8, *, seed: int = 0) -> Scene:
    world = WORLDS["brownian"](
        particles=particles, frames=frames, step=1.5, measurement_noise=0.5, spacing=6.0, field="reflecting"
    )
    scene: Scene = world.simulate(np.random.default_rng(seed))
    return scene


def assert_same(one: Links, other: Links) -> None:
    np.testing.assert_array_equal(one.pair, other.pair)
    np.testing.assert_array_equal(one.probability, other.probability)


@every_method
def test_what_ships_is_small_and_says_how_it_was_made(name: str) -> None:
    kind = KINDS[name]
    assert list_shipped(kind) == ["mixed"]
    assert find_weights("mixed", kind).stat().st_size < LARGEST
    card: Card = describe_weights("mixed", kind)
    assert card.net == name
    assert card.version
    assert card.training["epochs"] > 0


@every_method
def test_links_have_probabilities_and_runners_up(name: str) -> None:
    links = METHODS[name](**KNOWN).link(draw().detections)
    assert links.probability is not None
    assert links.runner_up is not None
    assert len(links) > 80


def test_few_links_are_left_as_they_are() -> None:
    detections = draw(particles=3, frames=5).detections
    assert_same(HybridTransformer(**KNOWN).link(detections), PosteriorLinks(**KNOWN).link(detections))


def test_a_net_that_learned_nothing_corrects_nothing(tmp_path: Path) -> None:
    torch.manual_seed(0)
    shape = CorrectorShape()
    card = Card(net=CORRECTOR.net, layout=CORRECTOR.layout, settings=asdict(shape), training={}, seed=0, version="0")
    write_weights(LinkCorrector(shape), tmp_path / "new.safetensors", card)
    detections = draw_unlike().detections
    found = HybridTransformer(**KNOWN, weights=str(tmp_path / "new.safetensors")).link(detections)
    expected = PosteriorLinks(**KNOWN).link(detections)
    assert found.probability is not None
    assert expected.probability is not None
    np.testing.assert_array_equal(found.pair, expected.pair)
    np.testing.assert_allclose(found.probability, expected.probability, atol=2e-3)


def draw_unlike() -> Scene:
    """Draw particles of which some walk, and some keep their way."""
    generator = np.random.default_rng(3)
    whole: dict[str, Any] = {"particles": 10, "frames": 12, "spacing": 10.0, "field": "reflecting"}
    worlds = [WORLDS["brownian"](**whole, step=1.0), WORLDS["directed"](**whole, step=0.2, drift=3.0, persistence=0.95)]
    return overlay_scenes(generator, [world.simulate(generator) for world in worlds])


@pytest.mark.parametrize("seed", range(5))
def test_walkers_that_are_all_alike_are_left_as_they_are(seed: int) -> None:
    detections = draw(30, 14, seed=seed).detections
    assert_same(HybridTransformer(**KNOWN).link(detections), PosteriorLinks(**KNOWN).link(detections))


def test_particles_that_are_not_alike_are_corrected() -> None:
    scene = draw_unlike()
    known = {**KNOWN, "step": 2.0}
    found, classical = (method(**known).link(scene.detections) for method in (HybridTransformer, PosteriorLinks))
    assert score_links(found, scene.truth).jaccard > score_links(classical, scene.truth).jaccard


def test_a_threshold_of_nothing_prunes_nothing() -> None:
    detections = draw().detections
    found = AttentionBayesian(**KNOWN, minimum_association=0.0).link(detections)
    assert_same(found, PosteriorLinks(**KNOWN).link(detections))


def test_a_threshold_of_one_prunes_everything() -> None:
    assert len(AttentionBayesian(**KNOWN, minimum_association=1.0).link(draw().detections)) == 0


@every_method
def test_weights_that_are_not_there(name: str, tmp_path: Path) -> None:
    detections = draw().detections
    method = METHODS[name]
    with pytest.raises(ValueError, match=f"no weights 'best'; there are mixed, or .* `corpuscle train {name}`"):
        method(**KNOWN, weights="best").link(detections)
    with pytest.raises(WeightsError, match=rf"there is none; train one: corpuscle train {name} -o RUN"):
        method(**KNOWN, weights=str(tmp_path)).link(detections)


def test_weights_of_another_net() -> None:
    other = str(find_weights("mixed", ASSOCIATOR))
    with pytest.raises(WeightsError, match="expected weights of 'hybrid-transformer', found those of 'attention-bay"):
        HybridTransformer(**KNOWN, weights=other).link(draw().detections)


@every_method
def test_a_gpu_that_is_not_there_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="a GPU was asked for, and torch finds none here: say accelerator=cpu"):
        METHODS[name](**KNOWN, accelerator="gpu").link(draw_unlike().detections)


@every_method
def test_a_gpu_that_is_not_there_is_refused_where_the_net_is_not_asked(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    alone = Detections(np.array([0]), np.array([[0.0, 0.0]]))
    for ask in (METHODS[name](**KNOWN, accelerator="gpu").link, METHODS[name](accelerator="gpu").learn):
        with pytest.raises(ValueError, match="a GPU was asked for, and torch finds none here"):
            ask(alone)
