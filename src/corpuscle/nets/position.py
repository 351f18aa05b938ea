"""Where a token stands in its sequence, as numbers that a net can read."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

LONGEST = 10_000.0
"""The longest wavelength over 2 pi [tokens]."""


def encode_position(position: Int[Tensor, "*batch token"], width: int) -> Float[Tensor, "*batch token width"]:
    """Give each position sines and cosines of wavelengths from 2 pi to 20 000 pi, in turn.

    Args:
        position: the place of each token; any whole number, as nothing is looked up.
        width: how many numbers a token has, even.

    Source: Vaswani et al., Attention is all you need (2017), section 3.5.

    >>> encode_position(torch.tensor([0]), 4)
    tensor([[0., 1., 0., 1.]])
    """
    rate = torch.exp(torch.arange(0, width, 2, device=position.device) * (-math.log(LONGEST) / width))
    angle = position[..., None] * rate
    return torch.stack([angle.sin(), angle.cos()], dim=-1).flatten(-2)
