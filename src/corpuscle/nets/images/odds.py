"""What a net that reads images says, as probabilities and as a loss: one number for two classes, or one a class."""

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy


def read_probability(said: Float[Tensor, "batch output"]) -> Float[Tensor, "batch klass"]:
    """Give the probability of each class.

    >>> read_probability(torch.zeros(1, 1)).tolist()
    [[0.5, 0.5]]
    """
    if said.shape[1] > 1:
        return said.double().softmax(dim=1)
    second = said.double().sigmoid()
    return torch.cat([1 - second, second], dim=1)


def measure_surprise(said: Float[Tensor, "batch output"], wanted: Float[Tensor, "batch klass"]) -> Float[Tensor, ""]:
    """Give the mean cross entropy with the probabilities that are wanted [nat]."""
    if said.shape[1] > 1:
        return cross_entropy(said, wanted)
    return binary_cross_entropy_with_logits(said[:, 0], wanted[:, 1])
