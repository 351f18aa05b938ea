"""Images changed by chance in ways that leave their class as it is."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from jaxtyping import Float

Augmentation = Literal["none", "shift", "mirror", "mirror-shift", "flips", "flips-shift"]

LEGAL: Mapping[str, tuple[Augmentation, ...]] = {
    "digits": ("none", "shift"),
    "photographs": ("none", "shift", "mirror", "mirror-shift"),
}
"""What leaves the class of an image as it is, by the kind of the images; of all other kinds, everything does."""

REACH = 8
"""An image moves by up to its side over this."""


def check_legal(augmentation: Augmentation, kind: str) -> None:
    """Refuse what would change the class of an image: a 6 upside down is a 9.

    Raises: ValueError, saying what there is.
    """
    legal = LEGAL.get(kind)
    if legal is not None and augmentation not in legal:
        message = f"augmentation={augmentation} changes what {kind} show: say one of {', '.join(legal)}"
        raise ValueError(message)


def change_images(
    image: Float[np.ndarray, "batch channel y x"], augmentation: Augmentation, generator: np.random.Generator
) -> Float[np.ndarray, "batch channel y x"]:
    """Change images by chance, each by itself.

    Args:
        image: the images.
        augmentation: mirror: left becomes right in half of them; flips: that, and in half of them up becomes down;
            shift: they move by up to an eighth of their side along both axes, and what comes in is 0.
        generator: where the chances come from.
    """
    if augmentation.startswith(("mirror", "flips")):
        image = flip(image, 3, generator)
    if augmentation.startswith("flips"):
        image = flip(image, 2, generator)
    return shift(image, generator) if augmentation.endswith("shift") else image


def flip(
    image: Float[np.ndarray, "batch channel y x"], axis: int, generator: np.random.Generator
) -> Float[np.ndarray, "batch channel y x"]:
    """Flip half of the images along an axis."""
    turned = generator.random(len(image)) < 0.5
    return np.where(turned[:, None, None, None], np.flip(image, axis), image)


def shift(
    image: Float[np.ndarray, "batch channel y x"], generator: np.random.Generator
) -> Float[np.ndarray, "batch channel y x"]:
    """Move each image by whole pixels."""
    _, _, height, width = image.shape
    reach = max(1, min(height, width) // REACH)
    padded = np.pad(image, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
    moved = np.empty_like(image)
    for k, (top, left) in enumerate(generator.integers(0, 2 * reach, (len(image), 2), endpoint=True)):
        moved[k] = padded[k, :, top : top + height, left : left + width]
    return moved
