"""The centre of images, their channels added, their length 1: what the CMS proposal feeds to its nets."""

import numpy as np
from jaxtyping import Float


def crop_centre(
    images: Float[np.ndarray, "image channel y x"], side: int = 33
) -> Float[np.ndarray, "image channel s s"]:
    """Cut a square out of the middle of images; of an even margin and an odd side, the pixel before the middle is kept.

    Args:
        images: to be cut.
        side: height and width of what is left [pixel].

    Raises: ValueError, when the images are smaller.

    >>> crop_centre(np.arange(25.0).reshape(1, 1, 5, 5), 1).item()
    12.0
    """
    height, width = images.shape[2:]
    if not 1 <= side <= min(height, width):
        message = f"side: expected 1 to {min(height, width)} pixels of an image of {height} x {width}, not {side}"
        raise ValueError(message)
    top, left = (height - side) // 2, (width - side) // 2
    return images[:, :, top : top + side, left : left + side]


def add_channels(images: Float[np.ndarray, "image channel y x"]) -> Float[np.ndarray, "image 1 y x"]:
    """Add the channels of images, pixel by pixel."""
    return np.asarray(images.sum(axis=1, keepdims=True))


def normalise(images: Float[np.ndarray, "image channel y x"]) -> Float[np.ndarray, "image channel y x"]:
    """Divide each image by the root of the sum of its squares; an image without any stays empty.

    >>> normalise(np.array([[[[3.0, 4.0]]], [[[0.0, 0.0]]]])).tolist()
    [[[[0.6, 0.8]]], [[[0.0, 0.0]]]]
    """
    length = np.sqrt(np.square(images, dtype=np.float64).sum(axis=(1, 2, 3), keepdims=True))
    return (images / np.where(length > 0, length, 1.0)).astype(images.dtype)


def prepare_proposed(
    images: Float[np.ndarray, "image channel y x"], side: int = 33
) -> Float[np.ndarray, "image 1 s s"]:
    """Crop, add the channels and normalise, as the CMS proposal does; safe for images that are empty.

    The proposal divides by zero where the middle of a jet is empty: those images were not numbers there.

    Source: Borthakur, Vision transformers for CMS (2023), its extraction of quark and gluon jets.
    """
    return normalise(add_channels(crop_centre(images, side)))
