"""One vision transformer, whose every part is a setting."""

import itertools
from collections.abc import Iterator

from jaxtyping import Float
from torch import Tensor, nn

from corpuscle.nets.block import FeedForward, ResidualBlock
from corpuscle.nets.images.attention import make_attention
from corpuscle.nets.images.drop import DropPath, TokenDrop
from corpuscle.nets.images.grid import Depthwise, Halving
from corpuscle.nets.images.initial import draw_weights
from corpuscle.nets.images.place import Placing
from corpuscle.nets.images.pool import make_pool
from corpuscle.nets.images.settings import Attending, VitSettings
from corpuscle.nets.images.stages import Stage, count_tokens, list_stages
from corpuscle.nets.images.tokenizer import make_tokenizer

ACTIVATIONS: dict[str, type[nn.Module]] = {"gelu": nn.GELU, "relu": nn.ReLU}


class VisionTransformer(nn.Module):
    """An image to tokens, tokens through blocks, pooled, and what the net says of them.

    Source: Dosovitskiy et al., ICLR (2021), section 3.1.

    Args:
        settings: everything it is built from.
    """

    def __init__(self, settings: VitSettings) -> None:
        super().__init__()
        stages = list_stages(settings)
        self.tokenizer = make_tokenizer(settings, stages[0].width)
        self.placing = Placing(settings, stages[0].width)
        self.drop = nn.Sequential(
            TokenDrop(settings.token_drop, int(settings.pool == "token")), nn.Dropout(settings.dropout)
        )
        self.layers = nn.Sequential(*list_layers(settings, stages))
        self.pool = nn.Sequential(*list_ends(settings, stages[-1]))
        self.head = nn.Sequential(*list_head(settings, stages[-1]))
        draw_weights(self, settings.initial)

    def forward(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch output"]:
        """Say what the images are: the logarithm of the odds, one number a class, or one for two classes."""
        said: Float[Tensor, "batch output"] = self.head(self.pool(self.layers(self.read(image))))
        return said

    def read(self, image: Float[Tensor, "batch channel y x"]) -> Float[Tensor, "batch token width"]:
        """Give the tokens of images, placed."""
        token: Float[Tensor, "batch token width"] = self.drop(self.placing(self.tokenizer(image)))
        return token


def list_layers(settings: VitSettings, stages: tuple[Stage, ...]) -> Iterator[nn.Module]:
    """List the layers, stage after stage."""
    count = sum(len(stage.kinds) for stage in stages)
    shares = iter([settings.drop_path * number / max(1, count - 1) for number in range(count)])
    for number, stage in enumerate(stages):
        if number:
            yield Halving(stages[number - 1].width, stage.width, stages[number - 1].grid)
        for place, kind in enumerate(stage.kinds):
            yield make_block(settings, stage, kind, next(shares))
            if settings.position == "conditional" and place == 0:
                yield Conditional(stage)


class Conditional(Depthwise):
    """Adds to each token what those around it say, from which it can tell where it stands.

    Source: Chu et al. (CPVT), arXiv 2102.10882 (2021), section 3.2.
    """

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage.width, stage.grid)

    def forward(self, token: Float[Tensor, "batch token width"]) -> Float[Tensor, "batch token width"]:
        """Add it."""
        return token + super().forward(token)


def make_block(settings: VitSettings, stage: Stage, kind: Attending, share: float) -> ResidualBlock:
    """Make one block; `share` is how often its parts are left out in training."""
    activation = ACTIVATIONS[settings.activation]
    return ResidualBlock(
        stage.width,
        make_attention(settings, stage, kind),
        FeedForward(stage.width, stage.hidden, activation=activation, last=settings.last_activation),
        norm=settings.norm,
        eps=settings.eps,
        drop=nn.Sequential(nn.Dropout(settings.dropout), DropPath(share)),
    )


def list_ends(settings: VitSettings, stage: Stage) -> Iterator[nn.Module]:
    """List the last norm and the pooling, in their order."""
    pooled = measure_pooled(settings, stage)
    if settings.final_norm == "before":
        yield nn.LayerNorm(stage.width, settings.eps)
    yield make_pool(settings, stage)
    if settings.final_norm == "after":
        yield nn.LayerNorm(pooled, settings.eps)


def list_head(settings: VitSettings, stage: Stage) -> Iterator[nn.Module]:
    """List the layers between pooling and output."""
    widths = [measure_pooled(settings, stage), *settings.head]
    for inputs, outputs in itertools.pairwise(widths):
        yield nn.Linear(inputs, outputs)
        yield ACTIVATIONS[settings.activation]()
        yield nn.Dropout(settings.dropout)
    yield nn.Linear(widths[-1], settings.outputs)


def measure_pooled(settings: VitSettings, stage: Stage) -> int:
    """Give how many numbers the pooling makes."""
    return stage.width * (count_tokens(settings, stage) if settings.pool == "flatten" else 1)
