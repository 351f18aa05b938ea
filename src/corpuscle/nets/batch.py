"""Sequences of several lengths side by side, padded, and where they are data."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor


@dataclass(frozen=True, slots=True, eq=False)
class Padded:
    """Sequences as one array; `real` is True where a token is data."""

    value: Float[Tensor, "batch token feature"]
    real: Bool[Tensor, "batch token"]


def pad_sequences(sequences: Sequence[Float[Tensor, "_ feature"]]) -> Padded:
    """Put sequences side by side, each followed by zeros up to the longest.

    >>> pad_sequences([torch.ones(2, 1), torch.ones(1, 1)]).real
    tensor([[ True,  True],
            [ True, False]])
    """
    value = torch.nn.utils.rnn.pad_sequence(list(sequences), batch_first=True)
    length = torch.tensor([len(sequence) for sequence in sequences], device=value.device)
    return Padded(value, torch.arange(value.shape[1], device=value.device) < length[:, None])
