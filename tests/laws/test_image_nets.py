"""What every net that reads images promises: counts by formula, batch-mates irrelevant; what its settings mean."""

import copy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from corpuscle.identification.nets import IMAGE_NETS, find_shape
from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.grid import cut_patches
from corpuscle.nets.images.shape import VitShape

Shape = VitShape | CnnShape

VARIANTS: dict[str, dict[str, object]] = {
    "no blocks": {"depth": 0},
    "channels apart": {"tokenizer": "channel", "patch_norm": "both"},
    "channels apart, waves": {"tokenizer": "channel", "position": "sincos", "pool": "token"},
    "channels apart, turned": {"tokenizer": "channel", "position": "rope", "pool": "attention"},
    "shifted": {"tokenizer": "shifted", "patch_norm": "before", "position": "none"},
    "stem": {"tokenizer": "stem", "stem_kernel": 5, "stem_filters": 4, "patch": 8, "pool": "sequence"},
    "odd stem": {"tokenizer": "stem", "stem_filters": 4, "size": 33},
    "turned": {"position": "rope", "pool": "token"},
    "locality": {"attention": "locality", "pool": "token"},
    "mixed heads": {"attention": "reattention", "head_width": 5},
    "mixed heads, norm": {"attention": "reattention", "head_norm": "layer"},
    "pattern": {"attention": ("reduced", "windowed", "standard"), "reduction": 2, "window": 2, "interact": True},
    "stages": {"depth": (1, 0, 2), "width": (16, 24, 32), "position": "conditional", "norm": "after"},
    "heads": {"pool": "flatten", "head": (5, 6), "final_norm": "after", "last_activation": True, "activation": "relu"},
    "bare": {"query_bias": False, "mix_bias": False, "final_norm": "none", "outputs": 3, "initial": "vit-pytorch"},
    "drops": {"dropout": 0.1, "drop_path": 0.2, "token_drop": 0.3, "initial": "glorot"},
}
SHAPES: dict[str, Shape] = {name: find_shape(name) for name in IMAGE_NETS if name != "keras-vit-2021"}
SHAPES |= {name: find_shape("vit", settings) for name, settings in VARIANTS.items()}
every_net = pytest.mark.parametrize("name", SHAPES)


def make(shape: Shape, *, spread: float = 0.0) -> nn.Module:
    """Make a net; `spread` moves every number from where it begins, so that none is at 0."""
    torch.manual_seed(3)
    net = shape.build().eval()
    for number in net.parameters():
        number.data += spread * torch.randn_like(number)
    return net


def draw(shape: Shape, count: int = 2) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randn(count, shape.channels, shape.size, shape.size, generator=generator)


def count_parameters(net: nn.Module) -> int:
    return sum(number.numel() for number in net.parameters())


@every_net
def test_counts_equal_the_formula(name: str) -> None:
    net = make(SHAPES[name])
    # torch counts no operation of a fused attention on a CPU, so it is asked for the plain one
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        said = net(draw(SHAPES[name], 1))
    count = SHAPES[name].count()
    assert (count.parameters, 2 * count.multiply_adds) == (count_parameters(net), counter.get_total_flops())
    assert said.shape == (1, SHAPES[name].outputs)


@every_net
def test_batch_mates_are_irrelevant_and_the_plain_attention_says_the_same(name: str) -> None:
    net, image = make(SHAPES[name], spread=0.1).double(), draw(SHAPES[name], 3).double()
    together = net(image)
    torch.testing.assert_close(net(image[1:2]), together[1:2])
    with sdpa_kernel(SDPBackend.MATH):
        torch.testing.assert_close(net(image), together)
    assert not torch.allclose(together[0], together[1])


@every_net
def test_every_number_learns(name: str) -> None:
    shape = SHAPES[name]
    net = make(shape, spread=0.1).train()
    net(draw(shape, 4)).square().sum().backward()
    still = [path for path, number in net.named_parameters() if number.grad is None]
    assert not still


PUBLISHED = {
    ("cnn",): (30_465, 2_890_384),
    ("jet-cnn",): (99_969, 11_306_288),
    ("cms-vit",): (1_455_873, 27_600_960),
    ("cifar-vit", 16, 2): (2_531_780, 2_732_032),
    ("cifar-vit", 16, 4): (2_574_020, None),
    ("cifar-vit", 16, 8): (2_658_500, None),
    ("cifar-vit", 16, 16): (2_827_460, None),
    ("cifar-vit", 8, 2): (3_299_780, 4_132_864),
    ("cifar-vit", 8, 4): (3_342_020, None),
    ("cifar-vit", 8, 8): (3_426_500, None),
    ("cifar-vit", 8, 16): (3_595_460, None),
    ("cifar-vit", 4, 2): (6_440_900, 11_210_752),
    ("cifar-vit", 4, 4): (6_483_140, None),
    ("cifar-vit", 4, 8): (6_567_620, None),
    ("cifar-vit", 4, 16): (6_736_580, None),
    ("cifar-vit", 2, 2): (19_022_660, 63_115_264),
    ("cifar-vit", 2, 4): (19_064_900, None),
    ("cifar-vit", 2, 8): (19_149_380, None),  # the study could not run these two
    ("cifar-vit", 2, 16): (19_318_340, None),
}
"""Parameters and, where they are known, multiply-adds of the published nets."""


@pytest.mark.parametrize("which", PUBLISHED, ids=str)
def test_published_counts(which: tuple[Any, ...]) -> None:
    name, *cell = which
    shape = find_shape(name, dict(zip(("patch", "depth"), cell, strict=False)))
    parameters, multiply_adds = PUBLISHED[which]
    count = shape.count()
    assert count.parameters == parameters
    assert multiply_adds in {None, count.multiply_adds}
    with torch.device("meta"):  # the net without its numbers
        assert count_parameters(shape.build()) == parameters


