"""Many tokens to the numbers that an image is judged by."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from corpuscle.nets.attention import Attention
from corpuscle.nets.images.settings import VitSettings
from corpuscle.nets.images.stages import Stage


class First(nn.Module):
    """The class token, which stands first."""

    def forward(self, token: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch width"]:
        """Take it."""
        return token[:, 0]


class Mean(nn.Module):
    """The mean of the tokens."""

    def forward(self, token: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch width"]:
        """Take it."""
        return token.mean(dim=1)


class SequencePool(nn.Module):
    """The mean of the tokens, weighed by what each says of itself.

    Source: Hassani et al. (CCT), arXiv 2104.05704 (2021), section 3.2.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.say = nn.Linear(width, 1)

    def forward(self, token: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch width"]:
        """Weigh them."""
        weight = self.say(token).softmax(dim=1)
        weighed: Float[Tensor, "batch width"] = (weight.transpose(1, 2) @ token).flatten(1)
        return weighed


class AttentionPool(nn.Module):
    """What one learned token takes from all by attention.

    Source: Lee et al. (Set Transformer), ICML (2019), Eq. 11, with one seed and without the feed-forward net.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.seed = nn.Parameter(torch.zeros(1, stage.width))
        self.attention = Attention(stage.width, stage.heads, part=stage.part)

    def forward(self, token: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch width"]:
        """Let it ask."""
        asking = self.seed.expand(token.shape[0], 1, -1)
        taken: Float[Tensor, "batch width"] = self.attention(asking, self.attention.project(token)).flatten(1)
        return taken


def make_pool(settings: VitSettings, stage: Stage) -> nn.Module:
    """Make the pooling that the settings name."""
    if settings.pool == "sequence":
        return SequencePool(stage.width)
    if settings.pool == "attention":
        return AttentionPool(stage)
    return {"token": First, "mean": Mean, "flatten": nn.Flatten}[settings.pool]()
