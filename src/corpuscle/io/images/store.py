"""Memory-mapped images: opened, checked, split, shuffled, and given in dense batches."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.images import Images
from corpuscle.data.pixel_statistics import PixelStatistics, measure_pixels
from corpuscle.io.checksums import CARD, verify, verify_once
from corpuscle.io.columns import check_sizes
from corpuscle.io.errors import FormatError
from corpuscle.io.images.card import read_card, tell_kind
from corpuscle.io.images.layout import ImageLayout, list_columns, read_layout
from corpuscle.io.splits import split_classes

SHARES = (0.8, 0.1, 0.1)
"""Of the images, for training, validation and test."""


PART, TESTED = "part", 1
"""The column that says in which part an image was published, and the number of the test in it."""


class Batch(NamedTuple):
    """Some images with all their pixels.

    Args:
        rows: which they are.
        image: their pixels.
        label: number of each one's class.
    """

    rows: Int[np.ndarray, " image"]
    image: Float[np.ndarray, "image channel y x"]
    label: Int[np.ndarray, " image"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ImageStore:
    """Images in memory-mapped arrays: rows are chosen by number, and nothing else is read.

    It pickles as its folder: a process that gets one opens the same files and shares their pages.

    Args:
        folder: where they lie.
        card: what the card says.
        layout: shape, channels, classes and columns.
        images: the arrays, mapped.
    """

    folder: Path
    card: dict[str, Any]
    layout: ImageLayout
    images: Images

    def __len__(self) -> int:
        return len(self.images)

    def __repr__(self) -> str:
        return f"ImageStore({self.images!r}, {tell_kind(self.card['source'])}, {self.folder.name})"

    def __reduce__(self) -> tuple[Any, ...]:
        return open_checked, (self.folder,)

    def split(self, seed: int = 0, shares: tuple[float, ...] = SHARES) -> tuple[Int[np.ndarray, " part"], ...]:
        """Split the rows by an exact shuffle, class by class: training, validation, test.

        Where the images were published in parts (column `part`), those of the test stay the test, and the others are
        split by the first two shares; by default 9 to 1, as CIFAR into 45,000 and 5,000.

        Args:
            seed: of the shuffle.
            shares: of the images, for each side.

        Raises: ValueError, when the shares are none.
        """
        label, part = self.images.label.astype(np.int64), self.images.columns.get(PART)
        return split_labels(label, part, seed=seed, shares=shares)

    def measure(self, rows: Int[np.ndarray, " some"]) -> PixelStatistics:
        """Measure the pixels of some images; give it training rows only."""
        return measure_pixels(self.images, rows)

    def follow(
        self,
        rows: Int[np.ndarray, " some"],
        *,
        size: int,
        seed: int | None = None,
        epoch: int = 0,
        first: int = 0,
    ) -> Iterator[Batch]:
        """Go through images in dense batches; the last may be smaller.

        Args:
            rows: which images.
            size: of a batch.
            seed: of the shuffle, another one each epoch; none: in the order of the rows.
            epoch: how often all were gone through before.
            first: the batch to begin with, to go on within an epoch.

        Raises: ValueError, when the size is below 1; IndexError, when a row is none.
        """
        if size < 1:
            message = f"size: expected a batch of at least 1 image, not {size}"
            raise ValueError(message)
        order = rows if seed is None else np.random.default_rng([seed, epoch]).permutation(rows)
        for begin in range(first * size, len(order), size):
            some = order[begin : begin + size]
            yield Batch(some, self.images.densify(some), self.images.label[some].astype(np.int64))

    def verify(self) -> None:
        """Read every byte and compare it with the card.

        Raises: FormatError, naming the first file that is not what the card says.
        """
        verify(self.folder, self.card["files"])


def split_labels(
    label: Int[np.ndarray, " image"],
    part: Float[np.ndarray, " image"] | None,
    *,
    seed: int = 0,
    shares: tuple[float, ...] = SHARES,
) -> tuple[Int[np.ndarray, " some"], ...]:
    """Split images as `ImageStore.split` does, of which no more is known than class and published part.

    Raises: ValueError, when the shares are none.

    >>> [rows.tolist() for rows in split_labels(np.zeros(6, int), np.array([0.0, 0, 0, 1, 0, 1]), shares=(0.5, 0.5, 0))]
    [[0, 2], [1, 4], [3, 5]]
    """
    if part is None or len(shares) != len(SHARES) or not (part == TESTED).any() or (part == TESTED).all():
        return split_classes(label, seed=seed, shares=shares)
    rest, held = np.flatnonzero(part != TESTED), np.flatnonzero(part == TESTED)
    first, second = (0.9, 0.1) if shares == SHARES else np.array(shares[:2]) / sum(shares[:2])
    sides = split_classes(label[rest], seed=seed, shares=(float(first), float(second)))
    return (*(rest[side] for side in sides), held)


def open_images(folder: str | Path, *, check: bool = True) -> ImageStore:
    """Open a store of images.

    Sizes are compared with the card at every opening, checksums (one pass through all bytes, a second or two a
    gigabyte) at the first: that they were right stands in a file beside the card, with the age of each file, as far as
    one can be written.

    Args:
        folder: what `corpuscle convert` or `corpuscle simulate` has made.
        check: whether to compare checksums that were not compared before.

    Raises: FormatError, when a file is missing, cut or changed; FileNotFoundError, when there is no folder.
    """
    folder = Path(folder)
    card = read_card(folder)
    try:
        layout = read_layout(card["layout"])
    except ValueError as error:
        raise FormatError(folder / CARD, "a layout of images", str(error)) from None
    columns = list_columns(layout)
    check_sizes(folder, columns, card["counts"], what="store")
    if check:
        verify_once(folder, card["files"])
    arrays = [column.map(folder / column.name, card["counts"]) for column in columns]
    indptr, index, value, label, *others = arrays
    images = Images(
        indptr=indptr, index=index, value=value, shape=layout.shape, label=label, names=layout.names,
        columns=dict(zip(layout.columns, others, strict=True)), checked=True,
    )  # fmt: skip
    return ImageStore(folder=folder, card=card, layout=layout, images=images)


def open_checked(folder: Path) -> ImageStore:
    """Open a store that was checked by whoever sends it here."""
    return open_images(folder, check=False)
