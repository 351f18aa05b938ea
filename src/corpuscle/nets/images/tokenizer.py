"""What makes an image into tokens."""

import itertools

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import pad

from corpuscle.nets.images.grid import cut_patches, line_up
from corpuscle.nets.images.settings import VitSettings
from corpuscle.nets.images.vit_count import STEM_FILTERS, STEM_KERNEL


class Patches(nn.Module):
    """Each patch through one linear map, with norms around it where they are asked for.

    The pixels of a patch stand channel by channel, row by row, as the kernel of a convolution has them.

    Source: Dosovitskiy et al., ICLR (2021), Eq. 1.
    """

    def __init__(self, settings: VitSettings, width: int, share: int) -> None:
        super().__init__()
        self.side = settings.patch
        inputs, norm = share * self.side**2, settings.patch_norm
        self.before = nn.LayerNorm(inputs, settings.eps) if norm != "none" else nn.Identity()
        self.embed = nn.Linear(inputs, width)
        self.after = nn.LayerNorm(width, settings.eps) if norm == "both" else nn.Identity()

    def forward(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch token width"]:
        """Make the tokens."""
        patch = cut_patches(image, self.side).transpose(1, 2).flatten(2)
        token: Float[Tensor, "batch token width"] = self.after(self.embed(self.before(patch)))
        return token


class ShiftedPatches(Patches):
    """Patches of an image and of its four copies moved by half a patch along the diagonals.

    Source: Lee, Lee and Song, arXiv 2112.13492 (2021), section 3.1.
    """

    def __init__(self, settings: VitSettings, width: int) -> None:
        super().__init__(settings, width, 5 * settings.channels)

    def forward(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch token width"]:
        """Make the tokens; what moves in from outside is 0."""
        half = self.side // 2
        moves = [(right, -right, down, -down) for right, down in itertools.product((half, -half), repeat=2)]
        return super().forward(torch.cat([image, *(pad(image, move) for move in moves)], dim=1))


class ChannelPatches(Patches):
    """The patches of each channel by themselves, one linear map for all, and a learned sign of the channel.

    Source: Bao, Sivanandan and Karaletsos (ChannelViT), ICLR (2024), section 3.
    """

    def __init__(self, settings: VitSettings, width: int) -> None:
        super().__init__(settings, width, 1)
        self.channel = nn.Parameter(torch.zeros(settings.channels, width))

    def forward(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch token width"]:
        """Make the tokens, those of one channel after those of another."""
        token = self.after(self.embed(self.before(cut_patches(image, self.side)))) + self.channel[:, None]
        lined: Float[Tensor, "batch token width"] = token.flatten(1, 2)
        return lined


class Stem(nn.Module):
    """Convolutions, each followed by a rectifier and a maximum over 3 x 3 that halves the grid.

    Source: Hassani et al. (CCT), arXiv 2104.05704 (2021), section 3.3.
    """

    def __init__(self, settings: VitSettings, width: int) -> None:
        super().__init__()
        layers = settings.patch.bit_length() - 1
        kernel = settings.stem_kernel or STEM_KERNEL
        filters = [settings.channels, *[settings.stem_filters or STEM_FILTERS] * (layers - 1), width]
        self.layers = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2, bias=False),
                    nn.ReLU(),
                    nn.MaxPool2d(3, stride=2, padding=1),
                )
                for inputs, outputs in itertools.pairwise(filters)
            )
        )

    def forward(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch token width"]:
        """Make the tokens."""
        return line_up(self.layers(image))


def make_tokenizer(settings: VitSettings, width: int) -> nn.Module:
    """Make the tokenizer that the settings name."""
    if settings.tokenizer == "patch":
        return Patches(settings, width, settings.channels)
    return {"stem": Stem, "channel": ChannelPatches, "shifted": ShiftedPatches}[settings.tokenizer](settings, width)
