"""How far numbers that a net says are from those it should say."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import huber_loss, softplus


def measure_squared(said: Float[Tensor, "*any"], target: Float[Tensor, "*any"]) -> Float[Tensor, ""]:
    """Give the mean squared error, which the mean of what is possible makes least."""
    return (said - target).square().mean()


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
