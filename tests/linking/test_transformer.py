"""The transformer as a linker: what ships, what it refuses, how positions become links."""

import sys
from dataclasses import asdict, replace
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest
from torch import nn

from corpuscle.data.detections import Detections
from corpuscle.data.scene import Scene
from corpuscle.data.tracks import join_tracks
from corpuscle.linking.learned.shape import Shape
from corpuscle.linking.learned.shipped import TRANSFORMER
from corpuscle.linking.learned.transformer import DEFAULT, Regressor, Transformer, Untrained, pair_detections
from corpuscle.linking.linkers import LINKERS
from corpuscle.linking.panel import lay_panel
from corpuscle.linking.result import run_linker
from corpuscle.metrics.base import Result
from corpuscle.metrics.score import score_all
from corpuscle.nets.shipped import describe_weights, find_weights, list_shipped
from corpuscle.nets.weights import LARGEST, Card, WeightsError, write_weights
from corpuscle.simulation.worlds import PRESETS, WORLDS

LINKER_OF: dict[str, Regressor] = {
    **{name: Transformer(weights=name) for name in list_shipped(TRANSFORMER)},
    "untrained": Untrained(seed=3),
}
every_net = pytest.mark.parametrize("name", LINKER_OF)


def draw(frames: int = 12, *, seed: int = 0, noise: float = 1.0, particles: int = 2) -> Scene:
    world = {**PRESETS["paper"], "particles": particles, "frames": frames, "measurement_noise": noise}
    scene: Scene = WORLDS["brownian"](**world).simulate(np.random.default_rng(seed))
    return scene


def test_what_ships_is_small_and_named() -> None:
    assert {DEFAULT, "mse"} <= set(list_shipped(TRANSFORMER))
    for name in list_shipped(TRANSFORMER):
        assert find_weights(name, TRANSFORMER).stat().st_size < LARGEST


@pytest.mark.parametrize("name", list_shipped(TRANSFORMER))
def test_shipped_weights_say_how_they_were_made(name: str) -> None:
    card: Card = describe_weights(name, TRANSFORMER)
    assert card.net == "transformer"
    assert card.settings["particles"] == 2
    assert card.training["loss"] == name
    assert card.version


@every_net
def test_every_detection_is_linked_once(name: str) -> None:
    scene = draw()
    links = run_linker(name, LINKER_OF[name], scene.detections).links
    assert len(links) == 22
    for column in links.pair.T:
        assert len(np.unique(column)) == 22


@every_net
def test_order_within_a_frame_and_a_shift_are_irrelevant(name: str) -> None:
    detections = draw().detections
    order = np.random.default_rng(1).permutation(len(detections))
    moved = Detections(detections.frame[order] + 5, detections.position[order] + [300.0, -80.0])
    expected = {tuple(pair) for pair in LINKER_OF[name].link(detections).pair.tolist()}
    assert {tuple(pair) for pair in order[LINKER_OF[name].link(moved).pair].tolist()} == expected


@every_net
def test_the_unit_of_length_is_irrelevant_where_the_step_is_known(name: str) -> None:
    detections = draw(noise=7.0).detections
    larger = replace(detections, position=detections.position * 1000)
    linker = LINKER_OF[name]
    links = linker.link(detections)
    np.testing.assert_array_equal(replace(linker, step=1500.0).link(larger).pair, links.pair)
    found = replace(linker, step=1500.0).estimate(larger, links).position
    np.testing.assert_allclose(found / 1000, linker.estimate(detections, links).position, atol=1e-4)


@every_net
def test_a_cache_changes_no_position(name: str) -> None:
    detections = draw().detections
    linker = LINKER_OF[name]
    links = linker.link(detections)
    for window in (1, 4, 12):
        kept = replace(linker, decoder_window=window, cache=True).estimate(detections, links)
        anew = replace(linker, decoder_window=window, cache=False).estimate(detections, links)
        np.testing.assert_allclose(kept.position, anew.position, atol=1e-4)


