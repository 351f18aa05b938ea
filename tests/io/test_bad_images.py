"""Files of images that are not what they should be are refused, with the file and the row."""

import contextlib
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given

from corpuscle.data.settings import build_method
from corpuscle.io.errors import FormatError
from corpuscle.io.images.base import ImageReader
from corpuscle.io.images.pickles import read_pickle
from corpuscle.io.images.readers import IMAGE_READERS
from tests.io.image_files import draw_crops, draw_jets, write_crops, write_jets, write_photographs

Make = Callable[[Path], object]


def read(name: str, path: Path, **settings: Any) -> None:
    reader: ImageReader = build_method(IMAGE_READERS[name], settings)
    files = reader.list_files([path])
    layout = reader.lay(files)
    for _ in reader.stream(files, layout):
        pass


def change(array: np.ndarray, place: Any, value: float) -> np.ndarray:
    array[place] = value
    return array


def cut(path: Path, keep: float = 0.6) -> int:
    whole = path.read_bytes()
    return path.write_bytes(whole[: int(len(whole) * keep)])


def spoil(path: Path) -> int:
    """Destroy the middle of a file and leave both of its ends."""
    whole = bytearray(path.read_bytes())
    middle = len(whole) // 2
    whole[middle - 200 : middle + 200] = b"\xff" * 400
    return path.write_bytes(whole)


def write_datasets(path: Path, **datasets: np.ndarray) -> None:
    with h5py.File(path, "w") as file:
        for name, values in datasets.items():
            file.create_dataset(name, data=values)


ELECTRONS: dict[str, tuple[Make, str]] = {
    "no dataset": (lambda p: write_datasets(p, X=draw_crops(2)), r"expected the datasets X and y, found X; cms-eg"),
    "another shape": (
        lambda p: write_crops(p, draw_crops(3)[:, :, :, :1], 1),
        r"expected numbers of shape \(n, 32, 32, 2\) in X, found float32 of \(3, 32, 32, 1\)",
    ),
    "labels too few": (
        lambda p: write_datasets(p, X=draw_crops(3), y=np.ones(2)),
        r"expected a number in y for each of 3 images, found float64 of \(2,\)",
    ),
    "text": (lambda p: p.write_bytes(b"no HDF5"), "expected a whole HDF5 file, found .*; the file may be cut"),
    "cut": (lambda p: (write_crops(p, draw_crops(30), 1), cut(p)), "expected a whole HDF5 file, found .*trunc"),
    "NaN": (
        lambda p: write_crops(p, change(draw_crops(5), (3, 2, 2, 0), np.nan), 1),
        r"row 3 \(from 0\): expected finite numbers in channel 0 \(energy / 50 GeV\), found nan",
    ),
    "infinite time": (
        lambda p: write_crops(p, change(draw_crops(5), (1, 2, 2, 1), np.inf), 1),
        r"row 1 \(from 0\): expected finite numbers in channel 1 \(time",
    ),
    "negative energy": (
        lambda p: write_crops(p, change(draw_crops(5), (4, 0, 0, 0), -0.5), 1),
        r"row 4 \(from 0\): expected nothing below zero in channel 0 \(energy / 50 GeV\), found -0.5",
    ),
    "label": (
        lambda p: write_crops(p, draw_crops(3), [0, 1, 2]),
        r"row 2 \(from 0\): expected a label 0 or 1, found 2",
    ),
}


@pytest.mark.parametrize("case", ELECTRONS)
def test_bad_electrons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.setattr("corpuscle.io.images.electrons.SLAB", 2)
    make, message = ELECTRONS[case]
    make(tmp_path / "a.hdf5")
    with pytest.raises(FormatError, match=r"a\.hdf5.*" + message):
        read("cms-eg", tmp_path / "a.hdf5")


def write_changed(path: Path, **columns: Any) -> None:
    """Write jets of which some columns are others, or none."""
    write_jets(path, *draw_jets(5))
    table = pq.read_table(path)
    for name, values in columns.items():
        place = table.column_names.index(name)
        table = table.remove_column(place) if values is None else table.set_column(place, name, values)
    pq.write_table(table, path, row_group_size=1)


def ragged() -> pa.Array:
    image = draw_jets(5)[0].tolist()
    image[3][1][7] = [0.0] * 124
    return pa.array(image)


