"""A square of each image that is blank."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float

from corpuscle.data.settings import setting
from corpuscle.simulation.perturbed import Perturbation


@dataclass(frozen=True, slots=True, kw_only=True)
class Mask(Perturbation):
    """A square region that reads zero in all channels that it touches: a board that is off."""

    strength: ClassVar[str] = "side"

    side: int = setting(8, "height and width of the square", unit="pixel", least=0)
    place: Literal["chance", "middle"] = setting("chance", "where: another place in each image, or in its middle")

    def change(
        self, pixels: Float[np.ndarray, "image channel y x"], generator: np.random.Generator
    ) -> Float[np.ndarray, "image channel y x"]:
        """Blank the square.

        Raises: ValueError, when it is larger than an image.
        """
        images, _, height, width = pixels.shape
        if self.side > min(height, width):
            message = f"side: expected a square within an image of {height} x {width} pixels, not {self.side}"
            raise ValueError(message)
        rooms = np.array([height, width]) - self.side
        first = np.tile(rooms // 2, (images, 1))
        if self.place == "chance":
            first = generator.integers(0, rooms + 1, (images, 2))
        row, column = np.arange(height) - first[:, :1], np.arange(width) - first[:, 1:]
        inside = [(along >= 0) & (along < self.side) for along in (row, column)]
        return np.asarray(pixels * ~(inside[0][:, :, None] & inside[1][:, None, :])[:, None])