@every_net
def test_estimates_are_numbered_like_tracks(name: str) -> None:
    detections = draw().detections
    linker = LINKER_OF[name]
    links = linker.link(detections)
    estimates = linker.estimate(detections, links)
    label = join_tracks(links, detections.frame).label
    panel = lay_panel(detections)
    for k, number in enumerate(panel.number):
        rows = np.flatnonzero(estimates.frame == number)
        believed = estimates.position[rows[np.argsort(estimates.track[rows])]]
        own = panel.rows[k][np.argsort(label[panel.rows[k]])]
        apart = {
            order: np.linalg.norm(believed - detections.position[own[list(order)]], axis=1).sum()
            for order in permutations(range(2))
        }
        assert apart[0, 1] <= min(apart.values()) + 1e-9


def test_the_default_follows_particles_that_are_far_apart() -> None:
    values = []
    for seed in range(5):
        scene = draw(30, seed=seed)
        linked = run_linker("transformer", Transformer(), scene.detections)
        detections = scene.detections
        values.append(
            score_all(scene.truth, Result(linked.tracks.label, detections.frame, detections.position))["link_jaccard"]
        )
    assert np.mean(values) > 0.9


@every_net
@pytest.mark.parametrize("frames", [0, 1])
def test_nothing_to_link(name: str, frames: int) -> None:
    detections = draw(2).detections
    few = Detections(detections.frame[: 2 * frames], detections.position[: 2 * frames])
    links = run_linker(name, LINKER_OF[name], few).links
    assert len(links) == 0
    assert len(LINKER_OF[name].estimate(few, links)) == 2 * frames


def test_pairs_are_those_of_the_least_summed_distance() -> None:
    generator = np.random.default_rng(0)
    panel = lay_panel(Detections(np.repeat(np.arange(20), 3), generator.normal(size=(60, 2))))
    estimate = generator.normal(size=(20, 3, 2))
    for k, place in enumerate(pair_detections(panel, estimate)):
        sums = {
            order: np.linalg.norm(estimate[k] - panel.position[k, list(order)], axis=1).sum()
            for order in permutations(range(3))
        }
        assert tuple(place.tolist()) == min(sums, key=lambda order: sums[order])


def test_particles_that_the_weights_do_not_know() -> None:
    three = draw(particles=3).detections
    with pytest.raises(
        ValueError, match="linker 'transformer' cannot link these detections: it is made for 2 detections"
    ):
        run_linker("transformer", Transformer(), three)
    with pytest.raises(ValueError, match=r"are for 2 particles in 2-D, and this scene has 3 in 2-D: train others"):
        Transformer().link(three)


def test_windows_and_lengths_that_do_not_hold_the_sequence() -> None:
    with pytest.raises(ValueError, match=r"encoder_window \(K_E\) .* is 11 and the sequence has 12 frames"):
        Transformer(encoder_window=11).link(draw().detections)
    assert len(Transformer(encoder_window=12).link(draw().detections)) == 22
    known = Transformer().read_shape(particles=2, frames=1).frames
    with pytest.raises(ValueError, match=rf"know sequences of up to {known} frames, and this one has {known + 1}"):
        Transformer().link(draw(known + 1).detections)


def test_weights_that_are_not_there(tmp_path: Path) -> None:
    detections = draw().detections
    with pytest.raises(ValueError, match=r"no weights 'good'; there are mse, permutation, or name a file"):
        run_linker("transformer", Transformer(weights="good"), detections)
    with pytest.raises(ValueError, match=r"expected a file of weights, and there is none; train one"):
        run_linker("transformer", Transformer(weights=str(tmp_path)), detections)


@pytest.mark.parametrize("settings", [{"particles": 2}, {**asdict(Shape()), "depth": 3}])
def test_weights_of_another_version(settings: dict[str, int], tmp_path: Path) -> None:
    """Its settings are others, though nobody gave the layout another number."""
    card = replace(describe_weights("mse", TRANSFORMER), settings=settings, version="0.9")
    write_weights(nn.Linear(2, 2), tmp_path / "weights.safetensors", card)
    with pytest.raises(WeightsError, match=r"which differ in .*(depth|width).*; written by corpuscle 0\.9"):
        run_linker("transformer", Transformer(weights=str(tmp_path)), draw().detections)


def test_torch_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(ImportError, match=r"pip install 'corpuscle\[learn\]'"):
        Untrained().link(draw().detections)


def test_the_net_is_in_the_registry_with_its_control() -> None:
    assert LINKERS["transformer"] is Transformer
    assert LINKERS["untrained"] is Untrained
