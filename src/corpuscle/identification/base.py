"""What every identifier is: what it has learned, with one verb."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from corpuscle.data.labels import Labels
from corpuscle.data.pixels import Pixels
from corpuscle.data.settings import check_settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Identifier(ABC):
    """A way to tell the class of an image from its pixels; all of them have learned it from other images."""

    def __post_init__(self) -> None:
        check_settings(self)

    @abstractmethod
    def identify(self, pixels: Pixels) -> Labels:
        """Say how likely each image is of each class; an image without a pixel is judged like any other.

        Args:
            pixels: the images.

        Raises: ValueError, when they are of another shape than those that it has learned from.
        """
