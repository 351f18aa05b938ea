"""The settings of a plain net of convolutions, what they count to, and the net."""

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from corpuscle.data.settings import check_settings, setting
from corpuscle.nets.operations import Count, count_linear
from corpuscle.nets.weights import import_torch

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class CnnShape:
    """Convolutions without padding and a rectifier each, some with a maximum over 2 x 2 behind them, then linear maps.

    Raises: ValueError, when a setting is out of bounds, or the image is too small for so many.

    Source: LeCun et al., Proc. IEEE 86 (1998) 2278, section II; the defaults are those of Borthakur's proposal (2023).

    >>> CnnShape().count()
    Count(parameters=30465, multiply_adds=2890384)
    """

    size: int = setting(32, "rows and columns of an image [pixel]", least=1)
    channels: int = setting(2, "numbers a pixel has", least=1)
    outputs: int = setting(1, "numbers the net says; 1 tells two classes apart", least=1)
    filters: tuple[int, ...] = setting((16, 16, 32, 32), "filters of each convolution", least=1)
    kernel: int = setting(3, "rows and columns of a kernel", least=1)
    halved: tuple[int, ...] = setting((2, 3, 4), "convolutions, from 1, that a maximum over 2 x 2 follows", least=1)
    head: tuple[int, ...] = setting((96, 16), "widths of the layers between the convolutions and the output", least=1)

    def __post_init__(self) -> None:
        check_settings(self)
        if any(number > len(self.filters) for number in self.halved):
            message = f"halved numbers the convolutions from 1 to {len(self.filters)}, not {max(self.halved)}"
            raise ValueError(message)
        sides = self.list_sides()
        if sides[-1] < 1:
            message = (
                f"an image of {self.size} x {self.size} is too small for {len(self.filters)} convolutions of kernel "
                f"{self.kernel}, {len(self.halved)} of them halved: set fewer filters, or a larger size"
            )
            raise ValueError(message)

    def list_sides(self) -> list[int]:
        """List the rows of the image, as it comes and after each convolution and what follows it."""
        sides = [self.size]
        for number in range(1, len(self.filters) + 1):
            side = sides[-1] - self.kernel + 1
            sides.append(side // 2 if number in self.halved else side)
        return sides

    def count(self) -> Count:
        """Count parameters and the multiply-adds of one image, by formula."""
        total = Count()
        for (inputs, outputs), side in zip(
            itertools.pairwise([self.channels, *self.filters]), self.list_sides(), strict=False
        ):
            total += count_linear(self.kernel**2 * inputs, outputs, times=(side - self.kernel + 1) ** 2)
        for inputs, outputs in itertools.pairwise([self.count_pixels(), *self.head, self.outputs]):
            total += count_linear(inputs, outputs)
        return total

    def count_pixels(self) -> int:
        """Count the numbers that the convolutions leave."""
        return [self.channels, *self.filters][-1] * self.list_sides()[-1] ** 2

    def build(self) -> "nn.Module":
        """Build the net, its weights drawn by torch's own generator."""
        import_torch()
        from corpuscle.nets.images.cnn import ConvolutionNet

        return ConvolutionNet(
            filters=(self.channels, *self.filters),
            kernel=self.kernel,
            halved=self.halved,
            widths=(self.count_pixels(), *self.head, self.outputs),
        )
