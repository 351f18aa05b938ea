"""The layers equal torch's own, weight by weight."""

import itertools

import pytest
import torch
from torch import nn

from corpuscle.nets.attention import Attention
from corpuscle.nets.block import DecoderBlock, EncoderBlock
from corpuscle.nets.loss import mean_squared_error, permuted_squared_error
from corpuscle.nets.position import encode_position
from corpuscle.nets.stack import Decoder

WIDTH, HEADS, HIDDEN = 8, 2, 12


def copy_attention(ours: Attention, theirs: nn.MultiheadAttention) -> None:
    parts = (ours.query, ours.key, ours.value)
    assert theirs.in_proj_weight is not None
    theirs.in_proj_weight.data = torch.cat([part.weight.data for part in parts])
    theirs.in_proj_bias.data = torch.cat([part.bias.data for part in parts])
    theirs.out_proj.load_state_dict(ours.mix.state_dict())


def copy_rest(ours: EncoderBlock | DecoderBlock, theirs: nn.Module) -> None:
    for number, norm in enumerate(ours.norms, start=1):
        theirs.get_submodule(f"norm{number}").load_state_dict(norm.state_dict())
    theirs.get_submodule("linear1").load_state_dict(ours.forward_net[0].state_dict())
    theirs.get_submodule("linear2").load_state_dict(ours.forward_net[2].state_dict())


def test_an_encoder_layer_equals_torch() -> None:
    torch.manual_seed(0)
    ours = EncoderBlock(WIDTH, HEADS, HIDDEN)
    theirs = nn.TransformerEncoderLayer(WIDTH, HEADS, HIDDEN, dropout=0.0, batch_first=True)
    copy_attention(ours.attention, theirs.self_attn)
    copy_rest(ours, theirs)
    token, real = torch.randn(2, 5, WIDTH), torch.arange(5) < torch.tensor([[5], [3]])
    torch.testing.assert_close(ours(token, real)[real], theirs(token, src_key_padding_mask=~real)[real])


def test_a_decoder_layer_equals_torch() -> None:
    torch.manual_seed(0)
    ours = DecoderBlock(WIDTH, HEADS, HIDDEN)
    theirs = nn.TransformerDecoderLayer(WIDTH, HEADS, HIDDEN, dropout=0.0, batch_first=True)
    copy_attention(ours.attention, theirs.self_attn)
    copy_attention(ours.cross, theirs.multihead_attn)
    copy_rest(ours, theirs)
    token, memory = torch.randn(2, 4, WIDTH), torch.randn(2, 6, WIDTH)
    found = ours(token, ours.attention.project(token), ours.cross.project(memory))
    past = nn.Transformer.generate_square_subsequent_mask(4)
    torch.testing.assert_close(found, theirs(token, memory, tgt_mask=past))


def test_a_decoder_goes_on_from_what_it_kept() -> None:
    torch.manual_seed(0)
    decoder = Decoder(2, WIDTH, HEADS, HIDDEN)
    token, memory = torch.randn(1, 5, WIDTH), decoder.remember(torch.randn(1, 3, WIDTH))
    whole, _ = decoder(token, memory)
    first, kept = decoder(token[:, :2], memory)
    later, _ = decoder(token[:, 2:], memory, past=kept)
    torch.testing.assert_close(torch.cat([first, later], dim=1), whole)


def test_a_width_is_a_multiple_of_the_heads() -> None:
    with pytest.raises(ValueError, match="a width is a multiple of the heads, but 8 is none of 3"):
        Attention(8, 3)


def test_positions_shift_by_a_rotation() -> None:
    place = encode_position(torch.arange(40), 16).reshape(40, 8, 2)
    apart = (place[:-7] * place[7:]).sum(-1)
    torch.testing.assert_close(apart, apart[:1].expand_as(apart))


@pytest.mark.parametrize("particles", [1, 2, 3, 4])
def test_the_permuted_error_is_the_least_of_all_orders(particles: int) -> None:
    torch.manual_seed(particles)
    output, target = torch.randn(3, 5, particles, 2), torch.randn(3, 5, particles, 2)
    real = torch.arange(5) < torch.tensor([[5], [5], [5]])
    orders = itertools.permutations(range(particles))
    errors = torch.stack([(output - target[:, :, list(order)]).square().mean((1, 2, 3)) for order in orders])
    torch.testing.assert_close(permuted_squared_error(output, target, real), errors.min(0).values.mean())


def test_errors_see_no_padding() -> None:
    torch.manual_seed(0)
    output, target = torch.randn(2, 4, 2, 2), torch.randn(2, 4, 2, 2)
    real = torch.arange(4) < torch.tensor([[4], [2]])
    worse = torch.where(real[..., None, None], output, 1e6)
    for measure in (mean_squared_error, permuted_squared_error):
        torch.testing.assert_close(measure(worse, target, real), measure(output, target, real))
