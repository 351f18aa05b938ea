"""Attention with several heads: what a token takes from others, and the keys and values that can be kept."""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention


@dataclass(frozen=True, slots=True, eq=False)
class KeyValue:
    """Keys and values of tokens, computed once and attended to many times."""

    key: Float[Tensor, "batch head key part"]
    value: Float[Tensor, "batch head key part"]

    def extend(self, later: "KeyValue") -> "KeyValue":
        """Give these tokens and later ones behind them."""
        return KeyValue(torch.cat([self.key, later.key], dim=2), torch.cat([self.value, later.value], dim=2))


class Attention(nn.Module):
    """Each head takes softmax(Q K^T / sqrt(d_k)) V; the heads are joined and mixed.

    Source: Vaswani et al. (2017), section 3.2; Mishra and Roudot, EUSIPCO 2024, Eqs 5-6.

    Args:
        width: numbers a token has.
        heads: heads that share them; width is a multiple of heads.

    Raises: ValueError, when the width is no multiple of the heads.
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            message = f"a width is a multiple of the heads, but {width} is none of {heads}"
            raise ValueError(message)
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.mix = nn.Linear(width, width)

    def project(self, token: Float[Tensor, "batch key width"]) -> KeyValue:
        """Give the keys and values of tokens."""
        return KeyValue(self.split(self.key(token)), self.split(self.value(token)))

    def forward(
        self,
        token: Float[Tensor, "batch query width"],
        known: KeyValue,
        *,
        real: Bool[Tensor, "batch key"] | None = None,
        causal: bool = False,
    ) -> Float[Tensor, "batch query width"]:
        """Let tokens attend to known ones.

        Args:
            token: those that ask.
            known: keys and values of those that are asked.
            real: True where a known token is data; None where all are. Each sequence has at least one.
            causal: each token asks only those up to its own place; the tokens that ask are the last of the known.
        """
        mask = None if real is None else real[:, None, None, :]
        if causal:
            asks, answers = token.shape[1], known.key.shape[2]
            past = torch.ones(asks, answers, dtype=torch.bool, device=token.device).tril(answers - asks)
            mask = past if mask is None else mask & past
        taken = scaled_dot_product_attention(self.split(self.query(token)), known.key, known.value, attn_mask=mask)
        mixed: Float[Tensor, "batch query width"] = self.mix(taken.transpose(1, 2).flatten(2))
        return mixed

    def split(self, token: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch head token part"]:
        """Split tokens among the heads."""
        return token.reshape(*token.shape[:2], self.heads, -1).transpose(1, 2)


def count_attention(width: int, *, query: int, key: int) -> int:
    """Count the multiply-adds of one attention, keys and values included.

    Q: query d^2, K and V: 2 key d^2, Q K^T and its product with V: 2 query key d, the mixing: query d^2.

    >>> count_attention(2, query=1, key=1)
    20
    """
    return 2 * query * width**2 + 2 * key * width**2 + 2 * query * key * width
