"""A net that names images, or several, as probabilities: what leaves this package."""

from collections.abc import Iterable

import torch
from jaxtyping import Float
from torch import Tensor, nn


class ProbableNet(nn.Module):
    """The mean of the probabilities that nets say, in single precision.

    Args:
        nets: nets that say the logarithm of the odds: one number for two classes, or one a class.

    >>> ProbableNet([nn.Flatten()])(torch.zeros(1, 1, 1, 1)).tolist()
    [[0.5, 0.5]]
    """

    def __init__(self, nets: Iterable[nn.Module]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch klass"]:
        """Give the probability of each class."""
        found = [read_odds(net(image)) for net in self.nets]
        return torch.stack(found).mean(0) if len(found) > 1 else found[0]


def read_odds(said: Float[Tensor, "batch output"]) -> Float[Tensor, "batch klass"]:
    """Give probabilities as a graph can hold them."""
    if said.shape[1] > 1:
        return said.softmax(1)
    second = said.sigmoid()
    return torch.cat([1 - second, second], 1)
