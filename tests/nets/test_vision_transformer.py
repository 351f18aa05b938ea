"""The one vision transformer equals what others publish, written by hand; settings that do not fit are refused."""

import math

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, gelu, layer_norm, linear, scaled_dot_product_attention

from corpuscle.identification.nets import find_shape
from corpuscle.nets.images.attention import Reattention, ReducedAttention, WindowedAttention
from corpuscle.nets.images.place import Turn
from corpuscle.nets.images.shape import VitShape
from corpuscle.nets.images.stages import list_stages

BATCH = 3


def find_vit(name: str, settings: dict[str, object]) -> VitShape:
    shape = find_shape(name, settings)
    assert isinstance(shape, VitShape)
    return shape


def make(shape: VitShape) -> nn.Module:
    """Make a net with none of its numbers at a value that would hide another's."""
    torch.manual_seed(0)
    net = shape.build().double().eval()
    for number in net.parameters():
        nn.init.normal_(number, std=0.3)
    return net


def draw(shape: VitShape) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(BATCH, shape.channels, shape.size, shape.size, generator=generator).double()


def norm(state: dict[str, Tensor], name: str, value: Tensor, eps: float) -> Tensor:
    return layer_norm(value, value.shape[-1:], state[f"{name}.weight"], state[f"{name}.bias"], eps)


def apply(state: dict[str, Tensor], name: str, value: Tensor) -> Tensor:
    return linear(value, state[f"{name}.weight"], state.get(f"{name}.bias"))


def attend(state: dict[str, Tensor], name: str, token: Tensor, heads: int) -> Tensor:
    """Let tokens attend to each other with the three maps in one, as timm and vit-pytorch pack them."""
    packed = torch.cat([state[f"{name}.{part}.weight"] for part in ("query", "key", "value")])
    biases = [state[f"{name}.{part}.bias"] for part in ("query", "key", "value") if f"{name}.{part}.bias" in state]
    whole = linear(token, packed, torch.cat(biases) if biases else None)
    query, key, value = whole.reshape(*token.shape[:2], 3, heads, -1).permute(2, 0, 3, 1, 4)
    weight = (query @ key.transpose(-1, -2) / math.sqrt(query.shape[-1])).softmax(-1)
    return apply(state, f"{name}.mix", (weight @ value).transpose(1, 2).flatten(2))


def forward(state: dict[str, Tensor], name: str, token: Tensor, *, last: bool = False) -> Tensor:
    token = apply(state, f"{name}.2", gelu(apply(state, f"{name}.0", token)))
    return gelu(token) if last else token


def test_the_net_of_the_cms_proposal_by_hand() -> None:
    shape = find_vit("cms-vit", {"depth": 2})
    net, image = make(shape), draw(shape)
    state, eps = net.state_dict(), 1e-5
    patch = image.unfold(2, 8, 8).unfold(3, 8, 8).permute(0, 2, 3, 1, 4, 5).flatten(1, 2).flatten(2)
    token = norm(state, "tokenizer.before", patch, eps)
    token = norm(state, "tokenizer.after", apply(state, "tokenizer.embed", token), eps)
    token = torch.cat([state["placing.token"].expand(BATCH, 1, -1), token], dim=1) + state["placing.place"]
    for block in ("layers.0", "layers.1"):
        token = token + attend(state, f"{block}.attention", norm(state, f"{block}.norms.0", token, eps), 10)
        token = token + forward(state, f"{block}.forward_net", norm(state, f"{block}.norms.1", token, eps))
    said = apply(state, "head.0", norm(state, "pool.0", token, eps)[:, 0])
    torch.testing.assert_close(net(image), said)


def test_the_net_of_the_cifar_study_by_hand() -> None:
    """Patches by a convolution, heads wider than their share, an activation at the end, all tokens side by side."""
    shape = find_vit("cifar-vit", {"patch": 8, "head": (20, 10), "outputs": 7})
    net, image = make(shape), draw(shape)
    state, eps = net.state_dict(), 1e-6
    kernel = state["tokenizer.embed.weight"].reshape(32, 3, 8, 8)
    token = conv2d(image, kernel, state["tokenizer.embed.bias"], stride=8).flatten(2).transpose(1, 2)
    for block in ("layers.0", "layers.1"):
        token = token + attend(state, f"{block}.attention", norm(state, f"{block}.norms.0", token, eps), 4)
        asking = norm(state, f"{block}.norms.1", token, eps)
        token = token + forward(state, f"{block}.forward_net", asking, last=True)
    said = norm(state, "pool.0", token, eps).flatten(1)
    said = gelu(apply(state, "head.3", gelu(apply(state, "head.0", said))))
    torch.testing.assert_close(net(image), apply(state, "head.6", said))


