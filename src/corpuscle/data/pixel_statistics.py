"""What pixels of some images hold on average: measured on the training rows, applied to all."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.images import Images
from corpuscle.data.images_kernel import sum_channels
from corpuscle.data.pixels import check_rows


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class PixelStatistics:
    """Mean and spread of the pixels of each channel.

    Args:
        images: how many they were measured on.
        mean: of all pixels of a channel, empty ones too.
        deviation: their standard deviation.
        filled: the share of the pixels that is not zero.
        filled_mean: of the pixels that are not zero; 0 where there are none.
        filled_deviation: the standard deviation of those.
    """

    images: int
    mean: Float[np.ndarray, " channel"]
    deviation: Float[np.ndarray, " channel"]
    filled: Float[np.ndarray, " channel"]
    filled_mean: Float[np.ndarray, " channel"]
    filled_deviation: Float[np.ndarray, " channel"]


def measure_pixels(images: Images, rows: Int[np.ndarray, " some"]) -> PixelStatistics:
    """Measure the pixels of some images; what no row of these holds has no part in it.

    Raises: ValueError, when there are no rows; IndexError, when one is none.

    >>> from corpuscle.data.images import gather_images
    >>> dense = np.array([[[[0.0, 2.0]]], [[[9.0, 9.0]]]])
    >>> images = gather_images(dense, label=np.array([0, 0]), names=("one",))
    >>> measure_pixels(images, np.array([0])).mean
    array([1.])
    """
    if not len(rows):
        raise ValueError("statistics of pixels need at least one image, but there are no rows")
    check_rows(rows, len(images))
    channels, height, width = images.shape
    sums = np.zeros((3, channels))
    sum_channels(images.indptr, images.index, images.value, rows.astype(np.int64), height * width, sums)
    total, squares, count = sums
    everything = len(rows) * height * width
    some = np.maximum(count, 1)
    mean, filled_mean = total / everything, total / some
    return PixelStatistics(
        images=len(rows),
        mean=mean,
        deviation=np.sqrt(np.maximum(squares / everything - mean**2, 0)),
        filled=count / everything,
        filled_mean=filled_mean,
        filled_deviation=np.sqrt(np.maximum(squares / some - filled_mean**2, 0)),
    )
