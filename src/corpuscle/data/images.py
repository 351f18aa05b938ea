"""Labelled images: pixels, channels, class."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from jaxtyping import Bool, Float, Int, Num

from corpuscle.data.images_kernel import find_pixels
from corpuscle.data.pixels import Pixels, Shape


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Images:
    """Images of one shape with their classes; of each, only the pixels that are not zero are kept.

    Args:
        indptr: where the pixels of each image begin, and the number of all.
        index: place of each pixel in its image, (channel * height + y) * width + x, growing within an image.
        value: what the pixel holds.
        shape: channels, height, width [pixel].
        label: number of each image's class.
        names: of the classes.
        columns: what else is known of each image, by name.
        checked: whether this was checked before, by whoever wrote it down.

    >>> images = gather_images(np.array([[[[0.0, 2.0]]]]), label=np.array([1]), names=("photon", "electron"))
    >>> images, images.densify().tolist()
    (Images(1 image of 1 x 1 x 2, 1 pixel: 0 photon, 1 electron), [[[[0.0, 2.0]]]])
    """

    indptr: Int[np.ndarray, " image_and_1"]
    index: Num[np.ndarray, " pixel"]
    value: Num[np.ndarray, " value"]
    shape: Shape
    label: Int[np.ndarray, " image"]
    names: tuple[str, ...]
    columns: Mapping[str, Num[np.ndarray, " row"]] = field(default_factory=lambda: MappingProxyType({}))
    checked: bool = False

    def __post_init__(self) -> None:
        if not self.checked:
            check_images(self)

    def __len__(self) -> int:
        return len(self.label)

    def __repr__(self) -> str:
        sizes = " x ".join(map(str, self.shape))
        count, pixels = len(self), int(self.indptr[-1])
        classes = ", ".join(f"{n} {name}" for n, name in zip(self.count_classes(), self.names, strict=True))
        return f"Images({count} image{'s' * (count != 1)} of {sizes}, {pixels} pixel{'s' * (pixels != 1)}: {classes})"

    @property
    def filled(self) -> Int[np.ndarray, " image"]:
        """How many pixels of each image are not zero."""
        return np.asarray(np.diff(self.indptr))

    @property
    def empty(self) -> Bool[np.ndarray, " image"]:
        """Whether every pixel of an image is zero."""
        return np.asarray(self.filled == 0)

    def count_classes(self) -> list[int]:
        """Count the images of each class."""
        return [int(count) for count in np.bincount(self.label, minlength=len(self.names))]

    @property
    def pixels(self) -> Pixels:
        """The images without their classes; nothing is copied."""
        return Pixels(indptr=self.indptr, index=self.index, value=self.value, shape=self.shape)

    def densify(
        self,
        rows: Int[np.ndarray, " some"] | None = None,
        out: Float[np.ndarray, "batch channel y x"] | None = None,
    ) -> Float[np.ndarray, "some channel y x"]:
        """Give some images with all their pixels, as `Pixels.densify` does."""
        return self.pixels.densify(rows, out)

    def choose(self, rows: Int[np.ndarray, " some"]) -> "Images":
        """Give some images, in the order asked for, in memory of their own.

        Raises: IndexError, when a row is none.
        """
        chosen = self.pixels.choose(rows)
        return Images(
            indptr=chosen.indptr,
            index=chosen.index,
            value=chosen.value,
            shape=self.shape,
            label=self.label[rows].astype(np.int64),
            names=self.names,
            columns={name: values[rows] for name, values in self.columns.items()},
            checked=True,
        )


def gather_images(
    dense: Num[np.ndarray, "image channel y x"],
    *,
    label: Int[np.ndarray, " image"],
    names: tuple[str, ...],
    columns: Mapping[str, Num[np.ndarray, " image"]] | None = None,
) -> Images:
    """Keep the pixels of images that are not zero.

    Bytes stay bytes, other numbers are rounded to single precision.

    Raises: ValueError, when a pixel is no finite number, a label has no name, or a column has another length.
    """
    indptr, index, value = keep_pixels(dense)
    shape = (dense.shape[1], dense.shape[2], dense.shape[3])
    return Images(indptr=indptr, index=index, value=value, shape=shape, label=label, names=names, columns=columns or {})


def keep_pixels(
    dense: Num[np.ndarray, "image channel y x"],
) -> tuple[Int[np.ndarray, " image_and_1"], Num[np.ndarray, " pixel"], Num[np.ndarray, " pixel"]]:
    """Keep what is not zero, unchecked: where the pixels of each image begin, their places, and what they hold."""
    shape = (dense.shape[1], dense.shape[2], dense.shape[3])
    flat = np.ascontiguousarray(dense).reshape(len(dense), int(np.prod(shape)))
    kind = np.uint8 if dense.dtype == np.uint8 else np.float32
    indptr, index, value = find_pixels(flat, np.zeros(0, find_index_type(shape)), np.zeros(0, kind))
    return indptr, index, value


def find_index_type(shape: Shape) -> type[np.unsignedinteger]:
    """Give the narrowest type that numbers the pixels of an image."""
    return np.uint16 if int(np.prod(shape)) <= 2**16 else np.uint32


def join_images(parts: Sequence[Images]) -> Images:
    """Put images of one kind one behind another.

    Raises: ValueError, when there are none, or they are of several kinds.
    """
    kinds = {(part.shape, part.names, tuple(part.columns)) for part in parts}
    if len(kinds) != 1:
        message = f"expected images of one shape with the same classes and columns, not of {len(kinds)} kinds"
        raise ValueError(message)
    first = parts[0]
    return Images(
        indptr=np.concatenate([[0], np.cumsum(np.concatenate([part.filled for part in parts]))]).astype(np.int64),
        index=np.concatenate([part.index for part in parts]),
        value=np.concatenate([part.value for part in parts]),
        shape=first.shape,
        label=np.concatenate([part.label for part in parts]),
        names=first.names,
        columns={name: np.concatenate([part.columns[name] for part in parts]) for name in first.columns},
        checked=True,
    )


def check_images(images: Images) -> None:
    """Check the promises of images, once.

    Raises: ValueError, naming the first row that breaks one.
    """
    count, pixels, size = len(images.label), len(images.index), int(np.prod(images.shape))
    begin = images.indptr
    if len(begin) != count + 1 or begin[0] != 0 or begin[-1] != pixels or (np.diff(begin) < 0).any():
        message = f"indptr of {count} images is {count + 1} numbers that grow from 0 to {pixels}, the number of pixels"
        raise ValueError(message)
    if len(images.value) != pixels:
        message = f"expected a value for each of {pixels} pixels, not {len(images.value)}"
        raise ValueError(message)
    row = np.repeat(np.arange(count), np.diff(begin))
    refuse(images.index >= size, row, f"a pixel has a place below {size}, {images.shape} pixels", images.index)
    ordered = (np.diff(images.index.astype(np.int64)) > 0) | (np.diff(row) > 0)
    refuse(~ordered, row[1:], "the places of an image's pixels grow", images.index[1:])
    refuse(~np.isfinite(images.value), row, "a pixel is a finite number", images.value)
    wrong = (images.label < 0) | (images.label >= len(images.names))
    refuse(wrong, np.arange(count), f"a label is a number from 0 to {len(images.names) - 1}", images.label)
    for name, values in images.columns.items():
        if values.shape != (count,):
            message = f"column {name!r}: expected a number for each of {count} images, not {values.shape}"
            raise ValueError(message)


def refuse(
    wrong: Bool[np.ndarray, " n"], row: Int[np.ndarray, " n"], promise: str, value: Num[np.ndarray, " n"]
) -> None:
    """Refuse what breaks a promise, naming the first row that does."""
    if wrong.any():
        first = int(np.argmax(wrong))
        message = f"{promise}, but in image {row[first]} stands {value[first]}"
        raise ValueError(message)
