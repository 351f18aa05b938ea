"""The pixels of images, and nothing of what these show: what a method that names images is given."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Num

from corpuscle.data.images_kernel import fill_dense

Shape = tuple[int, int, int]
"""Channels, rows (y) and columns (x) of pixels."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pixels:
    """Images of one shape without their classes; of each, only the pixels that are not zero are kept.

    Args:
        indptr: where the pixels of each image begin, and the number of all.
        index: place of each pixel in its image, (channel * height + y) * width + x, growing within an image.
        value: what the pixel holds.
        shape: channels, height, width [pixel].

    >>> pixels = Pixels(indptr=np.array([0, 1]), index=np.array([1]), value=np.array([2.0]), shape=(1, 1, 2))
    >>> pixels.densify().tolist()
    [[[[0.0, 2.0]]]]
    """

    indptr: Int[np.ndarray, " image_and_1"]
    index: Num[np.ndarray, " pixel"]
    value: Num[np.ndarray, " pixel"]
    shape: Shape

    def __len__(self) -> int:
        return len(self.indptr) - 1

    def __repr__(self) -> str:
        count, sizes = len(self), " x ".join(map(str, self.shape))
        return f"Pixels({count} image{'s' * (count != 1)} of {sizes})"

    @property
    def filled(self) -> Int[np.ndarray, " image"]:
        """How many pixels of each image are not zero."""
        return np.asarray(np.diff(self.indptr))

    def densify(
        self,
        rows: Int[np.ndarray, " some"] | None = None,
        out: Float[np.ndarray, "batch channel y x"] | None = None,
    ) -> Float[np.ndarray, "some channel y x"]:
        """Give some images with all their pixels, in single precision.

        Args:
            rows: which, in any order, twice if asked for twice; all where not given.
            out: where to write them, of contiguous float32; an array of its own where not given.

        Raises: IndexError, when a row is none; ValueError, when `out` is of another shape or type.
        """
        rows = np.arange(len(self)) if rows is None else np.asarray(rows, np.int64)
        check_rows(rows, len(self))
        shape = (len(rows), *self.shape)
        if out is None:
            out = np.empty(shape, np.float32)
        elif out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous:
            message = f"out: expected contiguous float32 of {shape}, not {out.dtype} of {out.shape}"
            raise ValueError(message)
        fill_dense(self.indptr, self.index, self.value, rows, out.reshape(len(rows), int(np.prod(self.shape))))
        return out

    def choose(self, rows: Int[np.ndarray, " some"]) -> "Pixels":
        """Give some images, in the order asked for, in memory of their own.

        Raises: IndexError, when a row is none.
        """
        check_rows(rows, len(self))
        first, length = self.indptr[rows], self.filled[rows]
        indptr = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
        pixel = np.arange(int(indptr[-1])) + np.repeat(first - indptr[:-1], length)
        return Pixels(indptr=indptr, index=self.index[pixel], value=self.value[pixel], shape=self.shape)


def check_rows(rows: Int[np.ndarray, " some"], count: int) -> None:
    """Refuse rows that are none, negative ones too.

    Raises: IndexError, naming the first.
    """
    if len(rows) and (rows.min() < 0 or rows.max() >= count):
        wrong = rows[np.argmax((rows < 0) | (rows >= count))]
        message = f"a row is a number from 0 to {count - 1}, not {wrong}"
        raise IndexError(message)
