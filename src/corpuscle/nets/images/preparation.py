"""How pixels are made ready for a net: settings, and the numbers that were measured on the training images."""

from dataclasses import dataclass
from typing import Literal

from corpuscle.data.pixels import Shape

Scaling = Literal["none", "standard", "log"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """How pixels are made ready for a net; it is stored with the weights.

    Args:
        shape: channels, height and width of an image as it comes [pixel].
        crop: rows and columns of the middle that is kept, its channels added and its length made 1; None: all.
        scale: none; standard: less the mean, over the deviation; log: the same of sign(x) log(1 + |x| / unit).
        unit: what stands for 1 inside the logarithm, for each channel.
        mean: of each channel over the training images, after crop and logarithm.
        deviation: their standard deviation.

    Raises: ValueError, when the image is smaller than its middle, or a channel lacks a number.

    >>> Preparation(shape=(3, 125, 125), crop=33).given
    (1, 33, 33)
    """

    shape: Shape
    crop: int | None = None
    scale: Scaling = "none"
    unit: tuple[float, ...] = ()
    mean: tuple[float, ...] = ()
    deviation: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _, height, width = self.shape
        if self.crop is not None and not 1 <= self.crop <= min(height, width):
            message = f"crop: expected 1 to {min(height, width)} pixels of {height} x {width}, not {self.crop}"
            raise ValueError(message)
        needed = {"none": (), "standard": ("mean", "deviation"), "log": ("unit", "mean", "deviation")}[self.scale]
        for name in needed:
            if len(getattr(self, name)) != self.given[0]:
                message = f"{name}: expected a number for each of {self.given[0]} channels, not {getattr(self, name)}"
                raise ValueError(message)

    @property
    def given(self) -> Shape:
        """Channels, height and width of what the net is given."""
        return self.shape if self.crop is None else (1, self.crop, self.crop)
