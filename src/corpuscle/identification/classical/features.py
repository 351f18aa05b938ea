"""Which numbers a classical method is told of an image: its shapes, its pixels, or both."""

from typing import Literal

import numpy as np
from jaxtyping import Float

from corpuscle.data.pixels import Pixels, Shape
from corpuscle.identification.classical.shapes import list_shapes, measure_shapes

Features = Literal["shapes", "pixels", "both"]
Asked = Literal["auto", "shapes", "pixels", "both"]

FEW = 256
"""Images of at most as many numbers (16 x 16 in one channel) are told pixel by pixel, too."""

LARGEST = float(np.finfo(np.float32).max)


def choose_features(asked: Asked, shape: Shape) -> Features:
    """Choose what images of a size are told by, where nobody said.

    Small images, of at most 256 numbers, by shapes and pixels; larger ones by shapes, whose number does not grow with
    that of the pixels.

    Args:
        asked: what was said; auto: choose.
        shape: channels, height, width [pixel].

    >>> choose_features("auto", (1, 8, 8)), choose_features("auto", (2, 32, 32)), choose_features("pixels", (2, 32, 32))
    ('both', 'shapes', 'pixels')
    """
    if asked != "auto":
        return asked
    return "both" if int(np.prod(shape)) <= FEW else "shapes"


def measure_features(pixels: Pixels, features: Features) -> Float[np.ndarray, "image feature"]:
    """Measure images, in single precision: what is learned from is what is judged by, to the last digit.

    Args:
        pixels: the images.
        features: what they are told by.
    """
    parts = []
    if features != "pixels":
        # a sum may be too large for single precision
        parts.append(np.clip(measure_shapes(pixels), -LARGEST, LARGEST).astype(np.float32))
    if features != "shapes":
        parts.append(pixels.densify().reshape(len(pixels), int(np.prod(pixels.shape))))
    return np.concatenate(parts, axis=1)


def list_features(shape: Shape, features: Features) -> list[str]:
    """Name the numbers, in the order of their columns.

    >>> len(list_features((1, 8, 8), "shapes")), list_features((1, 8, 8), "both")[-1]
    (23, 'pixel_0_7_7')
    """
    channels, height, width = shape
    pixels = [f"pixel_{c}_{y}_{x}" for c in range(channels) for y in range(height) for x in range(width)]
    return (list_shapes(shape) if features != "pixels" else []) + (pixels if features != "shapes" else [])
