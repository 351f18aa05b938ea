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
        heads: heads that share them; width is a multiple of heads where the heads have no width of their own.
        part: width of each head (d_k); width / heads where None.
        bias: whether queries, keys and values have a bias.
        mix_bias: whether the mixing has one.
        asked: numbers a token that is asked has; the width where None.
        turn: turns the parts of queries and keys by where their tokens stand; nothing where None.

    Raises: ValueError, when the width is no multiple of the heads.
    """

    def __init__(
        self,
        width: int,
        heads: int,
        *,
        part: int | None = None,
        bias: bool = True,
        mix_bias: bool = True,
        asked: int | None = None,
        turn: nn.Module | None = None,
    ) -> None:
        super().__init__()
        if part is None and width % heads:
            message = f"a width is a multiple of the heads, but {width} is none of {heads}"
            raise ValueError(message)
        self.heads = heads
        self.part = part or width // heads
        inner, asked = heads * self.part, asked or width
        self.query = nn.Linear(width, inner, bias)
        self.key = nn.Linear(asked, inner, bias)
        self.value = nn.Linear(asked, inner, bias)
        self.mix = nn.Linear(inner, width, mix_bias)
        self.turn = turn

    def project(self, token: Float[Tensor, "batch key asked"]) -> KeyValue:
        """Give the keys and values of tokens."""
        return KeyValue(self.place(self.key(token)), self.split(self.value(token)))

    def attend(
        self, token: Float[Tensor, "batch token width"], *, real: Bool[Tensor, "batch token"] | None = None
    ) -> Float[Tensor, "batch token width"]:
        """Let every token attend to all that are data (`real` is True where one is)."""
        return self(token, self.project(token), real=real)  # type: ignore[no-any-return] # what forward gives

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
        taken = self.take(self.place(self.query(token)), known, mask)
        mixed: Float[Tensor, "batch query width"] = self.mix(taken.transpose(1, 2).flatten(2))
        return mixed

    def take(
        self,
        query: Float[Tensor, "batch head query part"],
        known: KeyValue,
        mask: Bool[Tensor, "*any #query key"] | None = None,
    ) -> Float[Tensor, "batch head query part"]:
        """Let each head take values by its queries and keys; `mask` is True where a query may see a key."""
        return scaled_dot_product_attention(query, known.key, known.value, attn_mask=mask)

    def place(self, token: Float[Tensor, "batch token inner"]) -> Float[Tensor, "batch head token part"]:
        """Split queries or keys among the heads, turned by where they stand."""
        parts = self.split(token)
        return parts if self.turn is None else self.turn(parts)

    def split(self, token: Float[Tensor, "batch token inner"]) -> Float[Tensor, "batch head token part"]:
        """Split tokens among the heads."""
        return token.reshape(*token.shape[:2], self.heads, -1).transpose(1, 2)
