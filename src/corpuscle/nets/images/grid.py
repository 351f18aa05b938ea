"""Tokens as a grid, and an image as patches."""

from jaxtyping import Float
from torch import Tensor, nn


def cut_patches(image: Float[Tensor, "batch channel y x"], side: int) -> Float[Tensor, "batch channel patch pixel"]:
    """Cut an image into square patches, row after row.

    >>> import torch
    >>> cut_patches(torch.arange(16.0).reshape(1, 1, 4, 4), 2)[0, 0, 1]
    tensor([2., 3., 6., 7.])
    """
    rows, columns = image.shape[2] // side, image.shape[3] // side
    cut = image.reshape(-1, image.shape[1], rows, side, columns, side).transpose(3, 4)
    return cut.reshape(-1, image.shape[1], rows * columns, side**2)


def lay_out(token: Float[Tensor, "batch token width"], grid: int) -> Float[Tensor, "batch width y x"]:
    """Lay tokens out as the grid that they are."""
    return token.transpose(1, 2).reshape(-1, token.shape[2], grid, grid)


def line_up(image: Float[Tensor, "batch width y x"]) -> Float[Tensor, "batch token width"]:
    """Put the places of a grid one after another, row after row."""
    return image.flatten(2).transpose(1, 2)


class Depthwise(nn.Module):
    """A convolution over the grid, each number of a token by itself."""

    def __init__(self, width: int, grid: int) -> None:
        super().__init__()
        self.grid = grid
        self.convolve = nn.Conv2d(width, width, 3, padding=1, groups=width)

    def forward(self, token: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch token width"]:
        """Give what the neighbours of each token say."""
        return line_up(self.convolve(lay_out(token, self.grid)))


class Halving(nn.Module):
    """Between two stages: half the grid, another width."""

    def __init__(self, width: int, later: int, grid: int) -> None:
        super().__init__()
        self.grid = grid
        self.convolve = nn.Conv2d(width, later, 3, stride=2, padding=1)

    def forward(self, token: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch half later"]:
        """Give the tokens of the next stage."""
        return line_up(self.convolve(lay_out(token, self.grid)))
