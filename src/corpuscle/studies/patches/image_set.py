"""A set of images as a world of a study: learned from, validated and tested by a split of each repeat's own."""

import functools
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from corpuscle.io.checksums import CARD
from corpuscle.io.images.base import ImageReader
from corpuscle.io.images.cifar import Cifar
from corpuscle.io.images.digits import BUNDLED, Digits
from corpuscle.io.images.layout import ImageLayout
from corpuscle.io.images.store import open_images, split_labels
from corpuscle.studies.case import Case

DIGITS = "digits"
"""The word for the images that scikit-learn brings along."""

SIZES = (8, 32)
"""Rows of the images that the grid has patches for [pixel]."""

LONG = 200
"""Epochs of the study itself."""


class Known(NamedTuple):
    """What is known of each image but its pixels: its class, and in which part it was published, if in any."""

    label: Int[np.ndarray, " image"]
    part: Float[np.ndarray, " image"] | None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Dealt:
    """The rows of a set, dealt into those to learn from, to validate, and to test, with the classes of all.

    A method takes the same rows from the same seed; the test's take no part in training.
    """

    label: Int[np.ndarray, " image"]
    training: Int[np.ndarray, " some"]
    validation: Int[np.ndarray, " other"]
    test: Int[np.ndarray, " last"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSet(Case[Dealt]):
    """A set of images; each repeat has a split and a net of its own.

    Args:
        name: what its rows call it.
        size: rows and columns of an image [pixel].
        classes: how many there are.
        epochs: passes over the training images at the quick scale.
        repeats: how many splits, and nets.
        place: where it lies: a store, a folder of files, or the word for the digits.
        files: what is read there; of a store its card, which has the checksums of all else.

    >>> ImageSet(name="digits", size=8, classes=10, epochs=1, repeats=1).columns
    {'images': 'digits', 'size': 8, 'classes': 10}
    """

    name: str
    size: int
    classes: int
    epochs: int
    repeats: int
    place: str = DIGITS
    files: tuple[str, ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of it."""
        return {"images": self.name, "size": self.size, "classes": self.classes}

    @property
    def known(self) -> dict[str, Any]:
        """What there is to learn from, and for how long."""
        return {"source": self.source, "epochs": self.epochs, "long": LONG}

    @property
    def source(self) -> dict[str, Any]:
        """Where nets find the images."""
        if not self.files:
            return {"digits": BUNDLED}
        if self.files == (CARD,):
            return {"store": self.place}
        return {"files": [str(Path(self.place) / name) for name in self.files], "format": "cifar"}

    @property
    def count(self) -> int | None:
        """How many splits, and nets."""
        return self.repeats

    @property
    def missing(self) -> str:
        """Say why it is not here."""
        absent = not self.files and find_spec("sklearn") is None
        return "digits (no sklearn: pip install 'corpuscle[identify]')" if absent else ""

    def declare(self) -> dict[str, Any]:
        """Write down epochs and repeats."""
        return {"epochs": self.epochs, "repeats": self.repeats}

    def draw_scene(self, repeat: int, data: Path | None = None) -> Dealt:
        """Deal the rows of a repeat."""
        known = read_known(self.place, self.files)
        training, validation, test = split_labels(known.label, known.part, seed=repeat)
        return Dealt(label=known.label, training=training, validation=validation, test=test)


@functools.lru_cache(maxsize=2)
def read_known(place: str, files: tuple[str, ...]) -> Known:
    """Read what is known of each image of a set; once in a process."""
    if files == (CARD,):
        images = open_images(place).images
        part = images.columns.get("part")
        return Known(images.label.astype(np.int64), None if part is None else np.asarray(part))
    reader, paths = find_reader(place, files)
    pieces = [(one.label, one.columns.get("part")) for one in reader.stream(paths, reader.lay(paths))]
    parts = [part for _, part in pieces if part is not None]
    label = np.concatenate([label for label, _ in pieces]).astype(np.int64)
    return Known(label, np.concatenate(parts) if parts else None)


def find_reader(place: str, files: tuple[str, ...]) -> tuple[ImageReader, list[Path]]:
    """Find what reads a set that is no store, and the files."""
    reader: ImageReader = Cifar() if files else Digits()
    return reader, reader.list_files([Path(place) / name for name in files] or [Path(BUNDLED)])


def gather_images(data: Path, *, epochs: int, repeats: int) -> ImageSet | None:
    """Make a world of what `--data` names; none of the digits, which a study has anyway."""
    return None if str(data) == DIGITS and not data.exists() else gather_set(data, epochs=epochs, repeats=repeats)


def gather_set(data: Path, *, epochs: int, repeats: int, sizes: tuple[int, ...] = SIZES) -> ImageSet:
    """Make a world of a store, or of a folder of CIFAR-10 or CIFAR-100.

    Raises: ValueError, when it is none of them, its images are too few, or of a size that the grid has no patches for;
        FormatError, when a file of it is not what it should be.
    """
    files, layout = find_set(data)
    _, height, width = layout.shape
    if height != width or height not in sizes:
        wanted = " or ".join(f"{size} x {size}" for size in sizes)
        found = f"{height} x {width}"
        message = f"--data {data}: the nets have patches for images of {wanted} pixels, and these are {found}"
        raise ValueError(message)
    made = ImageSet(
        name=data.resolve().name, size=height, classes=len(layout.names), epochs=epochs, repeats=repeats,
        place=str(data.resolve()), files=files,
    )  # fmt: skip
    dealt = made.draw_scene(0)  # what is wrong with labels is told before anything is made
    if not all(map(len, (dealt.training, dealt.validation, dealt.test))):
        message = f"--data {data}: {len(dealt.label)} images are too few to learn from, to validate and to test"
        raise ValueError(message)
    return made


def find_set(data: Path) -> tuple[tuple[str, ...], ImageLayout]:
    """Find the files of a set, and how its images are laid out.

    Raises: ValueError, when there is none; FormatError, when a file of it is not what it should be.
    """
    if (data / CARD).is_file():
        return (CARD,), open_images(data).layout
    reader = Cifar()
    paths = [path for path in sorted(data.iterdir()) if reader.takes(path)] if data.is_dir() else []
    if not paths:
        found = "neither in the folder" if data.is_dir() else "a file" if data.exists() else "no such folder"
        message = (
            f"--data {data}: expected a store (corpuscle convert DIR -o STORE --from cifar), a folder of CIFAR-10 or "
            f"CIFAR-100, unpacked, with its files train, test or data_batch_*, or for the grid the word digits; found "
            f"{found}"
        )
        raise ValueError(message)
    return tuple(path.name for path in paths), reader.lay(paths)