@pytest.mark.parametrize("name", sorted(set(IMAGE_NETS) - {"cms-vit", "cifar-vit", "keras-vit-2021"}))
def test_nets_with_our_sizes_keep_the_budget(name: str) -> None:
    count = find_shape(name).count()
    assert count.parameters < 100_000
    assert count.multiply_adds < 3_000_000 or name == "jet-cnn"


def permute_patches(image: Tensor, side: int) -> Tensor:
    """Put the patches of images in another order."""
    patch = cut_patches(image, side)
    order = torch.randperm(patch.shape[2], generator=torch.Generator().manual_seed(1))
    count = image.shape[2] // side
    grid = patch[:, :, order].reshape(*patch.shape[:2], count, count, side, side)
    return grid.transpose(3, 4).reshape(image.shape)


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        ({"position": "none", "pool": "mean"}, True),
        ({"position": "none", "pool": "token"}, True),
        ({"position": "none", "pool": "sequence"}, True),
        ({"position": "none", "pool": "attention"}, True),
        ({"position": "none", "pool": "mean", "depth": 0}, True),
        ({"position": "none", "pool": "mean", "attention": "reattention", "head_norm": "batch"}, True),
        ({"position": "none", "pool": "mean", "attention": "locality"}, True),
        ({"position": "none", "pool": "mean", "tokenizer": "channel"}, True),
        ({"position": "none", "pool": "flatten"}, False),
        ({"position": "none", "pool": "mean", "attention": "windowed", "window": 2}, False),
        ({"position": "none", "pool": "mean", "attention": "reduced", "reduction": 2}, False),
        ({"position": "none", "pool": "mean", "tokenizer": "shifted"}, False),
        ({"position": "learned", "pool": "mean"}, False),
        ({"position": "sincos", "pool": "mean"}, False),
        ({"position": "rope", "pool": "mean"}, False),
        ({"position": "conditional", "pool": "mean"}, False),
    ],
    ids=str,
)
def test_only_what_knows_places_sees_the_order_of_patches(settings: dict[str, object], same: bool) -> None:
    shape = find_shape("vit", settings)
    net, image = make(shape, spread=0.3).double(), draw(shape).double()
    found, other = net(image), net(permute_patches(image, 8))
    assert torch.allclose(found, other, rtol=1e-9) is same


@pytest.mark.parametrize(
    "settings",
    [
        {"attention": "reattention"},  # its mixture begins as the identity
        {"attention": "reduced", "reduction": 1},
        {"attention": "windowed"},  # one window
        {"attention": "windowed", "window": 4},
        {"attention": ("standard", "windowed", "reduced")},
    ],
    ids=str,
)
def test_other_kinds_hold_the_standard_one(settings: dict[str, object]) -> None:
    """With nothing mixed, nothing reduced or one window, the same weights say the same."""
    plain, other = find_shape("vit"), find_shape("vit", settings)
    net, found = make(plain, spread=0.1).double(), make(other).double()
    missing, unexpected = found.load_state_dict(net.state_dict(), strict=False)
    assert not unexpected
    assert all(path.endswith("theta") for path in missing)
    torch.testing.assert_close(found(draw(plain).double()), net(draw(plain).double()))


def test_a_net_without_blocks_is_its_tokens_and_its_head() -> None:
    shape = find_shape("cifar-vit", {"depth": 0})
    net, image = make(shape), draw(shape)
    torch.testing.assert_close(net(image), net.head(net.pool(net.placing(net.tokenizer(image)))))  # type: ignore[operator] # modules


def test_training_leaves_out_and_using_does_not() -> None:
    for setting in ("dropout", "drop_path", "token_drop"):
        shape = find_shape("vit", {setting: 0.5})
        net, image = make(shape, spread=0.1), draw(shape, 8)
        torch.testing.assert_close(net(image), net(image))
        used = copy.deepcopy(net).train()
        assert not torch.allclose(used(image), used(image)), setting


def test_first_weights_follow_their_law() -> None:
    spread = {law: measure_first(law) for law in ("truncated", "glorot", "vit-pytorch")}
    for law, place, linear in (("truncated", 0.02, 0.02), ("glorot", 0.02, 1 / 8), ("vit-pytorch", 1.0, 1 / 192**0.5)):
        assert spread[law] == pytest.approx((place, linear), rel=0.1), law


def measure_first(law: str) -> tuple[float, float]:
    """Give the standard deviations of learned positions and of the map of queries, 64 by 64."""
    net = make(find_shape("vit", {"initial": law, "width": 64, "patch": 4}))
    state = net.state_dict()
    return state["placing.place"].std().item(), state["layers.0.attention.query.weight"].std().item()


EXPORT = """
import torch
from tests.laws.test_image_nets import SHAPES, draw, make
shape = SHAPES["{name}"]
net = make(shape, spread=0.1)
program = torch.export.export(net, (draw(shape, 2),), dynamic_shapes=({{0: torch.export.Dim("batch")}},))
for count in (1, 5):
    torch.testing.assert_close(program.module()(draw(shape, count)), net(draw(shape, count)))
"""
"""Exporting replaces how Python runs frames; it is kept out of the process of the other tests."""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["scalable-vit", "cct", "deep-vit"])
def test_a_net_is_exported_for_any_number_of_images(name: str) -> None:
    """Nothing in it depends on the data, so one program holds for all batches."""
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", EXPORT.format(name=name)], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
