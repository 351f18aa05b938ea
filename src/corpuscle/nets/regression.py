"""How far numbers that a net says are from those it should say, with and without what it says of its own error."""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import huber_loss, softplus

HALF_LOG = 0.5 * math.log(2 * math.pi)
"""What a standard normal law adds to its own exponent."""


def measure_squared(said: Float[Tensor, "*any"], target: Float[Tensor, "*any"]) -> Float[Tensor, ""]:
    """Give the mean squared error, which the mean of what is possible makes least."""
    return (said - target).square().mean()


def measure_absolute(said: Float[Tensor, "*any"], target: Float[Tensor, "*any"]) -> Float[Tensor, ""]:
    """Give the mean absolute error, which the median of what is possible makes least."""
    return (said - target).abs().mean()


def measure_huber(
    said: Float[Tensor, "*any"], target: Float[Tensor, "*any"], *, bend: float = 1.0
) -> Float[Tensor, ""]:
    """Give the mean error, squared up to `bend` and straight beyond.

    Source: Huber, Ann. Math. Statist. 35 (1964) 73.

    >>> measure_huber(torch.tensor([0.0, 3.0]), torch.tensor([1.0, 0.0]))
    tensor(1.5000)
    """
    return huber_loss(said, target, delta=bend)


def measure_pinball(
    said: Float[Tensor, "*any quantile"], target: Float[Tensor, "*any"], quantile: Float[Tensor, " quantile"]
) -> Float[Tensor, ""]:
    """Give the mean of max(q e, (q - 1) e), e = target - said, which the quantiles q of what is possible make least.

    Source: Koenker and Bassett, Econometrica 46 (1978) 33; the quantile loss of the slides with q = 0.5.

    >>> measure_pinball(torch.tensor([[0.0]]), torch.tensor([2.0]), torch.tensor([0.9]))
    tensor(1.8000)
    """
    error = target[..., None] - said
    return torch.maximum(quantile * error, (quantile - 1) * error).mean()


def order_quantiles(said: Float[Tensor, "*any quantile"]) -> Float[Tensor, "*any quantile"]:
    """Give quantiles that never cross: the first as it is, each further one above the one before.

    >>> order_quantiles(torch.tensor([1.0, -100.0, 0.0]))
    tensor([1.0000, 1.0000, 1.6931])
    """
    return torch.cat([said[..., :1], said[..., :1] + softplus(said[..., 1:]).cumsum(-1)], dim=-1)


def surprise_gaussian(
    mean: Float[Tensor, "*any"], log_width: Float[Tensor, "*any"], target: Float[Tensor, "*any"]
) -> Float[Tensor, "*any"]:
    """Give -log of the density of a normal law at what came."""
    return log_width + 0.5 * ((target - mean) * (-log_width).exp()).square() + HALF_LOG


def surprise_beta(
    mean: Float[Tensor, "*any"], log_width: Float[Tensor, "*any"], target: Float[Tensor, "*any"], *, beta: float = 0.5
) -> Float[Tensor, "*any"]:
    """Give the same times width^(2 beta), taken as a constant: what is hard to tell is not given up.

    Source: Seitzer et al., ICLR 2022 (beta-NLL), Eq. 5.
    """
    return surprise_gaussian(mean, log_width, target) * (2 * beta * log_width.detach()).exp()


def surprise_student(
    mean: Float[Tensor, "*any"],
    log_width: Float[Tensor, "*any"],
    target: Float[Tensor, "*any"],
    *,
    freedom: float = 4.0,
) -> Float[Tensor, "*any"]:
    """Give -log of the density of Student's law, whose tails forgive, at what came.

    Args:
        mean: its middle.
        log_width: the logarithm of its scale.
        target: what came.
        freedom: its degrees of freedom (nu).
    """
    square = ((target - mean) * (-log_width).exp()).square()
    constant = math.lgamma(freedom / 2) + 0.5 * math.log(freedom * math.pi) - math.lgamma((freedom + 1) / 2)
    return log_width + 0.5 * (freedom + 1) * torch.log1p(square / freedom) + constant
