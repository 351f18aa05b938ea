"""Images keep what is not zero, give it back as it was, and refuse what they cannot be."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from corpuscle.data.crops import add_channels, crop_centre, normalise, prepare_proposed
from corpuscle.data.images import Images, find_index_type, gather_images, join_images
from corpuscle.data.pixel_statistics import measure_pixels

NAMES = ("photon", "electron")
sparse = arrays(
    np.float32, st.tuples(st.integers(0, 4), st.integers(1, 3), st.integers(1, 5), st.integers(1, 5)),
    elements=st.sampled_from([0.0, 0.0, 1.5, -2.0, 7.25]),
)  # fmt: skip


def gather(dense: np.ndarray) -> Images:
    label = np.arange(len(dense)) % 2
    return gather_images(dense, label=label, names=NAMES, columns={"pt": np.arange(len(dense)) * 1.5})


def draw(count: int = 6, seed: int = 0) -> np.ndarray:
    generator = np.random.default_rng(seed)
    return np.where(generator.random((count, 2, 5, 4)) < 0.3, generator.normal(size=(count, 2, 5, 4)), 0.0)


@given(dense=sparse, seed=st.integers(0, 99))
def test_dense_images_come_back_in_any_order(dense: np.ndarray, seed: int) -> None:
    images = gather(dense)
    np.testing.assert_array_equal(images.densify(), dense)
    if not len(dense):
        return
    rows = np.random.default_rng(seed).integers(0, len(dense), 7)
    np.testing.assert_array_equal(images.densify(rows), dense[rows])
    chosen = images.choose(rows)
    np.testing.assert_array_equal(chosen.densify(), dense[rows])
    np.testing.assert_array_equal(chosen.label, rows % 2)
    np.testing.assert_array_equal(chosen.columns["pt"], rows * 1.5)
    Images(**{name: getattr(chosen, name) for name in Images.__dataclass_fields__ if name != "checked"})
    np.testing.assert_array_equal(images.empty, ~dense.any(axis=(1, 2, 3)))


def test_a_batch_can_be_written_where_another_was() -> None:
    images, out = gather(draw()), np.full((2, 2, 5, 4), 9.0, np.float32)
    assert images.densify(np.array([1, 0]), out) is out
    np.testing.assert_array_equal(out, images.densify(np.array([1, 0])))
    with pytest.raises(ValueError, match=r"out: expected contiguous float32 of \(1, 2, 5, 4\), not float32 of \(2, "):
        images.densify(np.array([1]), out)


def test_bytes_stay_bytes_and_wide_images_have_wide_places() -> None:
    assert gather(np.ones((1, 1, 2, 2), np.uint8)).value.dtype == np.uint8
    assert gather(draw()).value.dtype == np.float32
    assert [find_index_type(shape) for shape in ((3, 125, 125), (1, 256, 256), (2, 256, 256))] == [
        np.uint16, np.uint16, np.uint32,
    ]  # fmt: skip


def test_images_are_joined() -> None:
    dense = draw()
    joined = join_images([gather(dense[:2]), gather(dense[2:])])
    np.testing.assert_array_equal(joined.densify(), dense.astype(np.float32))
    assert repr(joined).startswith("Images(6 images of 2 x 5 x 4, ")
    with pytest.raises(ValueError, match="expected images of one shape"):
        join_images([gather(dense), gather(dense[:, :1])])


GOOD: dict[str, Any] = {
    "indptr": np.array([0, 2, 3]), "index": np.array([0, 3, 1], np.uint16), "value": np.ones(3, np.float32),
    "shape": (1, 2, 2), "label": np.array([0, 1]), "names": NAMES, "columns": {},
}  # fmt: skip
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "indptr": ({"indptr": np.array([0, 2, 2])}, "indptr of 2 images is 3 numbers that grow from 0 to 3"),
    "values": ({"value": np.ones(2, np.float32)}, "expected a value for each of 3 pixels, not 2"),
    "place": ({"index": np.array([0, 3, 4], np.uint16)}, "a pixel has a place below 4, .* but in image 1 stands 4"),
    "order": ({"index": np.array([3, 0, 1], np.uint16)}, "the places .* grow, but in image 0 stands 0"),
    "NaN": ({"value": np.array([1, 1, np.nan], np.float32)}, "finite number, but in image 1 stands nan"),
    "label": ({"label": np.array([0, 2])}, "a label is a number from 0 to 1, but in image 1 stands 2"),
    "column": ({"columns": {"pt": np.zeros(3)}}, "column 'pt': expected a number for each of 2 images"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_is_refused_with_its_row(name: str) -> None:
    Images(**GOOD)
    change, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        Images(**GOOD | change)


def test_rows_that_are_none_are_refused() -> None:
    for row in (-1, 6):
        with pytest.raises(IndexError, match=f"a row is a number from 0 to 5, not {row}"):
            gather(draw()).densify(np.array([0, row]))


@given(dense=sparse.filter(len))
def test_statistics_are_those_of_dense_images(dense: np.ndarray) -> None:
    rows = np.arange(0, len(dense), 2)
    found, chosen = measure_pixels(gather(dense), rows), dense[rows].astype(float)
    np.testing.assert_allclose(found.mean, chosen.mean(axis=(0, 2, 3)), atol=1e-12)
    np.testing.assert_allclose(found.deviation, chosen.std(axis=(0, 2, 3)), atol=1e-7)
    np.testing.assert_allclose(found.filled, (chosen != 0).mean(axis=(0, 2, 3)))


def test_statistics_need_an_image() -> None:
    with pytest.raises(ValueError, match="statistics of pixels need at least one image"):
        measure_pixels(gather(draw()), np.zeros(0, np.int64))


def test_the_proposal_crops_adds_and_normalises() -> None:
    dense = np.random.default_rng(0).random((3, 3, 125, 125), dtype=np.float32)
    dense[1, :, 40:90, 40:90] = 0
    prepared = prepare_proposed(dense)
    assert prepared.shape == (3, 1, 33, 33)
    by_hand = dense[0, :, 46:79, 46:79].sum(axis=0)
    np.testing.assert_allclose(prepared[0, 0], by_hand / np.sqrt((by_hand**2).sum()), rtol=1e-5)
    assert not prepared[1].any()
    np.testing.assert_allclose((prepared.astype(float) ** 2).sum(axis=(1, 2, 3)), [1, 0, 1], atol=1e-6)


@given(dense=sparse.filter(len), scale=st.floats(0.1, 9.0))
def test_normalised_images_forget_their_scale(dense: np.ndarray, scale: float) -> None:
    np.testing.assert_allclose(normalise(dense * np.float32(scale)), normalise(dense), atol=1e-6)
    np.testing.assert_allclose(add_channels(dense)[:, 0], dense.sum(axis=1))
    np.testing.assert_array_equal(crop_centre(crop_centre(dense, 1), 1), crop_centre(dense, 1))


@pytest.mark.parametrize("side", [0, 6])
def test_a_crop_that_does_not_fit_is_refused(side: int) -> None:
    with pytest.raises(ValueError, match=f"side: expected 1 to 4 pixels of an image of 5 x 4, not {side}"):
        crop_centre(draw(), side)