JETS: dict[str, tuple[Make, str]] = {
    "no column": (lambda p: write_changed(p, m0=None), "expected a column 'm0', found X_jets, pt, y"),
    "flat": (lambda p: write_changed(p, X_jets=pa.array([1.0] * 5)), "expected lists of lists of lists in X_jets"),
    "of text": (
        lambda p: write_changed(p, y=pa.array(["a"] * 5)), "expected numbers in column 'y', found string",
    ),
    "ragged": (
        lambda p: write_changed(p, X_jets=ragged()),
        r"row 3 \(from 0\): expected X_jets of 3 x 125 x 125 pixels, found another shape",
    ),
    "no list": (
        lambda p: write_changed(p, X_jets=pa.array([*draw_jets(4)[0].tolist(), None])),
        r"row 4 \(from 0\): expected X_jets of 3 x 125 x 125 pixels",
    ),
    "no momentum": (
        lambda p: write_changed(p, pt=pa.array([1.0, None, 2.0, 3.0, 4.0])),
        r"row 1 \(from 0\): expected a finite number in column 'pt', found nan",
    ),
    "NaN": (
        lambda p: write_jets(p, change(draw_jets(5)[0], (2, 1, 0, 0), np.nan), np.zeros(5)),
        r"row 2 \(from 0\): expected finite numbers in channel 1 \(electromagnetic",
    ),
    "negative": (
        lambda p: write_jets(p, change(draw_jets(5)[0], (4, 2, 0, 0), -1), np.zeros(5)),
        r"row 4 \(from 0\): expected nothing below zero in channel 2 \(hadronic calorimeter\), found -1",
    ),
    "label": (
        lambda p: write_jets(p, draw_jets(3)[0], np.array([0, 0.5, 1])),
        r"row 1 \(from 0\): expected a label 0 or 1, found 0\.5",
    ),
    "cut": (lambda p: (write_jets(p, *draw_jets(3)), cut(p)), "expected a whole Parquet file, found"),
    "spoilt": (lambda p: (write_jets(p, *draw_jets(9)), spoil(p)), "expected a whole Parquet file, found"),
}  # fmt: skip


@pytest.mark.parametrize("case", JETS)
def test_bad_jets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.setattr("corpuscle.io.images.jets.JETS", 2)
    make, message = JETS[case]
    make(tmp_path / "a.parquet")
    with pytest.raises(FormatError, match=r"a\.parquet.*" + message):
        read("cms-qg", tmp_path / "a.parquet")


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch harmed",)


PHOTOGRAPHS: dict[str, tuple[Make, str]] = {
    "another class": (
        lambda p: p.write_bytes(pickle.dumps({"data": Evil()}, protocol=2)),
        r"expected a pickle of numbers, text and arrays, found (posix|nt)\.system; a pickle can run any program",
    ),
    "a builtin": (
        lambda p: p.write_bytes(pickle.dumps({"data": eval}, protocol=2)), r"found (__builtin__|builtins)\.eval;",
    ),
    "cut": (lambda p: (write_photographs(p), cut(p, 0.9)), "expected a whole pickle, found .*; the file may be cut"),
    "no dictionary": (lambda p: p.write_bytes(pickle.dumps([1])), "expected a pickle of a dictionary, found list"),
    "other pixels": (
        lambda p: p.write_bytes(pickle.dumps({"data": np.zeros(3)})),
        r"expected bytes of \(n, 3072\) under 'data', found float64 of \(3,\)",
    ),
    "no labels": (
        lambda p: p.write_bytes(pickle.dumps({"data": np.zeros((1, 3072), np.uint8)})),
        "expected labels under labels, fine_labels, coarse_labels, found data",
    ),
    "labels too few": (
        lambda p: p.write_bytes(pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1]})),
        "expected a label in 'labels' for each of 2 images, found 1",
    ),
    "labels of text": (
        lambda p: p.write_bytes(pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1, "a"]})),
        r"row 1 \(from 0\): expected whole numbers in 'labels', found 'a'",
    ),
    "label": (
        lambda p: p.write_bytes(pickle.dumps({"data": np.zeros((2, 3072), np.uint8), "labels": [1, 10]})),
        r"row 1 \(from 0\): expected a label from 0 to 9, found 10",
    ),
    "binary, cut": (
        lambda p: p.write_bytes(b"\0" * 3072),
        "expected a pickle, or whole photographs of 3073 or 3074 bytes, found 3072 bytes; the file may be cut",
    ),
    "names too few": (
        lambda p: (write_photographs(p), (p.parent / "meta").write_bytes(pickle.dumps({"fine_label_names": ["a"]}))),
        "expected 100 names under 'fine_label_names', found 1",
    ),
    "no coarse labels": (
        lambda p: p.write_bytes(pickle.dumps({"data": np.zeros((1, 3072), np.uint8), "labels": [1]})),
        "expected coarse labels, found labels",
    ),
}  # fmt: skip


