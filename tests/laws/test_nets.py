"""What every net promises: padding and batch-mates are invisible, a cache changes nothing, operations are counted."""

import pytest
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from corpuscle.linking.learned.regressor import PositionTransformer, count_multiply_adds
from corpuscle.linking.learned.shape import Shape
from corpuscle.nets.batch import Padded, pad_sequences

SHAPES = {
    "published": Shape(frames=12),
    "window": Shape(frames=12, decoder_window=4, width=16, heads=2, encoder_layers=1, decoder_layers=3, hidden=24),
    "full": Shape(frames=12, decoder_window=12, width=8, heads=1, particles=3),
}
every_shape = pytest.mark.parametrize("name", SHAPES)


def make(name: str) -> PositionTransformer:
    torch.manual_seed(3)
    return PositionTransformer(SHAPES[name]).eval()


def draw(shape: Shape, *lengths: int) -> Padded:
    generator = torch.Generator().manual_seed(5)
    return pad_sequences([torch.randn(length, shape.coordinates, generator=generator) for length in lengths])


def count_frames(padded: Padded) -> Tensor:
    return torch.arange(padded.real.shape[1]).expand(len(padded.real), -1)


def infer(net: PositionTransformer, padded: Padded, *, cache: bool = True) -> Tensor:
    return net.infer(padded.value, count_frames(padded), padded.real, window=net.shape.decoder_window, cache=cache)


@every_shape
def test_padding_is_invisible(name: str) -> None:
    net = make(name)
    alone = draw(net.shape, 7)
    longer = Padded(
        torch.cat([alone.value, torch.full_like(alone.value, 1e3)], dim=1),
        torch.cat([alone.real, ~alone.real], dim=1),
    )
    torch.testing.assert_close(infer(net, longer)[:, :7], infer(net, alone))
    before, later = torch.zeros_like(alone.value), torch.zeros_like(longer.value)
    expected = net(alone.value, count_frames(alone), alone.real, before)
    torch.testing.assert_close(net(longer.value, count_frames(longer), longer.real, later)[:, :7], expected)


@every_shape
def test_batch_mates_are_irrelevant(name: str) -> None:
    net = make(name)
    together = draw(net.shape, 9, 4, 12)
    found = infer(net, together)
    for number, length in enumerate((9, 4, 12)):
        alone = Padded(together.value[number : number + 1, :length], together.real[number : number + 1, :length])
        torch.testing.assert_close(found[number : number + 1, :length], infer(net, alone))


@every_shape
def test_a_cache_changes_nothing(name: str) -> None:
    net = make(name)
    padded = draw(net.shape, 12, 5)
    torch.testing.assert_close(infer(net, padded, cache=True), infer(net, padded, cache=False))


@every_shape
def test_all_frames_at_once_equal_one_after_another(name: str) -> None:
    net = make(name)
    padded = draw(net.shape, 12, 12)
    found = infer(net, padded)
    before = torch.cat([torch.zeros_like(found[:, :1]), found[:, :-1]], dim=1)
    torch.testing.assert_close(net(padded.value, count_frames(padded), padded.real, before), found)


@every_shape
def test_no_output_sees_a_later_input_of_the_decoder(name: str) -> None:
    net = make(name)
    padded = draw(net.shape, 12)
    before = draw(net.shape, 12).value.flip(1).requires_grad_()
    net(padded.value, count_frames(padded), padded.real, before)[0, 6].sum().backward()
    assert before.grad is not None
    seen = before.grad[0].abs().sum(-1) > 0
    first = max(0, 7 - net.shape.decoder_window)
    assert seen.tolist() == [first <= place <= 6 for place in range(12)]


@every_shape
@pytest.mark.parametrize("cache", [True, False])
@pytest.mark.parametrize("frames", [1, 3, 12])
def test_operations_equal_the_formula(name: str, cache: bool, frames: int) -> None:
    net = make(name)
    padded = draw(net.shape, frames)
    # torch counts no operation of a fused attention on a CPU, so it is asked for the plain one
    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        infer(net, padded, cache=cache)
    window = net.shape.decoder_window
    assert counter.get_total_flops() == 2 * count_multiply_adds(net.shape, frames=frames, window=window, cache=cache)