def test_the_compact_transformer_by_hand() -> None:
    """What is added to is normalised between the two parts of a block; tokens are weighed by what they say."""
    shape = find_vit("cct", {"size": 12, "depth": 1})
    net, image = make(shape), draw(shape)
    state, eps = net.state_dict(), 1e-5
    for layer in ("tokenizer.layers.0.0", "tokenizer.layers.1.0"):
        image = conv2d(image, state[f"{layer}.weight"], padding=1).relu()
        image = torch.nn.functional.max_pool2d(image, 3, 2, 1)
    token = image.flatten(2).transpose(1, 2) + state["placing.place"]
    token = token + attend(state, "layers.0.attention", norm(state, "layers.0.norms.0", token, eps), 4)
    token = norm(state, "layers.0.norms.1", token, eps)
    token = norm(state, "pool.0", token + forward(state, "layers.0.forward_net", token), eps)
    weight = apply(state, "pool.1.say", token).softmax(1)
    torch.testing.assert_close(net(draw(shape)), apply(state, "head.0", (weight * token).sum(1)))


def test_the_plain_positions_are_those_of_the_simple_vit() -> None:
    shape = find_vit("simple-vit", {})
    place = make(shape).state_dict()
    assert not any(name.startswith("placing") for name in place)
    wave = shape.build().get_buffer("placing.wave")
    rate = [10000 ** (-number / 11) for number in range(12)]
    for row, column in ((0, 3), (2, 1)):
        wanted = [f(at * r) for at in (column, row) for f in (math.sin, math.cos) for r in rate]
        torch.testing.assert_close(wave[4 * row + column], torch.tensor(wanted))


def test_mixed_heads_by_hand() -> None:
    shape = VitShape(attention="reattention", head_norm="layer", heads=3, head_width=4, width=8)
    torch.manual_seed(0)
    attention = Reattention(shape, list_stages(shape)[0])
    nn.init.normal_(attention.theta)
    query, known = torch.randn(2, 3, 5, 4), attention.project(torch.randn(2, 5, 8))
    weight = (query @ known.key.transpose(2, 3) / 2).softmax(-1)
    mixed = sum_heads(weight, attention.theta)
    mixed = layer_norm(mixed.permute(0, 2, 3, 1), (3,), eps=1e-5).permute(0, 3, 1, 2)
    torch.testing.assert_close(attention.take(query, known), mixed @ known.value)


def sum_heads(weight: Tensor, theta: Tensor) -> Tensor:
    parts = [sum(theta[old, new] * weight[:, old] for old in range(len(theta))) for new in range(len(theta))]
    return torch.stack([torch.as_tensor(part) for part in parts], dim=1)


def test_fewer_keys_are_a_convolution_with_a_stride() -> None:
    shape = VitShape(attention="reduced", reduction=2)
    torch.manual_seed(0)
    stage = list_stages(shape)[0]
    attention = ReducedAttention(shape, stage)
    token = torch.randn(2, 16, 48)
    kernel = attention.value.weight.reshape(48, 48, 2, 2)
    grid = token.transpose(1, 2).reshape(2, 48, 4, 4)
    wanted = conv2d(grid, kernel, attention.value.bias, stride=2).flatten(2).transpose(1, 2)
    found = attention.project(token).value.transpose(1, 2).flatten(2)
    torch.testing.assert_close(found, wanted)


def test_windows_by_hand() -> None:
    shape = VitShape(attention="windowed", window=2, interact=True, heads=1, width=8, head_width=4)
    torch.manual_seed(0)
    attention = WindowedAttention(shape, list_stages(shape)[0])
    query, known = torch.randn(2, 1, 16, 4), attention.project(torch.randn(2, 16, 8))
    found = attention.take(query, known).reshape(2, 4, 4, 4)
    assert attention.across is not None
    across = attention.across(known.value.flatten(0, 1)).reshape(2, 4, 4, 4)
    place = torch.arange(16).reshape(4, 4)
    for row, column in ((0, 0), (0, 2), (2, 0), (2, 2)):
        some = place[row : row + 2, column : column + 2].flatten()
        parts = (query[:, :, some], known.key[:, :, some], known.value[:, :, some])
        wanted = scaled_dot_product_attention(*parts).reshape(2, 2, 2, 4)
        part = slice(row, row + 2), slice(column, column + 2)
        torch.testing.assert_close(found[:, *part] - across[:, *part], wanted)
    with pytest.raises(ValueError, match="windowed attention is for grids, whose tokens are all data: give no mask"):
        attention.attend(torch.randn(2, 16, 8), real=torch.ones(2, 16, dtype=torch.bool))


