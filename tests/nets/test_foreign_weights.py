"""Weights carried over from other packages' layouts say what their own net, written by hand, says."""

import math
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn.functional import conv2d, gelu, layer_norm, linear, multi_head_attention_forward

from corpuscle.nets.images.foreign import carry_weights
from corpuscle.nets.images.keras import carry_keras
from corpuscle.nets.images.shape import VitShape

SIZE, PATCH, CHANNELS, WIDTH, HEADS, PART, HIDDEN, DEPTH, OUTPUTS = 8, 4, 2, 8, 2, 6, 12, 2, 3
PLACES, PIXELS, INNER = (SIZE // PATCH) ** 2, CHANNELS * PATCH**2, HEADS * PART
SMALL = VitShape(
    size=SIZE, channels=CHANNELS, patch=PATCH, width=WIDTH, heads=HEADS, hidden=HIDDEN, depth=DEPTH, outputs=OUTPUTS
)
State = dict[str, Tensor]


class Random(dict[str, Tensor]):
    """A state in which every number is random."""

    def __init__(self) -> None:
        super().__init__()
        self.generator = torch.Generator().manual_seed(1)

    def put(self, name: str, *shape: int) -> None:
        self[name] = torch.randn(*shape, generator=self.generator, dtype=torch.float64) * 0.5

    def put_map(self, name: str, inputs: int, outputs: int, *, bias: bool = True) -> None:
        self.put(f"{name}.weight", outputs, inputs)
        if bias:
            self.put(f"{name}.bias", outputs)

    def put_norm(self, name: str, width: int) -> None:
        self.put(f"{name}.weight", width)
        self.put(f"{name}.bias", width)


def normalise(state: State, name: str, value: Tensor, eps: float) -> Tensor:
    return layer_norm(value, value.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], eps)


def apply(state: State, name: str, value: Tensor) -> Tensor:
    return linear(value, state[f"{name}.weight"], state.get(f"{name}.bias"))


def pixels_last(image: Tensor) -> Tensor:
    """Cut patches as vit-pytorch and Keras do: b c (h p1) (w p2) -> b (h w) (p1 p2 c)."""
    count = SIZE // PATCH
    cut = image.reshape(-1, CHANNELS, count, PATCH, count, PATCH).permute(0, 2, 4, 3, 5, 1)
    return cut.reshape(-1, PLACES, PIXELS)


def make_timm() -> State:
    state = Random()
    state.put("cls_token", 1, 1, WIDTH)
    state.put("pos_embed", 1, PLACES + 1, WIDTH)
    state.put("patch_embed.proj.weight", WIDTH, CHANNELS, PATCH, PATCH)
    state.put("patch_embed.proj.bias", WIDTH)
    for block in (f"blocks.{number}" for number in range(DEPTH)):
        state.put_norm(f"{block}.norm1", WIDTH)
        state.put_map(f"{block}.attn.qkv", WIDTH, 3 * WIDTH)
        state.put_map(f"{block}.attn.proj", WIDTH, WIDTH)
        state.put_norm(f"{block}.norm2", WIDTH)
        state.put_map(f"{block}.mlp.fc1", WIDTH, HIDDEN)
        state.put_map(f"{block}.mlp.fc2", HIDDEN, WIDTH)
    state.put_norm("norm", WIDTH)
    state.put_map("head", WIDTH, OUTPUTS)
    return state


