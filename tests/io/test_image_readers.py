"""Every layout of labelled images is read as it was written, from any row on."""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from corpuscle.data.images import Images, join_images
from corpuscle.data.settings import build_method, describe_line, describe_source
from corpuscle.io.images.base import ImageReader
from corpuscle.io.images.readers import IMAGE_READERS
from tests.io.image_files import draw_crops, draw_jets, write_crops, write_jets, write_photographs

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "schema-fixtures-synthetic"


def read(name: str, *paths: Path, first: int = 0, **settings: Any) -> Images:
    reader: ImageReader = build_method(IMAGE_READERS[name], settings)
    files = reader.list_files(paths)
    layout = reader.lay(files)
    pieces = list(reader.stream(files, layout, first))
    assert sum(map(reader.count, files)) == sum(map(len, pieces)) + first
    return join_images(pieces)


@pytest.mark.parametrize("options", [{}, {"chunks": (7, 16, 16, 1), "compression": "lzf"}])
def test_electrons_and_photons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> None:
    monkeypatch.setattr("corpuscle.io.images.electrons.SLAB", 4)
    electrons, photons = draw_crops(10, 1), draw_crops(7, 2)
    photons[3] = 0
    paths = [write_crops(tmp_path / "e.hdf5", electrons, 1, **options), write_crops(tmp_path / "p.hdf5", photons, 0)]
    images = read("cms-eg", *paths)
    whole = np.moveaxis(np.concatenate([electrons, photons]), -1, 1)
    np.testing.assert_array_equal(images.densify(), whole)
    assert images.label.tolist() == [1] * 10 + [0] * 7
    assert images.names == ("photon", "electron")
    np.testing.assert_array_equal(read("cms-eg", *paths, first=12).densify(), whole[12:])
    np.testing.assert_array_equal(read("cms-eg", tmp_path).densify(), whole)


@pytest.mark.parametrize("field", ["item", "element", "list"])
@pytest.mark.parametrize("group", [1, 3])
def test_quarks_and_gluons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, field: str, group: int) -> None:
    monkeypatch.setattr("corpuscle.io.images.jets.JETS", 2)
    image, label = draw_jets(7)
    image[4] = 0
    path = write_jets(tmp_path / "a.parquet", image, label, field=field, group=group)
    images = read("cms-qg", path)
    np.testing.assert_array_equal(images.densify(), image.astype(np.float32))
    assert images.label.tolist() == label.tolist()
    assert images.names == ("quark", "gluon")
    np.testing.assert_allclose(images.columns["pt"], np.linspace(80, 170, 7))
    for first in range(7):
        np.testing.assert_array_equal(read("cms-qg", path, first=first).densify(), image[first:].astype(np.float32))
    assert read("cms-qg", path, gluon="0").names == ("gluon", "quark")


def test_photographs(tmp_path: Path) -> None:
    train = write_photographs(tmp_path / "c" / "train", 20)
    test = write_photographs(tmp_path / "c" / "test", 5)
    images = read("cifar", tmp_path / "c")
    np.testing.assert_array_equal(images.densify(), np.concatenate([test, train]))
    assert images.columns["part"].tolist() == [1.0] * 5 + [0.0] * 20
    assert images.value.dtype == np.uint8
    assert images.names[7] == "class_7"
    assert read("cifar", tmp_path / "c", labels="coarse").label.max() == 19
    np.testing.assert_array_equal(read("cifar", tmp_path / "c", first=6).densify(), train[1:])


def test_an_archive_of_photographs(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), dtype=np.uint8)
    np.savez(tmp_path / "some_train.npz", images=pixels, labels=np.arange(20) % 10)
    np.savez(tmp_path / "some_test.npz", images=pixels[:5], labels=np.arange(5))
    images = read("cifar", tmp_path / "some_train.npz")
    np.testing.assert_array_equal(images.densify(), pixels.transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(images.label, np.arange(20) % 10)
    assert images.columns["part"].max() == 0
    assert read("cifar", tmp_path / "some_test.npz").columns["part"].min() == 1


@pytest.mark.parametrize("heads", [1, 2])
def test_the_binary_version_of_photographs(tmp_path: Path, heads: int) -> None:
    data = np.random.default_rng(0).integers(0, 256, (6, heads + 3072), dtype=np.uint8)
    data[:, :heads] = np.arange(6)[:, None] + 10 * np.arange(heads)
    (tmp_path / "train.bin").write_bytes(data.tobytes())
    count = 10 if heads == 1 else 100
    text = "batches.meta.txt" if heads == 1 else "fine_label_names.txt"
    (tmp_path / text).write_text("\n".join(f"name{k}" for k in range(count)) + "\n")
    images = read("cifar", tmp_path / "train.bin")
    np.testing.assert_array_equal(images.densify(), data[:, heads:].reshape(6, 3, 32, 32))
    assert images.label.tolist() == (np.arange(6) + 10 * (heads - 1)).tolist()
    assert images.names[1] == "name1"


def test_digits_are_those_of_scikit_learn(tmp_path: Path) -> None:
    from sklearn.datasets import load_digits

    known = load_digits()
    images = read("digits", Path("scikit-learn"))
    np.testing.assert_array_equal(images.densify()[:, 0], known.images)
    np.testing.assert_array_equal(images.label, known.target)
    lines = [",".join(map(str, [*row.astype(int), label])) for row, label in zip(known.data, known.target, strict=True)]
    (tmp_path / "digits.csv.gz").write_bytes(gzip.compress("\n".join(lines[:9]).encode()))
    np.testing.assert_array_equal(read("digits", tmp_path, first=2).densify(), images.densify(np.arange(2, 9)))


@pytest.mark.parametrize("name", IMAGE_READERS)
def test_layouts_are_told(name: str) -> None:
    assert describe_line(IMAGE_READERS[name]).endswith(".")
    assert describe_source(IMAGE_READERS[name])


SHARED: dict[str, tuple[str, tuple[str, ...], Callable[[Images], bool]]] = {
    "electrons": ("cms-eg", ("SingleElectronPt50_IMGCROPS_n24_RHv1.hdf5",), lambda found: set(found.label) == {1}),
    "photons": ("cms-eg", ("SinglePhotonPt50_IMGCROPS_n24_RHv1.hdf5",), lambda found: bool(found.empty[3])),
    "jets": (
        "cms-qg", ("QCDToGGQQ_IMGjet_RH1all_jet0_run0_n6.test.snappy.parquet",),
        lambda found: found.empty.tolist() == [False] * 4 + [True, False],
    ),
    "photographs": ("cifar", ("cifar-100-python",), lambda found: len(found) == 40 and found.names[2] == "fine2"),
}  # fmt: skip


@pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data, which a user's clone has not")
@pytest.mark.parametrize("case", SHARED)
def test_files_in_the_published_layouts_are_read(case: str) -> None:
    name, files, holds = SHARED[case]
    assert holds(read(name, *(DATA / file for file in files)))
