"""Attention of tokens to a few neighbours each, and what each pair of them has to say."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from corpuscle.nets.block import FeedForward

FORBIDDEN = -1e9
"""A score that no softmax sees."""

AT_ONCE = 1024
"""Tokens that ask at once: few enough that what they are told stays in the cache."""


class NeighbourAttention(nn.Module):
    """Each token asks its own neighbours: softmax(q (k + b) / sqrt(d)) (v + c), with b and c from the pair.

    One more key and value, which belong to no token, let a token take nothing from any; so one without neighbours has
    an answer too. Sparse: the cost grows with tokens times neighbours.

    Source: Vaswani et al. (2017), section 3.2, with relative keys and values as of Shaw, Uszkoreit and Vaswani, NAACL
        (2018), Eqs 3 and 4.

    Args:
        width: numbers a token has.
        inner: numbers of its key and of its value.
        heads: heads that share them; inner is a multiple of heads.
        features: numbers a pair has.

    Raises: ValueError, when the inner width is no multiple of the heads.
    """

    def __init__(self, width: int, inner: int, heads: int, features: int) -> None:
        super().__init__()
        if inner % heads:
            message = f"an inner width is a multiple of the heads, but {inner} is none of {heads}"
            raise ValueError(message)
        self.heads = heads
        self.query = nn.Linear(width, inner)
        self.known = nn.Linear(width, 2 * inner)
        self.pair = nn.Linear(features, 2 * inner, bias=False)
        self.nothing = nn.Parameter(torch.zeros(2, inner))
        self.mix = nn.Linear(inner, width)

    def forward(
        self,
        token: Float[Tensor, "token width"],
        neighbour: Int[Tensor, "token key"],
        pair: Float[Tensor, "token key feature"],
        real: Bool[Tensor, "token key"],
    ) -> Float[Tensor, "token width"]:
        """Let tokens ask their neighbours.

        Args:
            token: the tokens, those of several sequences one after the other.
            neighbour: the numbers of each token's neighbours; any number where there is none.
            pair: what is known of each pair.
            real: True where there is a neighbour.
        """
        query, known = self.query(token), self.known(token)
        parts = [slice(cut, cut + AT_ONCE) for cut in range(0, len(token), AT_ONCE)]
        taken = [self.ask(query[part], neighbour[part], pair[part], real[part], known) for part in parts]
        mixed: Float[Tensor, "token width"] = self.mix(torch.cat(taken) if taken else query)
        return mixed

    def ask(
        self,
        query: Float[Tensor, "token inner"],
        neighbour: Int[Tensor, "token key"],
        pair: Float[Tensor, "token key feature"],
        real: Bool[Tensor, "token key"],
        known: Float[Tensor, "all both"],
    ) -> Float[Tensor, "token inner"]:
        """Let some tokens ask."""
        count, keys = neighbour.shape
        asked = known.index_select(0, neighbour.reshape(-1)).view(count, keys, -1) + self.pair(pair)
        key, value = asked.view(count, keys, 2, self.heads, -1).unbind(2)
        no_key, no_value = self.nothing.view(2, self.heads, -1)
        query = query.view(count, 1, self.heads, -1)
        score = (query * key).sum(-1).masked_fill(~real[..., None], FORBIDDEN)
        nothing = (query * no_key).sum(-1)
        weight = (torch.cat([score, nothing], dim=1) / math.sqrt(key.shape[-1])).softmax(dim=1)[..., None]
        taken: Float[Tensor, "token inner"] = ((weight[:, :-1] * value).sum(1) + weight[:, -1] * no_value).flatten(1)
        return taken


class NeighbourBlock(nn.Module):
    """Attention to neighbours and feed-forward, each normalised before and added.

    Source: Xiong et al., ICML (2020), Fig. 1b, for the order of the two.
    """

    def __init__(self, width: int, inner: int, heads: int, features: int, hidden: int) -> None:
        super().__init__()
        self.attention = NeighbourAttention(width, inner, heads, features)
        self.forward_net = FeedForward(width, hidden)
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])

    def forward(
        self,
        token: Float[Tensor, "token width"],
        neighbour: Int[Tensor, "token key"],
        pair: Float[Tensor, "token key feature"],
        real: Bool[Tensor, "token key"],
    ) -> Float[Tensor, "token width"]:
        """Let every token ask its neighbours (`real` is True where there is one)."""
        token = token + self.attention(self.norms[0](token), neighbour, pair, real)
        done: Float[Tensor, "token width"] = token + self.forward_net(self.norms[1](token))
        return done
