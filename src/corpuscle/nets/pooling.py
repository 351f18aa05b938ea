"""Many tokens as one: their mean, of those that are data."""

from jaxtyping import Bool, Float
from torch import Tensor


def pool_real(
    token: Float[Tensor, "batch token width"], real: Bool[Tensor, "batch token"]
) -> Float[Tensor, "batch width"]:
    """Give the mean of the tokens that are data (`real` is True there); padding changes nothing.

    >>> import torch
    >>> pool_real(torch.tensor([[[1.0], [3.0], [9.0]]]), torch.tensor([[True, True, False]]))
    tensor([[2.]])
    """
    weight = real.to(token.dtype)[..., None]
    return (token * weight).sum(1) / weight.sum(1)
