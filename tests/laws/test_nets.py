"""What every net promises: padding and batch-mates are invisible, a cache changes nothing, operations are counted."""

import pytest
import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from corpuscle.linking.learned.regressor import PositionTransformer, count_multiply_adds
from corpuscle.linking.learned.shape import Shape
from corpuscle.nets.batch import Padded, pad_sequences
from corpuscle.nets.neighbours import AT_ONCE, NeighbourBlock

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


BLOCKS = {"one head": (8, 4, 1, 3, 8), "several heads": (16, 8, 4, 5, 24)}
every_block = pytest.mark.parametrize("name", BLOCKS)


def make_block(name: str) -> NeighbourBlock:
    torch.manual_seed(3)
    block = NeighbourBlock(*BLOCKS[name]).eval().double()
    torch.nn.init.normal_(block.attention.nothing)
    return block


def draw_neighbours(name: str, count: int, seed: int = 5) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Draw tokens, four neighbours each, what is known of each pair, and which are there."""
    generator = torch.Generator().manual_seed(seed)
    token = torch.randn(count, BLOCKS[name][0], generator=generator).double()
    neighbour = torch.randint(0, count, (count, 4), generator=generator)
    pair = torch.randn(count, 4, BLOCKS[name][3], generator=generator).double()
    return token, neighbour, pair, torch.rand(count, 4, generator=generator) < 0.7


@every_block
def test_neighbours_that_are_not_there_are_invisible(name: str) -> None:
    block = make_block(name)
    token, neighbour, pair, real = draw_neighbours(name, 9)
    other = torch.where(real[..., None], pair, torch.full_like(pair, 1e3))
    shifted = torch.where(real, neighbour, (neighbour + 1) % 9)
    torch.testing.assert_close(block(token, shifted, other, real), block(token, neighbour, pair, real))
    wider = [torch.cat([part, part], dim=1) for part in (neighbour, pair)]
    more = block(token, *wider, torch.cat([real, torch.zeros_like(real)], dim=1))
    torch.testing.assert_close(more, block(token, neighbour, pair, real))


@every_block
def test_neighbours_have_no_order(name: str) -> None:
    block = make_block(name)
    token, neighbour, pair, real = draw_neighbours(name, 9)
    order = torch.tensor([2, 0, 3, 1])
    found = block(token, neighbour[:, order], pair[:, order], real[:, order])
    torch.testing.assert_close(found, block(token, neighbour, pair, real))


@every_block
def test_tokens_in_another_order_give_the_same_in_that_order(name: str) -> None:
    block = make_block(name)
    token, neighbour, pair, real = draw_neighbours(name, 9)
    order = torch.randperm(9, generator=torch.Generator().manual_seed(1))
    place = torch.argsort(order)
    found = block(token[order], place[neighbour[order]], pair[order], real[order])
    torch.testing.assert_close(found, block(token, neighbour, pair, real)[order])


@every_block
def test_other_sequences_beside_are_irrelevant(name: str) -> None:
    block = make_block(name)
    first, second = draw_neighbours(name, 9), draw_neighbours(name, AT_ONCE + 3, seed=6)
    together = block(
        torch.cat([first[0], second[0]]), torch.cat([first[1], second[1] + 9]), *(
            torch.cat([first[part], second[part]]) for part in (2, 3)
        )
    )  # fmt: skip
    torch.testing.assert_close(together, torch.cat([block(*first), block(*second)]))


@every_block
def test_no_token_gives_no_token(name: str) -> None:
    token, neighbour, pair, real = draw_neighbours(name, 9)
    assert make_block(name)(token[:0], neighbour[:0], pair[:0], real[:0]).shape == token[:0].shape
