"""What every identifier promises: probabilities, whatever the order and the company of images; the same twice."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.api.identify import find_identifier, identify
from corpuscle.api.images import simulate_images
from corpuscle.api.train import train_method
from corpuscle.data.pixels import Pixels
from corpuscle.identification.base import Identifier
from corpuscle.identification.identifiers import IDENTIFIERS
from corpuscle.identification.nets import IMAGE_NETS
from corpuscle.io.images.store import ImageStore, open_images
from corpuscle.training.machine import Machine

pytest.importorskip("sklearn")
pytest.importorskip("onnxruntime")

VIT: dict[str, object] = {"epochs": 1, "batch": 64, "patch": 8, "width": 8, "depth": 1, "heads": 2, "hidden": 8}
CNN: dict[str, object] = {"epochs": 1, "batch": 64, "filters": (4, 4), "halved": (2,), "head": (4,)}
TINY: dict[str, dict[str, object]] = {
    **dict.fromkeys(IMAGE_NETS, VIT),
    "scalable-vit": {"epochs": 1, "batch": 64, "patch": 4, "width": (8, 16), "hidden": 8, "window": (2, 2)},
    "cifar-vit": {**VIT, "head": (8,)},
    "keras-vit-2021": {**VIT, "head": (8,)},
    "cct": {**VIT, "patch": 8},
    "cnn": CNN,
    "jet-cnn": CNN,
    "boosted-trees": {"iterations": 10, "least": 5},
}
"""Settings of a training that is over at once, by the name of the method; others train as they are."""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> ImageStore:
    """Give 200 images of a size that every net can read."""
    folder = tmp_path_factory.mktemp("images") / "store"
    simulate_images("templates", folder, settings={"events": 200, "wide": 4.0}, seed=1)
    return open_images(folder)


@pytest.fixture(scope="module", params=list(IDENTIFIERS))
def identifier(
    request: pytest.FixtureRequest, store: ImageStore, tmp_path_factory: pytest.TempPathFactory
) -> Identifier:
    """Train each method on them."""
    folder: Path = tmp_path_factory.mktemp(request.param) / "run"
    settings = {"data": str(store.folder), **TINY.get(request.param, {})}
    train_method(request.param, settings, folder, machine=Machine(accelerator="cpu"), seed=3)
    return find_identifier(folder)


def judge(identifier: Identifier, pixels: Pixels) -> np.ndarray:
    return identifier.identify(pixels).probability


def test_probabilities_are_of_the_classes_it_was_taught(identifier: Identifier, store: ImageStore) -> None:
    labels = identifier.identify(store.images.pixels)
    assert labels.names == store.layout.names
    assert labels.probability.shape == (200, 2)
    assert ((labels.probability >= 0) & (labels.probability <= 1)).all()
    np.testing.assert_allclose(labels.probability.sum(axis=1), 1, atol=1e-5)


def test_the_same_images_are_judged_the_same(identifier: Identifier, store: ImageStore) -> None:
    pixels = store.images.pixels
    np.testing.assert_array_equal(judge(identifier, pixels), judge(identifier, pixels))


def test_order_and_company_are_irrelevant(identifier: Identifier, store: ImageStore) -> None:
    pixels = store.images.pixels
    whole, order = judge(identifier, pixels), np.random.default_rng(0).permutation(200)
    np.testing.assert_allclose(judge(identifier, pixels.choose(order)), whole[order], atol=1e-6)
    for row in (0, 7):
        np.testing.assert_allclose(judge(identifier, pixels.choose(np.array([row])))[0], whole[row], atol=1e-6)


def test_empty_images_and_none_are_judged(identifier: Identifier, store: ImageStore) -> None:
    nothing = Pixels(indptr=np.zeros(4, np.int64), index=np.zeros(0, np.uint16), value=np.zeros(0, np.float32),
                     shape=store.layout.shape)  # fmt: skip
    said = judge(identifier, nothing)
    assert np.isfinite(said).all()
    np.testing.assert_allclose(said, said[[0, 0, 0]], atol=1e-6)
    assert len(identifier.identify(nothing.choose(np.zeros(0, np.int64)))) == 0


def test_images_of_another_shape_are_refused(identifier: Identifier) -> None:
    for shape in ((1, 32, 33), (2, 32, 32)):
        with pytest.raises(ValueError, match="32 x 32"):
            identifier.identify(
                Pixels(indptr=np.zeros(2, np.int64), index=np.zeros(0, np.uint16), value=np.zeros(0), shape=shape)
            )


def test_what_is_no_number_is_refused(identifier: Identifier) -> None:
    dense = np.zeros((2, 1, 32, 32), np.float32)
    dense[1, 0, 3, 3] = np.nan
    with pytest.raises(ValueError, match="a pixel is a finite number, but in image 1 stands nan"):
        identify(dense, method=identifier)


def test_stores_images_and_arrays_give_the_same_table(identifier: Identifier, store: ImageStore) -> None:
    tables: list[Any] = [
        identify(images, method=identifier, batch=batch)
        for images, batch in ((store.folder, 1000), (store, 64), (store.images, 200), (store.images.densify(), 1000))
    ]
    assert tables[0].column_names == ["row", "probability_narrow", "probability_wide"]
    for table in tables:
        np.testing.assert_array_equal(table["row"], np.arange(200))
        np.testing.assert_allclose(table["probability_wide"], tables[0]["probability_wide"], atol=1e-6)


def test_what_has_learned_nothing_says_so(store: ImageStore, tmp_path: Path) -> None:
    for name in IDENTIFIERS:
        with pytest.raises(ValueError, match=f"{name} has learned nothing by itself: name the folder of a run"):
            find_identifier(name)
        with pytest.raises(ValueError, match="train"):
            IDENTIFIERS[name](weights=str(tmp_path)).identify(store.images.pixels)
