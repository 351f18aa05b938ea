"""What other collisions leave in an image: images of other events, or soft deposits."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from corpuscle.data.settings import setting
from corpuscle.simulation.perturbed import OWN, Perturbation


@dataclass(frozen=True, slots=True, kw_only=True)
class PileUp(Perturbation):
    """Images of other events laid upon each image: a Poisson number, their middle anywhere in it.

    The others are drawn from those that are perturbed together, whatever their class; an image may meet itself.
    """

    strength: ClassVar[str] = "mean"

    mean: float = setting(1.0, "mean number of other events whose middle is in an image (mu)", least=0, most=1000)
    scale: float = setting(1.0, "what their pixels are multiplied by", least=0)

    def change(
        self, pixels: Float[np.ndarray, "image channel y x"], generator: np.random.Generator
    ) -> Float[np.ndarray, "image channel y x"]:
        """Add other images, moved; what leaves the image is lost."""
        images, _, height, width = pixels.shape
        count = generator.poisson(self.mean, images)
        laid = pixels.copy()
        owner = np.repeat(np.arange(images), count)
        if not len(owner):
            return laid
        other = generator.integers(0, images, len(owner))
        moved = generator.integers([0, 0], [height, width], (len(owner), 2)) - [height // 2, width // 2]
        for image, event, (down, right) in zip(owner, other, moved.tolist(), strict=True):
            (row, from_row), (column, from_column) = cut(down, height), cut(right, width)
            laid[image, :, row, column] += self.scale * pixels[event, :, from_row, from_column]
        return laid


def cut(shift: int, size: int) -> tuple[slice, slice]:
    """Give where what is moved along an axis arrives, and where it comes from.

    >>> cut(1, 3), cut(-1, 3)
    ((slice(1, 3, None), slice(0, 2, None)), (slice(0, 2, None), slice(1, 3, None)))
    """
    length = size - abs(shift)
    arrival, origin = max(shift, 0), max(-shift, 0)
    return slice(arrival, arrival + length), slice(origin, origin + length)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposits(Perturbation):
    """Soft deposits in pixels by chance: a Poisson number in each channel, energies of the exponential law."""

    strength: ClassVar[str] = "mean"

    mean: float = setting(20.0, "mean number of deposits in each channel of an image", least=0)
    energy: float = setting(0.01, "mean of what a deposit holds", unit=OWN, least=0)

    def change(
        self, pixels: Float[np.ndarray, "image channel y x"], generator: np.random.Generator
    ) -> Float[np.ndarray, "image channel y x"]:
        """Add deposits; several in one pixel sum up, k of them to the gamma law of shape k."""
        count = generator.poisson(self.mean / (pixels.shape[2] * pixels.shape[3]), pixels.shape)
        added = np.zeros(pixels.shape)
        hit = count > 0
        added[hit] = self.energy * generator.standard_gamma(count[hit])
        return pixels + added
