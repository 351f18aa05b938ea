"""Where a token stands in the image, as numbers that a net can read."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from corpuscle.nets.images.settings import VitSettings
from corpuscle.nets.images.stages import count_places, measure_grid
from corpuscle.nets.position import LONGEST

TURNING = 100.0
"""The longest wavelength of a turn over 2 pi [tokens]."""


def wave(grid: int, width: int) -> Float[Tensor, "place width"]:
    """Give each place of a grid sines and cosines of its column, then of its row.

    With i from 0 to D / 4 - 1 the rates are 10000^(-i / (D / 4 - 1)); width (D) is a multiple of 4, 8 at least.

    Source: Beyer, Zhai and Kolesnikov, arXiv 2205.01580 (2022), and the published code of it.

    >>> wave(1, 8)
    tensor([[0., 0., 1., 1., 0., 0., 1., 1.]])
    """
    quarter = width // 4
    rate = LONGEST ** (-torch.arange(quarter) / (quarter - 1))
    y, x = torch.meshgrid(torch.arange(grid), torch.arange(grid), indexing="ij")
    across, down = x.reshape(-1, 1) * rate, y.reshape(-1, 1) * rate
    return torch.cat([across.sin(), across.cos(), down.sin(), down.cos()], dim=1)


class Placing(nn.Module):
    """Adds to each token where it stands, and puts a class token before them where one is asked for.

    Source: Dosovitskiy et al., ICLR (2021), Eq. 1.
    """

    wave: Tensor

    def __init__(self, settings: VitSettings, width: int) -> None:
        super().__init__()
        first = int(settings.pool == "token")
        self.token = nn.Parameter(torch.zeros(1, width)) if first else None
        learned = settings.position == "learned"
        self.place = nn.Parameter(torch.zeros(count_places(settings) + first, width)) if learned else None
        self.waves = settings.position == "sincos"
        if self.waves:
            places = wave(measure_grid(settings), width)
            places = places.repeat(count_places(settings) // len(places), 1)
            self.register_buffer("wave", torch.cat([places.new_zeros(first, width), places]), persistent=False)

    def forward(self, token: Float[Tensor, "batch patch width"]) -> Float[Tensor, "batch token width"]:
        """Place the tokens."""
        if self.token is not None:
            token = torch.cat([self.token.expand(token.shape[0], 1, -1), token], dim=1)
        if self.place is not None:
            return token + self.place
        return token + self.wave if self.waves else token


class Turn(nn.Module):
    """Turns the halves of queries and keys by angles that grow with the column and the row of their token.

    Of part / 4 pairs of numbers each, number t has the rate 100^(-t / (part / 4)); so a product of a query and a key
    depends on how far they are apart only. A class token is not turned.

    Args:
        settings: what the net is built from.
        grid: rows and columns of tokens.
        part: width of a head, a multiple of 4.

    Source: Su et al. (RoFormer), arXiv 2104.09864 (2021), Eq. 15; Heo et al., ECCV (2024), axial turns.
    """

    cosine: Tensor
    sine: Tensor

    def __init__(self, settings: VitSettings, grid: int, part: int) -> None:
        super().__init__()
        quarter = part // 4
        rate = TURNING ** (-torch.arange(quarter) / quarter)
        y, x = torch.meshgrid(torch.arange(grid), torch.arange(grid), indexing="ij")
        angle = torch.cat([x.reshape(-1, 1) * rate, y.reshape(-1, 1) * rate], dim=1)
        angle = angle.repeat(count_places(settings) // measure_grid(settings) ** 2, 1)
        angle = torch.cat([angle.new_zeros(int(settings.pool == "token"), 2 * quarter), angle])
        self.register_buffer("cosine", angle.cos(), persistent=False)
        self.register_buffer("sine", angle.sin(), persistent=False)

    def forward(self, part: Float[Tensor, "batch head token part"]) -> Float[Tensor, "batch head token part"]:
        """Turn queries or keys."""
        even, odd = part[..., 0::2], part[..., 1::2]
        turned = [even * self.cosine - odd * self.sine, even * self.sine + odd * self.cosine]
        return torch.stack(turned, dim=-1).flatten(-2)
