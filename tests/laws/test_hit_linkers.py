"""What holds for every linker of hits."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from corpuscle.data.settings import build_method
from corpuscle.linking.hits import HIT_LINKERS
from corpuscle.linking.hits.base import HitLinker, HitPairs
from corpuscle.linking.learned.pair_embedding import build_embedding
from corpuscle.linking.learned.shape import EmbeddingShape
from corpuscle.nets.weights import Card, write_weights

each_linker = pytest.mark.parametrize("name", HIT_LINKERS)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    shape = {"width": 8, "layers": 2, "places": 4}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = build_embedding(EmbeddingShape(**shape))
    write_weights(net, path, Card(net="pair-embedding", layout=1, settings=shape, training={}, seed=0, version="0"))
    return path


def make_linker(name: str, weights: Path, radius: float) -> HitLinker:
    own: dict[str, Any] = {"weights": str(weights)} if name == "pair-embedding" else {}
    linker: HitLinker = build_method(HIT_LINKERS[name], {"radius": radius, **own})
    return linker


def draw_hits(count: int = 120) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    layer = generator.integers(4, size=count)
    phi, radius = generator.uniform(-np.pi, np.pi, count), 30.0 * (layer + 1)
    position = np.stack([radius * np.cos(phi), radius * np.sin(phi), generator.normal(0, 60, count)], axis=1)
    return generator.integers(3, size=count), position, layer


def as_set(pairs: HitPairs) -> set[tuple[int, int]]:
    return {(int(one), int(other)) for one, other in pairs.pair}


@each_linker
def test_pairs_are_of_one_event_and_of_layers_next_to_each_other_inner_first(name: str, weights: Path) -> None:
    event, position, layer = draw_hits()
    found = make_linker(name, weights, 0.5).link(event, position, layer)
    assert len(found) > 20
    one, other = found.pair.T
    np.testing.assert_array_equal(event[one], event[other])
    assert (np.abs(layer[one] - layer[other]) == 1).all()
    assert (np.linalg.norm(position[one], axis=1) <= np.linalg.norm(position[other], axis=1)).all()
    assert len(as_set(found)) == len(found)


@each_linker
def test_they_are_those_within_the_radius(name: str, weights: Path) -> None:
    hits = draw_hits()
    wide, narrow = (make_linker(name, weights, radius).link(*hits) for radius in (0.5, 0.2))
    assert as_set(narrow) == {
        pair for pair, far in zip(map(tuple, wide.pair.tolist()), wide.distance, strict=True) if far <= 0.2
    }
    assert narrow.distance.max() <= 0.2 < wide.distance.max() <= 0.5


@each_linker
def test_every_pair_is_compared(name: str, weights: Path) -> None:
    event, position, layer = draw_hits(40)
    linker = make_linker(name, weights, 0.5)
    place, period = linker.place(position)
    expected = set()
    for one in range(40):
        for other in range(one):
            apart = np.abs(place[one] - place[other])
            apart = [min(a, abs(p - a)) if p else a for a, p in zip(apart, period, strict=True)]
            if event[one] == event[other] and abs(layer[one] - layer[other]) == 1 and np.hypot.reduce(apart) <= 0.5:
                expected.add(frozenset((one, other)))
    assert {frozenset(pair) for pair in as_set(linker.link(event, position, layer))} == expected


@each_linker
def test_the_order_of_hits_does_not_matter(name: str, weights: Path) -> None:
    event, position, layer = draw_hits()
    linker = make_linker(name, weights, 0.5)
    mixed = np.random.default_rng(1).permutation(len(event))
    again = linker.link(event[mixed], position[mixed], layer[mixed])
    named = HitPairs(mixed[again.pair], again.distance)
    assert as_set(named) == as_set(linker.link(event, position, layer))


@each_linker
def test_no_hits_have_no_pairs(name: str, weights: Path) -> None:
    event, position, layer = draw_hits()
    linker = make_linker(name, weights, 0.5)
    assert len(linker.link(event[:1], position[:1], layer[:1])) == 0
    assert len(linker.link(event[:0], position[:0], layer[:0])) == 0


@each_linker
def test_a_layer_that_is_not_known_may_follow_any(name: str, weights: Path) -> None:
    event, position, layer = draw_hits()
    linker = make_linker(name, weights, 0.5)
    known = as_set(linker.link(event, position, layer))
    assert known < as_set(linker.link(event, position, np.full_like(layer, -1)))


@each_linker
def test_an_unusable_radius_is_refused(name: str, weights: Path) -> None:
    with pytest.raises(ValueError, match="radius: expected a finite number above 0, not 0"):
        make_linker(name, weights, 0.0)


def test_a_net_without_weights_says_where_they_come_from() -> None:
    with pytest.raises(ValueError, match="no weights of its own: train some, corpuscle train pair-embedding -o RUN"):
        HIT_LINKERS["pair-embedding"]().link(*draw_hits())
