"""What is left out in training, so that a net does not lean on it."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class DropPath(nn.Module):
    """Leaves out a whole part of a block, image by image; what stays is made larger by as much.

    Source: Huang et al., ECCV (2016), section 3.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, token: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch token width"]:
        """Leave some out in training."""
        if not self.training or not self.share:
            return token
        stays = torch.rand(token.shape[0], 1, 1, device=token.device, dtype=token.dtype) >= self.share
        return token * stays / (1 - self.share)


class TokenDrop(nn.Module):
    """Leaves out tokens, others for each image; the first ones stay.

    Source: Liu, Patel and Gan (PatchDropout), WACV (2023), section 3.
    """

    def __init__(self, share: float, first: int) -> None:
        super().__init__()
        self.share = share
        self.first = first

    def forward(self, token: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch kept width"]:
        """Leave some out in training; one at least stays."""
        if not self.training or not self.share:
            return token
        count = token.shape[1] - self.first
        chance = torch.rand(token.shape[0], count, device=token.device)
        kept = chance.topk(max(1, round(count * (1 - self.share))), dim=1).indices + self.first
        some = token.gather(1, kept[..., None].expand(-1, -1, token.shape[2]))
        return torch.cat([token[:, : self.first], some], dim=1)
