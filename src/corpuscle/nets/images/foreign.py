"""Weights of other packages' vision transformers, under the names of this one."""

from collections.abc import Mapping
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from corpuscle.nets.images.settings import VitSettings
from corpuscle.nets.images.stages import count_places, list_stages


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What another package calls its weights; `{}` stands for the number of a block.

    Args:
        embed: the map of the patches.
        token: the class token.
        place: the learned positions.
        first: the norm before the attention.
        packed: the three maps to queries, keys and values in one, weight and bias.
        mix: the mixing of the heads.
        second: the norm before the feed-forward net.
        maps: its two linear maps.
        ends: the last norm, where it stands before the pooling and where after.
        head: the map to the outputs.
        around: the norms around the map of the patches.
        mixture: how reattention mixes heads, and its norm.
        pixels_last: whether a patch's numbers stand pixel by pixel; they stand channel by channel otherwise.
    """

    embed: str
    token: str
    place: str
    first: str
    packed: tuple[str, str]
    mix: str
    second: str
    maps: tuple[str, str]
    ends: tuple[str, str]
    head: str
    around: tuple[str, str] = ("", "")
    mixture: tuple[str, str] = ("", "")
    pixels_last: bool = False


LAYER = "encoder.layers.encoder_layer_{}"

LAYOUTS: Mapping[str, Layout] = {
    "timm": Layout(
        embed="patch_embed.proj",
        token="cls_token",
        place="pos_embed",
        first="blocks.{}.norm1",
        packed=("blocks.{}.attn.qkv.weight", "blocks.{}.attn.qkv.bias"),
        mix="blocks.{}.attn.proj",
        second="blocks.{}.norm2",
        maps=("blocks.{}.mlp.fc1", "blocks.{}.mlp.fc2"),
        ends=("norm", "fc_norm"),
        head="head",
    ),
    "torchvision": Layout(
        embed="conv_proj",
        token="class_token",
        place="encoder.pos_embedding",
        first=f"{LAYER}.ln_1",
        packed=(f"{LAYER}.self_attention.in_proj_weight", f"{LAYER}.self_attention.in_proj_bias"),
        mix=f"{LAYER}.self_attention.out_proj",
        second=f"{LAYER}.ln_2",
        maps=(f"{LAYER}.mlp.0", f"{LAYER}.mlp.3"),
        ends=("encoder.ln", ""),
        head="heads.head",
    ),
    "vit-pytorch": Layout(
        embed="to_patch_embedding.2",
        token="cls_token",
        place="pos_embedding",
        first="transformer.layers.{}.0.norm",
        packed=("transformer.layers.{}.0.to_qkv.weight", ""),
        mix="transformer.layers.{}.0.to_out.0",
        second="transformer.layers.{}.1.net.0",
        maps=("transformer.layers.{}.1.net.1", "transformer.layers.{}.1.net.4"),
        ends=("transformer.norm", ""),
        head="mlp_head",
        around=("to_patch_embedding.1", "to_patch_embedding.3"),
        pixels_last=True,
    ),
    "vit-pytorch-simple": Layout(
        embed="to_patch_embedding.2",
        token="",
        place="",
        first="transformer.layers.{}.0.norm",
        packed=("transformer.layers.{}.0.to_qkv.weight", ""),
        mix="transformer.layers.{}.0.to_out",
        second="transformer.layers.{}.1.net.0",
        maps=("transformer.layers.{}.1.net.1", "transformer.layers.{}.1.net.3"),
        ends=("transformer.norm", ""),
        head="linear_head",
        around=("to_patch_embedding.1", "to_patch_embedding.3"),
        pixels_last=True,
    ),
    "vit-pytorch-deep": Layout(
        embed="to_patch_embedding.2",
        token="cls_token",
        place="pos_embedding",
        first="transformer.layers.{}.0.norm",
        packed=("transformer.layers.{}.0.to_qkv.weight", ""),
        mix="transformer.layers.{}.0.to_out.0",
        second="transformer.layers.{}.1.net.0",
        maps=("transformer.layers.{}.1.net.1", "transformer.layers.{}.1.net.4"),
        ends=("", "mlp_head.0"),
        head="mlp_head.1",
        around=("to_patch_embedding.1", "to_patch_embedding.3"),
        mixture=("transformer.layers.{}.0.reattn_weights", "transformer.layers.{}.0.reattn_norm.1"),
        pixels_last=True,
    ),
}
"""Packages by name, as of timm 1.0.31, torchvision 0.29.2 and vit-pytorch 1.26.11 (its ViT, SimpleViT and DeepViT)."""


class Shelf:
    """Weights of another package, taken one after another, until none is left."""

    def __init__(self, weights: Mapping[str, Tensor], package: str) -> None:
        self.left = {name: value for name, value in weights.items() if value.numel()}
        self.package = package

    def take(self, name: str, *shape: int) -> Tensor:
        """Take one, in this shape; ones of length 1 may be missing or too many.

        Raises: ValueError, when it is not there, or holds another number of numbers.
        """
        if name not in self.left:
            message = f"expected the weight {name!r} of {self.package}, found none of that name: {self.describe()}"
            raise ValueError(message)
        value = self.left.pop(name)
        if [side for side in value.shape if side != 1] != [side for side in shape if side != 1]:
            message = (
                f"expected {name} of {self.package} of shape {shape}, found {tuple(value.shape)}: set size, channels, "
                f"patch, width, heads and outputs as they were there"
            )
            raise ValueError(message)
        return value.reshape(shape)

    def take_map(self, name: str, inputs: int, outputs: int) -> dict[str, Tensor]:
        """Take a linear map, with its bias where there is one."""
        taken = {"weight": self.take(f"{name}.weight", outputs, inputs)}
        return taken | ({"bias": self.take(f"{name}.bias", outputs)} if f"{name}.bias" in self.left else {})

    def take_norm(self, name: str, width: int) -> dict[str, Tensor]:
        """Take a norm."""
        return {part: self.take(f"{name}.{part}", width) for part in ("weight", "bias")}

    def describe(self) -> str:
        """Say what is left."""
        return f"left are {', '.join(sorted(self.left)[:5]) or 'none'}"


def carry_weights(settings: VitSettings, weights: Mapping[str, Tensor], package: str) -> dict[str, Tensor]:
    """Give another package's weights as those of the net that the settings make.

    Args:
        settings: what that package's net is, in the settings of this one.
        weights: its state, by its own names.
        package: timm, torchvision, vit-pytorch, vit-pytorch-simple or vit-pytorch-deep.

    Returns:
        What `load_state_dict` takes.

    Raises: ValueError, when there is no such package, the settings are not of one of its nets, or a weight is missing,
        of another shape or left over.
    """
    if package not in LAYOUTS:
        message = f"no layout {package!r}; there are {', '.join(LAYOUTS)}"
        raise ValueError(message)
    layout, shelf = LAYOUTS[package], Shelf(weights, package)
    refuse_strangers(settings, layout, package)
    state = carry_tokens(settings, layout, shelf)
    for number in range(len(list_stages(settings)[0].kinds)):
        state |= {f"layers.{number}.{name}": value for name, value in carry_block(settings, layout, shelf, number)}
    state |= carry_end(settings, layout, shelf)
    if shelf.left:
        message = f"{package} has weights that these settings have no place for; {shelf.describe()}"
        raise ValueError(message)
    return state


def refuse_strangers(settings: VitSettings, layout: Layout, package: str) -> None:
    """Refuse settings that no net of the package has."""
    kinds = {"reattention"} if layout.mixture[0] else {"standard"}
    stages = list_stages(settings)
    checks = {
        "tokenizer": settings.tokenizer == "patch",
        "attention": len(stages) == 1 and set(stages[0].kinds) <= kinds,
        "norm": settings.norm == "before",
        "head": not settings.head,
        "last_activation": not settings.last_activation,
        "pool": settings.pool in {"token", "mean"},
        "patch_norm": settings.patch_norm == ("both" if layout.around[0] else "none"),
        "head_norm": settings.head_norm == ("layer" if layout.mixture[0] else "none"),
        "final_norm": settings.final_norm != "none" and bool(layout.ends[settings.final_norm == "after"]),
    }
    for name, good in checks.items():
        if not good:
            message = f"no net of {package} has {name}={getattr(settings, name)!r}"
            raise ValueError(message)


def carry_tokens(settings: VitSettings, layout: Layout, shelf: Shelf) -> dict[str, Tensor]:
    """Carry what makes and places the tokens."""
    width, first = list_stages(settings)[0].width, int(settings.pool == "token")
    inputs = settings.channels * settings.patch**2
    sides = (settings.channels, settings.patch, settings.patch)
    shape = (width, inputs) if layout.pixels_last else (width, *sides)
    weight = shelf.take(f"{layout.embed}.weight", *shape).reshape(width, inputs)
    state = {
        "tokenizer.embed.weight": order_pixels(settings, weight) if layout.pixels_last else weight,
        "tokenizer.embed.bias": shelf.take(f"{layout.embed}.bias", width),
    }
    if layout.around[0]:
        for name, value in shelf.take_norm(layout.around[0], inputs).items():
            state[f"tokenizer.before.{name}"] = order_pixels(settings, value[None])[0]
        state |= {f"tokenizer.after.{name}": value for name, value in shelf.take_norm(layout.around[1], width).items()}
    if first:
        state["placing.token"] = shelf.take(layout.token, 1, width)
    if settings.position == "learned":
        state["placing.place"] = shelf.take(layout.place, count_places(settings) + first, width)
    return state


def order_pixels(settings: VitSettings, weight: Float[Tensor, "out pixel"]) -> Float[Tensor, "out pixel"]:
    """Put a patch's numbers channel by channel, where they stand pixel by pixel."""
    return weight.reshape(-1, settings.patch, settings.patch, settings.channels).permute(0, 3, 1, 2).flatten(1)


