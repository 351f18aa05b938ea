"""A plain net of convolutions."""

import itertools

from jaxtyping import Float
from torch import Tensor, nn


class ConvolutionNet(nn.Module):
    """Convolutions, each with a rectifier, some with a maximum over 2 x 2, then linear maps.

    Args:
        filters: numbers a pixel has, before and after each convolution.
        kernel: rows and columns of a kernel.
        halved: convolutions, from 1, that a maximum over 2 x 2 follows.
        widths: numbers before and after each linear map.
    """

    def __init__(
        self, *, filters: tuple[int, ...], kernel: int, halved: tuple[int, ...], widths: tuple[int, ...]
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for number, (inputs, outputs) in enumerate(itertools.pairwise(filters), start=1):
            layers += [nn.Conv2d(inputs, outputs, kernel), nn.ReLU()]
            layers += [nn.MaxPool2d(2)] if number in halved else []
        self.layers = nn.Sequential(*layers, nn.Flatten())
        head: list[nn.Module] = [nn.Linear(widths[0], widths[1])]
        for inputs, outputs in itertools.pairwise(widths[1:]):
            head += [nn.ReLU(), nn.Linear(inputs, outputs)]
        self.head = nn.Sequential(*head)

    def forward(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch output"]:
        """Say what the images are: the logarithm of the odds, one number a class, or one for two classes."""
        said: Float[Tensor, "batch output"] = self.head(self.layers(image))
        return said