def run_timm(state: State, image: Tensor) -> Tensor:
    token = conv2d(image, state["patch_embed.proj.weight"], state["patch_embed.proj.bias"], stride=PATCH)
    token = token.flatten(2).transpose(1, 2)
    token = torch.cat([state["cls_token"].expand(len(image), -1, -1), token], dim=1) + state["pos_embed"]
    for block in (f"blocks.{number}" for number in range(DEPTH)):
        packed = apply(state, f"{block}.attn.qkv", normalise(state, f"{block}.norm1", token, 1e-6))
        query, key, value = packed.reshape(*packed.shape[:2], 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        weight = (query @ key.transpose(-2, -1) / math.sqrt(WIDTH // HEADS)).softmax(-1)
        token = token + apply(state, f"{block}.attn.proj", (weight @ value).transpose(1, 2).flatten(2))
        inner = gelu(apply(state, f"{block}.mlp.fc1", normalise(state, f"{block}.norm2", token, 1e-6)))
        token = token + apply(state, f"{block}.mlp.fc2", inner)
    return apply(state, "head", normalise(state, "norm", token, 1e-6)[:, 0])


def name_torchvision(name: str) -> str:
    """Give torchvision's name for one of timm's."""
    parts = {
        "cls_token": "class_token",
        "pos_embed": "encoder.pos_embedding",
        "patch_embed.proj": "conv_proj",
        "blocks.": "encoder.layers.encoder_layer_",
        "norm1": "ln_1",
        "norm2": "ln_2",
        "attn.qkv.": "self_attention.in_proj_",
        "attn.proj": "self_attention.out_proj",
        "mlp.fc1": "mlp.0",
        "mlp.fc2": "mlp.3",
        "head.": "heads.head.",
    }
    for old, new in parts.items():
        name = name.replace(old, new)
    return name.replace("norm.", "encoder.ln.") if name.startswith("norm.") else name


def make_torchvision() -> State:
    return {name_torchvision(name): value for name, value in make_timm().items()}


def run_torchvision(state: State, image: Tensor) -> Tensor:
    """As torchvision does, with torch's own attention."""
    token = conv2d(image, state["conv_proj.weight"], state["conv_proj.bias"], stride=PATCH).flatten(2).mT
    token = torch.cat([state["class_token"].expand(len(image), -1, -1), token], dim=1) + state["encoder.pos_embedding"]
    for block in (f"encoder.layers.encoder_layer_{number}" for number in range(DEPTH)):
        asking = normalise(state, f"{block}.ln_1", token, 1e-6).transpose(0, 1)
        own = f"{block}.self_attention"
        taken, _ = multi_head_attention_forward(
            asking, asking, asking, WIDTH, HEADS, state[f"{own}.in_proj_weight"], state[f"{own}.in_proj_bias"], None,
            None, False, 0.0, state[f"{own}.out_proj.weight"], state[f"{own}.out_proj.bias"], training=False,
        )  # fmt: skip
        token = token + taken.transpose(0, 1)
        inner = gelu(apply(state, f"{block}.mlp.0", normalise(state, f"{block}.ln_2", token, 1e-6)))
        token = token + apply(state, f"{block}.mlp.3", inner)
    return apply(state, "heads.head", normalise(state, "encoder.ln", token, 1e-6)[:, 0])


def make_vit_pytorch(*, simple: bool = False, deep: bool = False) -> State:
    state = Random()
    if not simple:
        state.put("cls_token", 1, 1, WIDTH)
        state.put("pos_embedding", 1, PLACES + 1, WIDTH)
    state.put_norm("to_patch_embedding.1", PIXELS)
    state.put_map("to_patch_embedding.2", PIXELS, WIDTH)
    state.put_norm("to_patch_embedding.3", WIDTH)
    for block in (f"transformer.layers.{number}" for number in range(DEPTH)):
        state.put_norm(f"{block}.0.norm", WIDTH)
        state.put_map(f"{block}.0.to_qkv", WIDTH, 3 * INNER, bias=False)
        state.put_map(f"{block}.0.to_out" + ("" if simple else ".0"), INNER, WIDTH, bias=not simple)
        state.put_norm(f"{block}.1.net.0", WIDTH)
        state.put_map(f"{block}.1.net.1", WIDTH, HIDDEN)
        state.put_map(f"{block}.1.net.{3 if simple else 4}", HIDDEN, WIDTH)
        if deep:
            state.put(f"{block}.0.reattn_weights", HEADS, HEADS)
            state.put_norm(f"{block}.0.reattn_norm.1", HEADS)
    state.put_norm("mlp_head.0" if deep else "transformer.norm", WIDTH)
    state.put_map("linear_head" if simple else "mlp_head.1" if deep else "mlp_head", WIDTH, OUTPUTS)
    return state


def run_vit_pytorch(state: State, image: Tensor, *, simple: bool = False, deep: bool = False) -> Tensor:
    token = normalise(state, "to_patch_embedding.1", pixels_last(image), 1e-5)
    token = normalise(state, "to_patch_embedding.3", apply(state, "to_patch_embedding.2", token), 1e-5)
    if simple:
        token = token + wave()
    else:
        token = torch.cat([state["cls_token"].expand(len(image), -1, -1), token], dim=1) + state["pos_embedding"]
    for block in (f"transformer.layers.{number}" for number in range(DEPTH)):
        packed = apply(state, f"{block}.0.to_qkv", normalise(state, f"{block}.0.norm", token, 1e-5))
        query, key, value = (
            part.reshape(len(image), -1, HEADS, PART).transpose(1, 2) for part in packed.chunk(3, dim=-1)
        )
        weight = (query @ key.mT * PART**-0.5).softmax(-1)
        if deep:
            weight = torch.einsum("bhij,hg->bijg", weight, state[f"{block}.0.reattn_weights"])
            weight = normalise(state, f"{block}.0.reattn_norm.1", weight, 1e-5).permute(0, 3, 1, 2)
        taken = (weight @ value).transpose(1, 2).flatten(2)
        token = token + apply(state, f"{block}.0.to_out" + ("" if simple else ".0"), taken)
        inner = apply(state, f"{block}.1.net.1", normalise(state, f"{block}.1.net.0", token, 1e-5))
        token = token + apply(state, f"{block}.1.net.{3 if simple else 4}", gelu(inner))
    if deep:
        return apply(state, "mlp_head.1", normalise(state, "mlp_head.0", token[:, 0], 1e-5))
    token = normalise(state, "transformer.norm", token, 1e-5)
    return apply(state, "linear_head", token.mean(1)) if simple else apply(state, "mlp_head", token[:, 0])


def wave() -> Tensor:
    """Give SimpleViT's positions of a grid of 2 by 2 with 8 numbers."""
    rate = torch.tensor([1.0, 1e-4])
    x, y = torch.tensor([0, 1, 0, 1])[:, None] * rate, torch.tensor([0, 0, 1, 1])[:, None] * rate
    return torch.cat([x.sin(), x.cos(), y.sin(), y.cos()], dim=1).double()


LUCID = replace(SMALL, head_width=PART, query_bias=False, eps=1e-5, patch_norm="both", pool="token")
NETS: dict[str, tuple[VitShape, Callable[[], State], Callable[[State, Tensor], Tensor]]] = {
    "timm": (replace(SMALL, pool="token"), make_timm, run_timm),
    "torchvision": (replace(SMALL, pool="token"), make_torchvision, run_torchvision),
    "vit-pytorch": (LUCID, make_vit_pytorch, run_vit_pytorch),
    "vit-pytorch-simple": (
        replace(LUCID, pool="mean", position="sincos", mix_bias=False),
        lambda: make_vit_pytorch(simple=True),
        lambda state, image: run_vit_pytorch(state, image, simple=True),
    ),
    "vit-pytorch-deep": (
        replace(LUCID, attention="reattention", head_norm="layer", final_norm="after"),
        lambda: make_vit_pytorch(deep=True),
        lambda state, image: run_vit_pytorch(state, image, deep=True),
    ),
}
every_package = pytest.mark.parametrize("package", NETS)


def draw() -> Tensor:
    return torch.randn(3, CHANNELS, SIZE, SIZE, generator=torch.Generator().manual_seed(2), dtype=torch.float64)


@every_package
def test_carried_weights_say_the_same(package: str) -> None:
    shape, make, run = NETS[package]
    state = make()
    net = shape.build().double().eval()
    net.load_state_dict(carry_weights(shape, state, package))
    torch.testing.assert_close(net(draw()), run(state, draw()), rtol=1e-10, atol=1e-10)


@every_package
def test_weights_that_do_not_fit_are_refused(package: str) -> None:
    shape, make, _ = NETS[package]
    state = make()
    with pytest.raises(ValueError, match=rf"of {package} of shape .*, found .*: set size, channels, patch"):
        carry_weights(replace(shape, channels=3), state, package)
    with pytest.raises(ValueError, match=rf"{package} has weights that these settings have no place for; left are .*1"):
        carry_weights(replace(shape, depth=1), state, package)
    with pytest.raises(ValueError, match=rf"expected the weight .* of {package}, found none of that name"):
        carry_weights(replace(shape, depth=3), state, package)
    with pytest.raises(ValueError, match=f"no net of {package} has tokenizer='stem'"):
        carry_weights(replace(shape, tokenizer="stem", patch_norm="none"), state, package)


def test_an_unknown_package_is_refused() -> None:
    with pytest.raises(ValueError, match="no layout 'flax'; there are timm, torchvision, vit-pytorch"):
        carry_weights(SMALL, {}, "flax")


KERAS = replace(
    SMALL, head_width=PART, last_activation=True, pool="flatten", head=(7, 5), initial="glorot", position="learned"
)


def make_keras() -> list[Tensor]:
    state = Random()
    shapes = [(PATCH, PATCH, CHANNELS, WIDTH), (WIDTH,), (PLACES, WIDTH)]
    for _ in range(DEPTH):
        shapes += [(WIDTH,), (WIDTH,), *[(WIDTH, HEADS, PART), (HEADS, PART)] * 3, (HEADS, PART, WIDTH), (WIDTH,)]
        shapes += [(WIDTH,), (WIDTH,), (WIDTH, HIDDEN), (HIDDEN,), (HIDDEN, WIDTH), (WIDTH,)]
    shapes += [(WIDTH,), (WIDTH,), (PLACES * WIDTH, 7), (7,), (7, 5), (5,), (5, OUTPUTS), (OUTPUTS,)]
    for number, shape in enumerate(shapes):
        state.put(str(number), *shape)
    return list(state.values())


def run_keras(weights: list[Tensor], image: Tensor) -> Tensor:
    """As Keras does: inputs before outputs, heads as an axis."""
    left = iter(weights)

    def dense(value: Tensor) -> Tensor:
        return value @ next(left) + next(left)

    def normal(value: Tensor) -> Tensor:
        return layer_norm(value, (WIDTH,), next(left), next(left), 1e-6)

    token = dense_patches(pixels_last(image), next(left), next(left)) + next(left)
    for _ in range(DEPTH):
        asking = normal(token)
        query, key, value = (torch.einsum("btd,dhk->bthk", asking, next(left)) + next(left) for _ in range(3))
        weight = torch.einsum("bthk,bshk->bhts", query, key).mul(PART**-0.5).softmax(-1)
        taken = torch.einsum("bhts,bshk->bthk", weight, value)
        token = token + torch.einsum("bthk,hkd->btd", taken, next(left)) + next(left)
        token = token + gelu(dense(gelu(dense(normal(token)))))
    said = normal(token).flatten(1)
    return dense(gelu(dense(gelu(dense(said)))))


def dense_patches(patch: Tensor, kernel: Tensor, bias: Tensor) -> Tensor:
    return patch @ kernel.reshape(PIXELS, WIDTH) + bias


def test_weights_of_keras_say_the_same() -> None:
    weights = make_keras()
    net = KERAS.build().double().eval()
    net.load_state_dict(carry_keras(KERAS, weights))
    torch.testing.assert_close(net(draw()), run_keras(weights, draw()), rtol=1e-10, atol=1e-10)


def test_weights_of_keras_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="expected 27 trainable weights of Keras, found 43: set depth"):
        carry_keras(replace(KERAS, depth=1), make_keras())
    with pytest.raises(ValueError, match=r"expected tokenizer.embed.weight, 48 by 8, found a weight of Keras of shape"):
        carry_keras(replace(KERAS, channels=3), make_keras())