def carry_block(settings: VitSettings, layout: Layout, shelf: Shelf, number: int) -> list[tuple[str, Tensor]]:
    """Carry one block."""
    stage = list_stages(settings)[0]
    packed = shelf.take(layout.packed[0].format(number), 3 * stage.inner, stage.width)
    parts: dict[str, Mapping[str, Tensor]] = {
        f"attention.{name}": {"weight": weight}
        for name, weight in zip(("query", "key", "value"), packed.chunk(3), strict=True)
    }
    if settings.query_bias:
        biases = shelf.take(layout.packed[1].format(number), 3 * stage.inner).chunk(3)
        for name, bias in zip(("query", "key", "value"), biases, strict=True):
            parts[f"attention.{name}"] = {**parts[f"attention.{name}"], "bias": bias}
    parts["attention.mix"] = shelf.take_map(layout.mix.format(number), stage.inner, stage.width)
    parts["norms.0"] = shelf.take_norm(layout.first.format(number), stage.width)
    parts["norms.1"] = shelf.take_norm(layout.second.format(number), stage.width)
    parts["forward_net.0"] = shelf.take_map(layout.maps[0].format(number), stage.width, stage.hidden)
    parts["forward_net.2"] = shelf.take_map(layout.maps[1].format(number), stage.hidden, stage.width)
    if layout.mixture[0]:
        theta, norm = (name.format(number) for name in layout.mixture)
        parts["attention"] = {"theta": shelf.take(theta, stage.heads, stage.heads)}
        parts["attention.norm"] = shelf.take_norm(norm, stage.heads)
    return [(f"{part}.{name}", value) for part, named in parts.items() for name, value in named.items()]


def carry_end(settings: VitSettings, layout: Layout, shelf: Shelf) -> dict[str, Tensor]:
    """Carry the last norm, before or after the pooling, and the map to the outputs."""
    width, after = list_stages(settings)[0].width, settings.final_norm == "after"
    norm = shelf.take_norm(layout.ends[after], width)
    head = shelf.take_map(layout.head, width, settings.outputs)
    return {f"pool.{int(after)}.{name}": value for name, value in norm.items()} | {
        f"head.0.{name}": value for name, value in head.items()
    }
