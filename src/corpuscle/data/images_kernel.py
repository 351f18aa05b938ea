"""Compiled: sparse images into dense ones and back."""

import numpy as np

from corpuscle.data.compiled import compiled


@compiled
def fill_dense(indptr: np.ndarray, index: np.ndarray, value: np.ndarray, rows: np.ndarray, out: np.ndarray) -> None:
    """Write the images of some rows, one a line of `out`."""
    for k in range(len(rows)):
        line = out[k]
        line[:] = 0.0
        for pixel in range(indptr[rows[k]], indptr[rows[k] + 1]):
            line[index[pixel]] = value[pixel]


@compiled
def find_pixels(dense: np.ndarray, like: np.ndarray, kind: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Find what is not zero in images, one a line, in one pass: an image is scanned while it is at hand.

    Gives where each image begins, the places (typed as `like`) and the values (rounded to the type of `kind`, in
    which they are compared with zero).
    """
    count, size = dense.shape
    indptr = np.zeros(count + 1, np.int64)
    index = np.empty(max(size, 64 * count), like.dtype)
    value = np.empty(len(index), kind.dtype)
    held = np.empty(1, kind.dtype)
    pixel = 0
    for k in range(count):
        if pixel + size > len(index):
            room = 2 * len(index) + size
            wider, longer = np.empty(room, like.dtype), np.empty(room, kind.dtype)
            wider[:pixel], longer[:pixel] = index[:pixel], value[:pixel]
            index, value = wider, longer
        for place in range(size):
            if dense[k, place] != 0:
                held[0] = dense[k, place]
                if held[0] != 0:
                    index[pixel] = place
                    value[pixel] = held[0]
                    pixel += 1
        indptr[k + 1] = pixel
    return indptr, index[:pixel].copy(), value[:pixel].copy()


@compiled
def sum_channels(
    indptr: np.ndarray, index: np.ndarray, value: np.ndarray, rows: np.ndarray, area: int, out: np.ndarray
) -> None:
    """Sum values, their squares and their number by channel, in the order of the rows: `out` is (3, channel)."""
    for row in rows:
        for pixel in range(indptr[row], indptr[row + 1]):
            channel = int(index[pixel]) // area
            held = float(value[pixel])
            out[0, channel] += held
            out[1, channel] += held * held
            out[2, channel] += 1.0


@compiled
def count_filled(indptr: np.ndarray, index: np.ndarray, area: int, channels: int) -> np.ndarray:
    """Count the filled pixels of each image in each channel."""
    count = np.zeros((len(indptr) - 1, channels), np.int64)
    for row in range(len(count)):
        for pixel in range(indptr[row], indptr[row + 1]):
            count[row, int(index[pixel]) // area] += 1
    return count


@compiled
def widen_ranges(index: np.ndarray, value: np.ndarray, area: int, ranges: np.ndarray) -> None:
    """Widen the least and the most of each channel, lines of `ranges`, by the pixels that are filled."""
    for pixel in range(len(index)):
        channel = int(index[pixel]) // area
        held = float(value[pixel])
        ranges[channel, 0] = min(ranges[channel, 0], held)
        ranges[channel, 1] = max(ranges[channel, 1], held)