ARCHIVES: dict[str, tuple[dict[str, np.ndarray], str]] = {
    "no pixels": (
        {"labels": np.zeros(2, int)},
        r"expected bytes of \(n, 32, 32, 3\) under 'images', found labels int64 \(2,\)",
    ),
    "floats": ({"images": np.zeros((2, 32, 32, 3)), "labels": np.zeros(2, int)}, "found images float64"),
    "labels too few": (
        {"images": np.zeros((2, 32, 32, 3), np.uint8), "labels": np.zeros(1, int)},
        r"expected a label in 'labels' for each of 2 images, found int64 \(1,\)",
    ),
    "objects": ({"images": np.array([None])}, "expected an archive of numpy, found Object arrays cannot be loaded"),
    "label": (
        {"images": np.zeros((2, 32, 32, 3), np.uint8), "labels": np.array([0, 10])},
        r"row 1 \(from 0\): expected a label from 0 to 9, found 10",
    ),
}


@pytest.mark.parametrize("case", ARCHIVES)
def test_bad_archives(tmp_path: Path, case: str) -> None:
    arrays, message = ARCHIVES[case]
    np.savez(tmp_path / "train.npz", **arrays)  # type: ignore[arg-type] # numpy's stub takes them for its own options
    with pytest.raises(FormatError, match=r"train\.npz.*" + message):
        read("cifar", tmp_path / "train.npz")


def test_an_archive_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "train.npz").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(FormatError, match=r"train\.npz: expected an archive of numpy, .*the file may be cut"):
        read("cifar", tmp_path / "train.npz")


@pytest.mark.parametrize("case", PHOTOGRAPHS)
def test_bad_photographs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str) -> None:
    monkeypatch.chdir(tmp_path)
    make, message = PHOTOGRAPHS[case]
    make(tmp_path / "train")
    with pytest.raises(FormatError, match=r"(train|meta).*" + message):
        read("cifar", tmp_path / "train", labels="coarse" if case == "no coarse labels" else "fine")
    assert not Path("harmed").exists()


@pytest.mark.parametrize(
    ("line", "message"),
    [("1,2", "line 2: expected 65 numbers, found 2 cells"), ("17," * 64 + "3", "line 2: expected pixels from 0 to 16")],
)
def test_bad_digits(tmp_path: Path, line: str, message: str) -> None:
    (tmp_path / "a.csv").write_text("0," * 64 + "1\n" + line)
    with pytest.raises(FormatError, match=message):
        read("digits", tmp_path / "a.csv")
    (tmp_path / "a.csv").write_text("0," * 64 + "1\n" + "0," * 64 + "11\n")
    with pytest.raises(FormatError, match=r"row 1 \(from 0\): expected a label from 0 to 9, found 11"):
        read("digits", tmp_path / "a.csv")
    (tmp_path / "a.csv.gz").write_bytes(b"\x1f\x8b cut")
    with pytest.raises(FormatError, match=r"a\.csv\.gz: expected digits in text"):
        read("digits", tmp_path / "a.csv.gz")


def test_empty_images_are_kept_unless_they_are_refused(tmp_path: Path) -> None:
    crops = draw_crops(5)
    crops[2] = 0
    path = write_crops(tmp_path / "a.hdf5", crops, 1)
    read("cms-eg", path)
    with pytest.raises(
        FormatError, match=r"a.hdf5, row 2 \(from 0\): expected an image with a filled pixel, found none"
    ):
        read("cms-eg", path, empty="refuse")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file that ends in \.hdf5, \.h5 in "):
        read("cms-eg", tmp_path)


def test_a_file_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    path = write_crops(tmp_path / "a.hdf5", draw_crops(3), 1)
    reader: ImageReader = build_method(IMAGE_READERS["cms-eg"], {})
    with pytest.raises(ValueError, match=r"a\.hdf5 is named 2 times"):
        reader.list_files([path, tmp_path])


@given(places=st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=3))
def test_a_pickle_that_was_changed_is_read_or_refused_and_changes_nothing(places: list[tuple[int, int]]) -> None:
    pickled = bytearray(pickle.dumps({b"data": np.zeros((2, 8), np.uint8), b"labels": [1, 2]}, protocol=2))
    for place, value in places:
        pickled[place % len(pickled)] = value
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data_batch_1"
        path.write_bytes(pickled)
        with contextlib.suppress(FormatError):
            assert isinstance(read_pickle(path), dict)
    kind = np.dtype(np.uint8)
    assert (kind.itemsize, kind.alignment, kind.flags, kind.hasobject) == (1, 1, 0, False)


@pytest.mark.parametrize("protocol", range(5))
def test_arrays_come_out_of_a_pickle_as_they_went_in(protocol: int, tmp_path: Path) -> None:
    array = np.arange(12, dtype=">f4").reshape(3, 4).T
    (tmp_path / "batch").write_bytes(pickle.dumps({b"data": array, "names": [b"a"]}, protocol=protocol))
    values = read_pickle(tmp_path / "batch")
    assert values["data"].dtype == array.dtype
    np.testing.assert_array_equal(values["data"], array)
    assert values["names"] == [b"a"]
