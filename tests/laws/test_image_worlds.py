"""What every world of images promises, run over the registry."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from corpuscle.data.images import Images
from corpuscle.data.settings import build_method, describe_line, describe_source, list_settings
from corpuscle.simulation.pictured import ImageWorld
from corpuscle.simulation.worlds import IMAGE_WORLDS

NAMES = [name for name in IMAGE_WORLDS if name != "pythia-jets"]
"""Those that need no other program; tests/oracle/test_pythia_jets.py asks the same of that one."""

every_world = pytest.mark.parametrize("name", NAMES)
ALIKE: dict[str, dict[str, Any]] = {
    "templates": {"wide": 2.0},
    "showers": {"material": 0.0, "field": 0.0, "start_depth": False},
    "jets": {"gluon_colour": 4 / 3},
}
"""Settings with which both classes are one."""


def make(name: str, **settings: Any) -> ImageWorld:
    world: ImageWorld = build_method(IMAGE_WORLDS[name], settings, name=name)
    return world


def simulate(name: str, seed: int = 0, **settings: Any) -> Images:
    return make(name, **settings).simulate(np.random.default_rng(seed))


def same(one: Images, other: Images) -> None:
    for column in ("indptr", "index", "value", "label"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column))
    for column in one.columns:
        np.testing.assert_array_equal(one.columns[column], other.columns[column])


@every_world
@given(events=st.integers(0, 30), seed=st.integers(0, 2**32))
def test_images_are_as_the_world_says(name: str, events: int, seed: int) -> None:
    world, images = make(name, events=events), simulate(name, seed, events=events)
    assert (len(images), images.shape, images.names) == (events, world.shape, world.classes)
    assert set(images.columns) == set(world.known)
    dense = images.densify()
    for channel in set(range(world.shape[0])) - set(world.negative):
        assert (dense[:, channel] >= 0).all()
    Images(**{field: getattr(images, field) for field in Images.__dataclass_fields__ if field != "checked"})


@every_world
def test_the_same_seed_gives_the_same_images(name: str) -> None:
    first, again, other = (simulate(name, seed, events=40) for seed in (5, 5, 6))
    same(first, again)
    assert not np.array_equal(first.index, other.index)


@every_world
def test_more_images_begin_with_the_same_and_a_stream_goes_on_anywhere(name: str) -> None:
    piece = make(name).piece
    few, more = simulate(name, events=piece // 2), simulate(name, events=piece + 7)
    same(few, more.choose(np.arange(len(few))))
    assert more.choose(np.arange(piece)).count_classes() == [piece // 2] * 2
    for first in (3, piece, piece + 2):
        (*_, last) = make(name, events=piece + 7).stream(np.random.default_rng(0), first)
        same(last, more.choose(np.arange(max(first, piece), piece + 7)))


@every_world
@pytest.mark.parametrize("events", [1, 51, 300])
def test_any_beginning_has_as_many_of_each_class_in_an_order_of_chance(name: str, events: int) -> None:
    images = simulate(name, events=events)
    counts = images.count_classes()
    assert abs(counts[0] - counts[1]) == events % 2
    first = images.label[: events // 2 * 2 : 2]
    assert events < 9 or abs(first.mean() - 0.5) < 4 * 0.5 / np.sqrt(len(first))


@every_world
@pytest.mark.parametrize("value", [-1, 2.5, "many"])
def test_nonsense_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match="events"):
        make(name, events=value)


@every_world
def test_settings_and_sources_are_told(name: str) -> None:
    world = IMAGE_WORLDS[name]
    assert describe_line(world).endswith(".")
    assert all(setting.meaning for setting in list_settings(world))
    assert describe_source(world) or name == "templates"


def summarise(images: Images) -> np.ndarray:
    """Describe images by a few numbers a channel: sums, counts, the largest, how wide along y and x."""
    dense = images.densify().astype(float)
    size = np.abs(dense)
    along = [np.arange(side) - (side - 1) / 2 for side in dense.shape[2:]]
    total = np.maximum(size.sum(axis=(2, 3)), 1e-12)
    rows, columns = size.sum(axis=3) / total[..., None], size.sum(axis=2) / total[..., None]
    wide = [np.sqrt((share * place**2).sum(axis=2)) for share, place in ((rows, along[0]), (columns, along[1]))]
    count = (dense != 0).sum(axis=(2, 3))
    return np.concatenate([total, count, size.max(axis=(2, 3)) / total, *wide, size.max(axis=2).std(axis=2)], axis=1)


def measure_trees(name: str, events: int, **settings: Any) -> float:
    """Give the AUC of trees on numbers of images that they were not trained on."""
    images = simulate(name, 1, events=events, **settings)
    features, half = summarise(images), events // 2
    trees = HistGradientBoostingClassifier(max_iter=30, random_state=0).fit(features[:half], images.label[:half])
    return float(roc_auc_score(images.label[half:], trees.predict_proba(features[half:])[:, 1]))


def compute_error(events: int) -> float:
    """Give the standard error of an AUC of 0.5, measured on half of the images: with n of each class, 1 / sqrt(6 n)."""
    return float(1 / np.sqrt(6 * events / 4))


@every_world
def test_classes_that_are_one_are_not_told_apart(name: str) -> None:
    events = 6000 if name != "jets" else 2000
    assert abs(measure_trees(name, events, **ALIKE[name]) - 0.5) < 3 * compute_error(events)


@every_world
def test_classes_that_differ_are(name: str) -> None:
    events = 3000 if name != "jets" else 1200
    assert measure_trees(name, events) > 0.5 + 3 * compute_error(events)
