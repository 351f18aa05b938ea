"""Other kinds of attention: heads mixed, fewer keys, windows, and no token to itself."""

import math
from typing import Any

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from corpuscle.nets.attention import Attention, KeyValue
from corpuscle.nets.images.grid import Depthwise, cut_patches, lay_out
from corpuscle.nets.images.place import Turn
from corpuscle.nets.images.settings import Attending, VitSettings
from corpuscle.nets.images.stages import Stage

Query = Float[Tensor, "batch head query part"]
Mask = Bool[Tensor, "*any #query key"]


def options(settings: VitSettings, stage: Stage) -> dict[str, Any]:
    """Give what every kind is made with, by name."""
    turn = Turn(settings, stage.grid, stage.part) if settings.position == "rope" else None
    return {"part": stage.part, "bias": settings.query_bias, "mix_bias": settings.mix_bias, "turn": turn}


class Reattention(Attention):
    """The weights of each head become a mixture of those of all: norm(theta^T softmax(Q K^T / sqrt(d_k))) V.

    Source: Zhou et al. (DeepViT), arXiv 2103.11886 (2021), Eq. 3.
    """

    def __init__(self, settings: VitSettings, stage: Stage) -> None:
        super().__init__(stage.width, stage.heads, **options(settings, stage))
        self.theta = nn.Parameter(torch.eye(stage.heads))
        norms = {"none": nn.Identity, "layer": nn.LayerNorm, "batch": nn.BatchNorm2d}
        self.norm = norms[settings.head_norm](stage.heads)
        self.last = settings.head_norm == "layer"

    def take(self, query: Query, known: KeyValue, mask: Mask | None = None) -> Query:
        """Let each head take values by weights that all heads have a say in."""
        score = query @ known.key.transpose(-1, -2) / math.sqrt(self.part)
        if mask is not None:
            score = score.masked_fill(~mask, -torch.inf)
        weight = torch.einsum("bhqk,hg->bgqk", score.softmax(dim=-1), self.theta)
        weight = self.norm(weight.movedim(1, -1)).movedim(-1, 1) if self.last else self.norm(weight)
        taken: Query = weight @ known.value
        return taken


class ReducedAttention(Attention):
    """Keys and values are made from squares of tokens, so that there are fewer of them.

    Source: Yang et al. (ScalableViT), arXiv 2203.10790 (2022), section 3.2; Wang et al. (PVT), ICCV (2021).
    """

    def __init__(self, settings: VitSettings, stage: Stage) -> None:
        asked = stage.width * stage.reduction**2
        super().__init__(stage.width, stage.heads, asked=asked, **options(settings, stage))
        self.grid, self.reduction = stage.grid, stage.reduction

    def project(self, token: Float[Tensor, "batch token width"]) -> KeyValue:
        """Give the keys and values of squares of tokens."""
        square = cut_patches(lay_out(token, self.grid), self.reduction)
        return super().project(square.transpose(1, 2).flatten(2))


class WindowedAttention(Attention):
    """Each token attends to those of its own window; a convolution of the values may reach across the borders.

    Source: Yang et al. (ScalableViT), arXiv 2203.10790 (2022), section 3.3; here the convolution is depthwise, 3 x 3.
    """

    def __init__(self, settings: VitSettings, stage: Stage) -> None:
        super().__init__(stage.width, stage.heads, **options(settings, stage))
        self.windows, self.window = stage.grid // stage.window, stage.window
        self.across = Depthwise(stage.inner, stage.grid) if settings.interact else None

    def take(self, query: Query, known: KeyValue, mask: Mask | None = None) -> Query:
        """Let each head take values from the window of the query; every token is data."""
        if mask is not None:
            message = "windowed attention is for grids, whose tokens are all data: give no mask"
            raise ValueError(message)
        asks, key, value = (self.divide(part) for part in (query, known.key, known.value))
        taken = self.join(scaled_dot_product_attention(asks, key, value))
        if self.across is None:
            return taken
        return taken + self.split(self.across(known.value.transpose(1, 2).flatten(2)))

    def divide(self, part: Query) -> Float[Tensor, "window head place part"]:
        """Divide tokens into windows, which stand beside each other as a batch."""
        count, side = self.windows, self.window
        grid = part.reshape(-1, self.heads, count, side, count, side, self.part).permute(0, 2, 4, 1, 3, 5, 6)
        return grid.reshape(-1, self.heads, side**2, self.part)

    def join(self, part: Float[Tensor, "window head place part"]) -> Query:
        """Put windows together again."""
        count, side = self.windows, self.window
        grid = part.reshape(-1, count, count, self.heads, side, side, self.part).permute(0, 3, 1, 4, 2, 5, 6)
        return grid.reshape(-1, self.heads, (count * side) ** 2, self.part)


class LocalityAttention(Attention):
    """No token attends to itself, and how sharply it chooses is learned.

    Source: Lee, Lee and Song, arXiv 2112.13492 (2021), section 3.2.
    """

    def __init__(self, settings: VitSettings, stage: Stage) -> None:
        super().__init__(stage.width, stage.heads, **options(settings, stage))
        self.log_scale = nn.Parameter(torch.tensor(-0.5 * math.log(stage.part)))

    def take(self, query: Query, known: KeyValue, mask: Mask | None = None) -> Query:
        """Let each head take values from all other tokens."""
        other = ~torch.eye(query.shape[2], known.key.shape[2], dtype=torch.bool, device=query.device)
        seen = other if mask is None else mask & other
        return scaled_dot_product_attention(query * self.log_scale.exp(), known.key, known.value, seen, scale=1.0)


def make_attention(settings: VitSettings, stage: Stage, kind: Attending) -> Attention:
    """Make the attention of one block."""
    if kind == "standard":
        return Attention(stage.width, stage.heads, **options(settings, stage))
    kinds = {
        "reattention": Reattention,
        "reduced": ReducedAttention,
        "windowed": WindowedAttention,
        "locality": LocalityAttention,
    }
    made: Attention = kinds[kind](settings, stage)
    return made
