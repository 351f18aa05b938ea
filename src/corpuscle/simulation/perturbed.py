"""What every perturbation of images promises: a strength, at which 0 changes nothing, and pixels of the same shape."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from corpuscle.data.settings import check_settings, setting

OWN = "of the image"
"""The unit of what a pixel holds, which the layout of a store names for each channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Perturbation(ABC):
    """What can happen to the images of a detector, and how much of it.

    What changes from image to image comes from the generator; what is fixed in a detector, such as its dead cells,
    comes from a seed among the settings, so that images perturbed piece by piece have met one detector.
    """

    strength: ClassVar[str]
    """The setting that says how much; at 0 nothing changes."""

    signed: ClassVar[bool] = False
    """Whether what is above zero may fall below it."""

    channels: tuple[int, ...] = setting((), "channels that it touches, by number; none: all", least=0)

    def __post_init__(self) -> None:
        check_settings(self)

    def apply(
        self, pixels: Float[np.ndarray, "image channel y x"], generator: np.random.Generator
    ) -> Float[np.ndarray, "image channel y x"]:
        """Perturb images; what was given stays as it is.

        Args:
            pixels: the images, in their own unit.
            generator: where the chances come from; the same state gives the same images.

        Raises: ValueError, when a channel or a setting does not fit the images.

        >>> from corpuscle.simulation.perturbations import PERTURBATIONS
        >>> blank = np.zeros((1, 1, 2, 2), np.float32)
        >>> PERTURBATIONS["noise"](sigma=0.1).apply(blank, np.random.default_rng(0)).any()
        np.False_
        """
        some = list(self.channels) or list(range(pixels.shape[1]))
        if max(some) >= pixels.shape[1]:
            message = f"channels: expected numbers from 0 to {pixels.shape[1] - 1}, not {max(some)}"
            raise ValueError(message)
        perturbed = pixels.copy()
        perturbed[:, some] = self.change(pixels[:, some], generator)
        return perturbed

    @abstractmethod
    def change(
        self, pixels: Float[np.ndarray, "image channel y x"], generator: np.random.Generator
    ) -> Float[np.ndarray, "image channel y x"]:
        """Give the channels it touches as they become."""
