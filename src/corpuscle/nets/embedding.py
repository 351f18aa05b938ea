"""Points placed where those that belong together are close: linear, norm, activation, layer by layer."""

import itertools

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn


class Embedding(nn.Module):
    """A few layers of linear map, norm and tanh, and a linear map to the place.

    Source: the embedding of Exa.TrkX, Ju et al., European Physical Journal C 81 (2021) 876, section 4.
    """

    def __init__(self, inputs: int, width: int, layers: int, outputs: int) -> None:
        super().__init__()
        widths = [inputs, *[width] * layers]
        self.blocks = nn.ModuleList(
            [
                nn.Sequential(nn.Linear(one, other), nn.LayerNorm(other), nn.Tanh())
                for one, other in itertools.pairwise(widths)
            ]
        )
        self.head = nn.Linear(widths[-1], outputs)

    def forward(self, feature: Float[Tensor, "n feature"]) -> Float[Tensor, "n place"]:
        """Give the place of each point."""
        return self.listen(feature)[-1]

    def listen(self, feature: Float[Tensor, "n feature"]) -> list[Float[Tensor, "n _"]]:
        """Give what every neuron says of each point, layer by layer, the places last."""
        said = []
        for block in self.blocks:
            feature = block(feature)
            said.append(feature)
        return [*said, self.head(feature)]


def measure_hinge(
    apart: Float[Tensor, " pair"], same: Bool[Tensor, " pair"], *, margin: float, weight: float
) -> Float[Tensor, ""]:
    """Give the hinge loss of pairs: d where they belong together, max(0, margin - d) where not, d squared distances.

    Args:
        apart: the squared distance of each pair (d).
        same: whether it belongs together.
        margin: the squared distance from which on others are left in peace.
        weight: how much a pair that belongs together counts.

    >>> measure_hinge(torch.tensor([0.5, 0.5, 0.02]), torch.tensor([True, False, False]), margin=0.1, weight=1.0)
    tensor(0.1933)
    """
    loss = torch.where(same, weight * apart, (margin - apart).clamp(min=0))
    return loss.sum() / (same * (weight - 1) + 1).sum()


def find_hard(
    place: Float[Tensor, "n d"], group: Int[Tensor, " n"], owner: Int[Tensor, " n"], *, count: int
) -> Int[Tensor, "pair 2"]:
    """Find for each point its nearest ones of the same group that belong to another owner; -1 owns nothing twice.

    >>> at = torch.tensor([[0.0], [0.1], [0.3], [0.31]])
    >>> find_hard(at, torch.tensor([0, 0, 0, 1]), torch.tensor([1, 1, 2, 3]), count=1).tolist()
    [[0, 2], [1, 2], [2, 1]]
    """
    with torch.no_grad():
        apart = torch.cdist(place, place)
        alike = (owner[:, None] == owner) & (owner[:, None] >= 0)
        apart = apart.masked_fill((group[:, None] != group) | alike, torch.inf).fill_diagonal_(torch.inf)
        near, row = apart.topk(min(count, len(place)), largest=False)
        pair = torch.stack([torch.arange(len(place), device=place.device)[:, None].expand_as(row), row], dim=-1)
        return pair[near.isfinite()]
