"""A net with the preparation of its pixels in front: it takes images as they come."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from corpuscle.nets.images.preparation import Preparation


class Crop(nn.Module):
    """The middle of images, their channels added, their length 1; an image that is empty there stays empty.

    Source: Borthakur, Vision transformers for CMS (2023), its extraction of quark and gluon jets.
    """

    def __init__(self, preparation: Preparation, side: int) -> None:
        super().__init__()
        _, height, width = preparation.shape
        self.top, self.left, self.side = (height - side) // 2, (width - side) // 2, side

    def forward(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch 1 s s"]:
        """Cut it out."""
        cut = image[:, :, self.top : self.top + self.side, self.left : self.left + self.side].sum(1, keepdim=True)
        length = cut.square().sum((1, 2, 3), keepdim=True).sqrt()
        return cut / torch.where(length > 0, length, torch.ones_like(length))


class Scale(nn.Module):
    """Less the mean, over the deviation, channel by channel; of the logarithm where one is asked for."""

    unit: Tensor
    mean: Tensor
    deviation: Tensor

    def __init__(self, preparation: Preparation) -> None:
        super().__init__()
        self.log = preparation.scale == "log"
        for name in ("unit", "mean", "deviation"):
            value = torch.tensor(getattr(preparation, name), dtype=torch.float32)
            self.register_buffer(name, value.reshape(-1, 1, 1), persistent=False)

    def forward(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch channel y x"]:
        """Scale them."""
        if self.log:
            image = image.sign() * (image.abs() / self.unit).log1p()
        return (image - self.mean) / self.deviation


class PreparedNet(nn.Module):
    """A net that is given pixels as they come; how they are prepared is no weight of it.

    Args:
        preparation: how.
        net: the net.
    """

    def __init__(self, preparation: Preparation, net: nn.Module) -> None:
        super().__init__()
        self.prepare = make_preparation(preparation)
        self.net = net

    def forward(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch output"]:
        """Say what the images are: the logarithm of the odds, one number a class, or one for two classes."""
        said: Float[Tensor, "batch output"] = self.net(self.prepare(image))
        return said


def make_preparation(preparation: Preparation) -> nn.Sequential:
    """Make what prepares pixels; nothing, where nothing is asked for."""
    layers: list[nn.Module] = [] if preparation.crop is None else [Crop(preparation, preparation.crop)]
    return nn.Sequential(*layers, *([] if preparation.scale == "none" else [Scale(preparation)]))
