"""The law that the first weights of a vision transformer are drawn from."""

from torch import nn
from torch.nn.init import normal_, trunc_normal_, xavier_uniform_, zeros_

from corpuscle.nets.images.attention import Reattention
from corpuscle.nets.images.place import Placing
from corpuscle.nets.images.pool import AttentionPool
from corpuscle.nets.images.settings import Initial
from corpuscle.nets.images.tokenizer import ChannelPatches

SMALL = 0.02
"""The standard deviation of first weights."""


def draw_weights(net: nn.Module, law: Initial) -> None:
    """Draw the first weights.

    Args:
        net: the net, as torch makes it.
        law: `truncated`: linear maps and learned tokens normal of 0.02, cut at 2, biases 0; `glorot`: linear maps by
            Glorot's uniform law, as Keras does; `vit-pytorch`: linear maps as torch draws them, positions, class token
            and mixtures of heads normal of 1.

    Source: Glorot and Bengio, AISTATS (2010), Eq. 16.
    """
    for module in net.modules():
        if isinstance(module, nn.Linear):
            draw_linear(module, law)
        draw_tokens(module, law)


def draw_linear(module: nn.Linear, law: Initial) -> None:
    """Draw a linear map."""
    if law == "vit-pytorch":
        return
    if law == "truncated":
        trunc_normal_(module.weight, std=SMALL)
    else:
        xavier_uniform_(module.weight)
    if module.bias is not None:
        zeros_(module.bias)


def draw_tokens(module: nn.Module, law: Initial) -> None:
    """Draw what is learned beside linear maps."""
    spread = 1.0 if law == "vit-pytorch" else SMALL
    found = {
        Placing: ("token", "place"),
        ChannelPatches: ("channel",),
        AttentionPool: ("seed",),
        Reattention: ("theta",) if law == "vit-pytorch" else (),
    }.get(type(module), ())
    for name in found:
        value = getattr(module, name)
        if value is not None:
            normal_(value, std=spread)
