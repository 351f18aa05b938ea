"""A vision transformer that guesses the pixels of patches which it is not shown."""

from pathlib import Path

import torch
from jaxtyping import Bool, Float
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.init import normal_

from corpuscle.nets.images.grid import cut_patches
from corpuscle.nets.images.initial import SMALL
from corpuscle.nets.images.prepared import PreparedNet
from corpuscle.nets.images.shape import VitShape
from corpuscle.nets.images.stages import list_stages
from corpuscle.nets.images.vit import VisionTransformer

BODY = "body."
"""What the weights of the net that learns begin with."""


class MaskedNet(nn.Module):
    """A net with a learned token in place of each patch that is hidden, and a linear map from tokens to pixels.

    Source: Xie et al. (SimMIM), CVPR (2022), section 3; the loss is squared, as in He et al. (MAE), CVPR (2022).

    Args:
        net: the net that is to learn, with its preparation.
        shape: its settings: patches for tokens, in one stage.
    """

    def __init__(self, net: PreparedNet, shape: VitShape) -> None:
        super().__init__()
        width, self.side = list_stages(shape)[0].width, shape.patch
        self.first = int(shape.pool == "token")
        self.body = net
        self.stand_in = nn.Parameter(torch.empty(width))
        normal_(self.stand_in, std=SMALL)
        self.norm = nn.LayerNorm(width, shape.eps)
        self.guess = nn.Linear(width, shape.channels * shape.patch**2)

    def forward(self, image: Float[Tensor, "batch channel y x"], hidden: Bool[Tensor, "batch place"]) -> Tensor:
        """Give the mean squared error of the prepared pixels of hidden patches."""
        ready = self.body.prepare(image)
        guessed = self.guess(self.norm(self.look(ready, hidden)))
        wanted = cut_patches(ready, self.side).transpose(1, 2).flatten(2)
        error: Tensor = (guessed - wanted)[hidden].square().mean()
        return error

    def look(
        self, ready: Float[Tensor, "batch channel y x"], hidden: Bool[Tensor, "batch place"]
    ) -> Float[Tensor, "batch place width"]:
        """Give the tokens behind the blocks, the class token apart."""
        net: VisionTransformer = self.body.net  # type: ignore[assignment] # what a VitShape builds
        token = torch.where(hidden[..., None], self.stand_in, net.tokenizer(ready))
        seen: Float[Tensor, "batch place width"] = net.layers(net.drop(net.placing(token)))[:, self.first :]
        return seen


def load_body(net: PreparedNet, path: Path) -> None:
    """Put into a net what was learned from hidden patches; what guesses pixels is left behind."""
    state = load_file(path)
    net.load_state_dict({name.removeprefix(BODY): value for name, value in state.items() if name.startswith(BODY)})
