"""CIFAR-10 and CIFAR-100: photographs of 32 x 32 pixels, from pickles, the binary version or numpy's archives."""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from jaxtyping import Int, UInt8

from corpuscle.data.images import Images, gather_images
from corpuscle.data.settings import setting
from corpuscle.io.errors import FormatError
from corpuscle.io.images.base import ImageReader, check_labels, shorten
from corpuscle.io.images.layout import ImageLayout, Provenance
from corpuscle.io.images.pickles import read_pickle

PIECE = 4096
PIXELS = 3072
TRAINING = ("train", "data_batch")
NAMES = {
    "labels": ("batches.meta", "label_names", "batches.meta.txt"),
    "fine_labels": ("meta", "fine_label_names", "fine_label_names.txt"),
    "coarse_labels": ("meta", "coarse_label_names", "coarse_label_names.txt"),
}
ARCHIVE = ".npz"
CLASSES = {"labels": 10, "fine_labels": 100, "coarse_labels": 20}


class Photographs(NamedTuple):
    """The photographs of one file, with every label that they have, by its name in the pickles."""

    pixels: UInt8[np.ndarray, "n 3072"]
    labels: dict[str, Int[np.ndarray, " n"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cifar(ImageReader):
    """Photographs of 10 or 100 classes; column `part` is 0 for those published for training, 1 for the test.

    Source: Krizhevsky, Learning multiple layers of features from tiny images (2009).
    """

    kind: ClassVar[Provenance] = "photographs"

    labels: Literal["fine", "coarse"] = setting("fine", "which labels of CIFAR-100: 100 fine or 20 coarse classes")

    def takes(self, path: Path) -> bool:
        """Tell whether a file of a folder holds photographs."""
        return path.is_file() and (path.name.startswith((*TRAINING, "test")) or path.suffix == ARCHIVE)

    def lay(self, paths: Sequence[Path]) -> ImageLayout:
        """Look at the first file, which says of how many classes they are."""
        name = self.choose(paths[0], read_photographs(paths[0]))
        return ImageLayout(
            shape=(3, 32, 32),
            channels=("red", "green", "blue"),
            names=read_names(paths[0].parent, name),
            columns={"part": "0: published for training, 1: for the test"},
            value="u1",
        )

    def choose(self, path: Path, found: Photographs) -> str:
        """Choose the labels of a file.

        Raises: FormatError, when it has none of that sort.
        """
        name = "labels" if "labels" in found.labels and self.labels == "fine" else f"{self.labels}_labels"
        if name not in found.labels:
            raise FormatError(path, f"{self.labels} labels", ", ".join(found.labels) or "none")
        return name

    def count(self, path: Path) -> int:
        """Count the photographs of a file."""
        return len(read_photographs(path).pixels)

    def read(self, path: Path, layout: ImageLayout, first: int) -> Iterator[Images]:
        """Read a file piece by piece."""
        found = read_photographs(path)
        name = self.choose(path, found)
        if len(layout.names) != CLASSES[name]:
            raise FormatError(path, f"labels of {len(layout.names)} classes, as in the first file", name)
        part = 0.0 if path.name.startswith(TRAINING) or (path.suffix == ARCHIVE and "test" not in path.name) else 1.0
        label = check_labels(path, found.labels[name], CLASSES[name], 0)
        for begin in range(first, len(label), PIECE):
            some = slice(begin, begin + PIECE)
            dense = found.pixels[some].reshape(-1, *layout.shape)
            columns = {"part": np.full(len(dense), part)}
            yield gather_images(dense, label=label[some], names=layout.names, columns=columns)


def read_photographs(path: Path) -> Photographs:
    """Read a file of photographs, pickled, binary or an archive.

    Raises: FormatError, when it is none of them.
    """
    if path.suffix == ARCHIVE:
        return read_archive(path)
    with path.open("rb") as file:
        pickled = file.read(2)[:1] == b"\x80" and path.suffix != ".bin"
    return read_pickled(path) if pickled else read_binary(path)


def read_pickled(path: Path) -> Photographs:
    """Read a pickle of photographs."""
    values = read_pickle(path)
    pixels: Any = values.get("data")
    if not isinstance(pixels, np.ndarray) or pixels.dtype != np.uint8 or pixels.shape[1:] != (PIXELS,):
        found = f"{pixels.dtype} of {pixels.shape}" if isinstance(pixels, np.ndarray) else ", ".join(values)
        raise FormatError(path, f"bytes of (n, {PIXELS}) under 'data'", found or "none")
    labels = {name: read_labels(path, values[name], name, len(pixels)) for name in CLASSES if name in values}
    if not labels:
        raise FormatError(path, f"labels under {', '.join(CLASSES)}", ", ".join(values))
    return Photographs(pixels, labels)


def read_archive(path: Path) -> Photographs:
    """Read numpy's archive of `images` (n, 32, 32, 3) and `labels`, of ten classes.

    Raises: FormatError, when it holds something else.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            values = {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise FormatError(path, "an archive of numpy", shorten(error), hint="the file may be cut") from None
    pixels, label = values.get("images"), values.get("labels")
    if pixels is None or pixels.dtype != np.uint8 or pixels.shape[1:] != (32, 32, 3):
        found = ", ".join(f"{name} {value.dtype} {value.shape}" for name, value in values.items())
        raise FormatError(path, "bytes of (n, 32, 32, 3) under 'images'", found or "none")
    if label is None or label.shape != (len(pixels),) or not np.issubdtype(label.dtype, np.integer):
        found = "none" if label is None else f"{label.dtype} {label.shape}"
        raise FormatError(path, f"a label in 'labels' for each of {len(pixels)} images", found)
    flat = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2)).reshape(-1, PIXELS)
    return Photographs(flat, {"labels": label.astype(np.int64)})


def read_labels(path: Path, values: object, name: str, count: int) -> Int[np.ndarray, " n"]:
    """Read a list of labels.

    Raises: FormatError, when it is of another length or of no whole numbers.
    """
    if not isinstance(values, list) or len(values) != count:
        found = f"{len(values)}" if isinstance(values, list) else type(values).__name__
        raise FormatError(path, f"a label in {name!r} for each of {count} images", found)
    if not all(isinstance(value, int) for value in values):
        wrong = next(k for k, value in enumerate(values) if not isinstance(value, int))
        raise FormatError(path, f"whole numbers in {name!r}", repr(values[wrong])[:40], where=f"row {wrong} (from 0)")
    return np.array(values, np.int64).reshape(count)


def read_binary(path: Path) -> Photographs:
    """Read the binary version: one byte a label (CIFAR-100: coarse, then fine), then red, green and blue.

    Raises: FormatError, when the file is no whole number of photographs.
    """
    size = path.stat().st_size
    heads = [head for head in (1, 2) if size and size % (PIXELS + head) == 0]
    if len(heads) != 1:
        expected = f"a pickle, or whole photographs of {PIXELS + 1} or {PIXELS + 2} bytes"
        raise FormatError(path, expected, f"{size} bytes", hint="the file may be cut; unpack an archive first")
    rows = np.fromfile(path, np.uint8).reshape(-1, PIXELS + heads[0])
    names = ("labels",) if heads[0] == 1 else ("coarse_labels", "fine_labels")
    return Photographs(
        np.ascontiguousarray(rows[:, heads[0] :]),
        {name: rows[:, k].astype(np.int64) for k, name in enumerate(names)},
    )


def read_names(folder: Path, labels: str) -> tuple[str, ...]:
    """Read the names of the classes beside the photographs; numbers where there are none.

    Raises: FormatError, when there are names, but not as many as classes.
    """
    pickled, key, text = NAMES[labels]
    path, names = folder / pickled, [f"class_{k}" for k in range(CLASSES[labels])]
    if path.is_file():
        found = read_pickle(path).get(key)
        names = [name.decode("latin1") if isinstance(name, bytes) else str(name) for name in found or ()]
    elif (path := folder / text).is_file():
        names = path.read_text(encoding="utf-8").split()
    if len(names) != CLASSES[labels]:
        raise FormatError(path, f"{CLASSES[labels]} names under {key!r}", f"{len(names)}")
    return tuple(names)