def test_turned_products_depend_on_how_far_tokens_are_apart() -> None:
    shape = VitShape(size=20, patch=4, position="rope", width=32, heads=1)
    turn = Turn(shape, 5, 8)
    query, key = torch.randn(2, 1, 1, 1, 8).expand(-1, -1, -1, 25, -1)
    product = (turn(query) @ turn(key).transpose(-1, -2)).reshape(5, 5, 5, 5)
    torch.testing.assert_close(product[:4, :4, :4, :4], product[1:, 1:, 1:, 1:])
    assert not torch.allclose(product[0, 0, 0, 1], product[0, 0, 1, 0])


FAULTS: dict[str, tuple[dict[str, object], str]] = {
    "patch": ({"patch": 5}, "5 does not divide 32: set patch to one of 1, 2, 4, 8, 16, 32"),
    "stem": ({"tokenizer": "stem", "patch": 6}, "its patch is 2, 4, 8, ..., not 6"),
    "even kernel": ({"tokenizer": "stem", "stem_kernel": 4}, "stem_kernel is odd, not 4"),
    "stem norm": ({"tokenizer": "stem", "patch_norm": "both"}, "a stem has no patches to normalise"),
    "idle filters": ({"tokenizer": "stem", "patch": 2, "stem_filters": 8}, "with patch=2 there is one"),
    "idle kernel": (
        {"stem_kernel": 3},
        "stem_kernel does nothing without a stem: set tokenizer=stem, or stem_kernel=none",
    ),
    "shift": ({"tokenizer": "shifted", "patch": 1}, "shifted patches move by half a patch, so patch is at least 2"),
    "no kind": ({"attention": ()}, "expected one kind of attention or several, not none"),
    "idle reduction": (
        {"reduction": 2},
        "reduction does nothing without reduced: set attention=reduced, or reduction=1",
    ),
    "idle window": ({"window": 2}, "window does nothing without windowed: set attention=windowed, or window=none"),
    "idle interact": ({"interact": True}, "interact does nothing without windowed"),
    "idle norm": ({"head_norm": "layer"}, "head_norm does nothing without reattention: .* head_norm=none"),
    "token window": ({"pool": "token", "attention": "windowed"}, "a class token stands in no grid, and windowed atten"),
    "token place": ({"pool": "token", "position": "conditional"}, "and conditional positions need one: set pool=mean"),
    "token stages": ({"pool": "token", "depth": (1, 1)}, "and several stages need one: set pool=mean"),
    "channel": ({"tokenizer": "channel", "attention": "reduced"}, "patches of several channels are no grid"),
    "holes": ({"token_drop": 0.5, "attention": "windowed"}, "tokens left out leave holes in the grid"),
    "fixed": ({"token_drop": 0.5, "pool": "flatten"}, "token_drop changes how many tokens there are"),
    "two grids": ({"position": "rope", "attention": "reduced"}, "reduced attention has two: set position=learned"),
    "heads": ({"heads": 5}, "a width is a multiple of the heads, but 48 is none of 5: set head_width"),
    "waves": ({"position": "sincos", "width": 6, "heads": 1}, "a multiple of 4, 8 at least, not 6"),
    "turns": ({"position": "rope", "head_width": 6}, "heads whose width is a multiple of 4, not 6"),
    "window": ({"attention": "windowed", "window": 3}, "a window divides the grid of tokens, but 3 does not divide 4"),
    "reduction": (
        {"attention": "reduced", "reduction": (2, 4), "depth": 1},
        "a reduction divides the grid of tokens, but 4 does not divide 2 of stage 2",
    ),
    "one token": ({"attention": "locality", "patch": 32}, "locality attention keeps a token from asking itself"),
    "rows": ({"depth": (1, 2), "width": (8, 8, 8)}, "all of the same length, but width has 3, depth has 2"),
    "bounds": ({"depth": -1}, "vit.depth: expected a finite number at least 0, not -1"),
    "choice": ({"pool": "max"}, "vit.pool: expected one of token, mean, flatten, sequence, attention, not 'max'"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_settings_that_do_not_go_together_are_refused(name: str) -> None:
    settings, message = FAULTS[name]
    with pytest.raises(ValueError, match=message):
        find_shape("vit", settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 8}, "an image of 8 x 8 is too small for 4 convolutions of kernel 3, 3 of them halved"),
        ({"halved": "5"}, "halved numbers the convolutions from 1 to 4, not 5"),
        ({"patch": 8}, "cnn has no setting 'patch'; there are: size, channels"),
    ],
)
def test_convolutions_that_do_not_fit_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        find_shape("cnn", settings)


def test_an_unknown_net_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no net 'vits'; there are vit, simple-vit, .*did you mean 'vit'"):
        find_shape("vits")
