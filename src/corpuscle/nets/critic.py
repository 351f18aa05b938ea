"""How well two values go together, said by two nets: one for each, and the product of what they say."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Critic(nn.Module):
    """Two small nets; the score of a pair is the product of what they say of its values."""

    def __init__(self, one: int, other: int, width: int, said: int) -> None:
        super().__init__()
        self.one, self.other = (
            nn.Sequential(
                nn.Linear(inputs, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, said)
            )
            for inputs in (one, other)
        )

    def forward(self, one: Float[Tensor, "n d"], other: Float[Tensor, "n e"]) -> Float[Tensor, "n n"]:
        """Score every value of the first with every value of the second."""
        score: Float[Tensor, "n n"] = self.one(one) @ self.other(other).T
        return score


def contrast(score: Float[Tensor, "n n"]) -> Float[Tensor, " n"]:
    """Give each pair's part of InfoNCE, ln n + f_ii - ln sum_j exp f_ij: at most ln n [nat].

    Source: van den Oord, Li and Vinyals, arXiv 1807.03748, equation 5; Poole et al., ICML (2019), equation 10.

    >>> contrast(torch.zeros(4, 4))
    tensor([0., 0., 0., 0.])
    """
    return math.log(len(score)) + score.diagonal() - score.logsumexp(dim=1)


def weigh_densities(score: Float[Tensor, "n n"]) -> Float[Tensor, " n"]:
    """Give each pair's part of Donsker and Varadhan's bound, f_ii - ln mean exp f_ij over all other pairs [nat].

    Source: Belghazi et al. (MINE), ICML (2018), equation 10.
    """
    count = len(score)
    apart = score.masked_fill(torch.eye(count, dtype=torch.bool), -torch.inf)
    return score.diagonal() - (apart.flatten().logsumexp(dim=0) - math.log(count * (count - 1)))
