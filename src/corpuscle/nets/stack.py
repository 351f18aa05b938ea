"""Layers one above the other: an encoder, a decoder, and what they cost."""

from collections.abc import Sequence
from dataclasses import dataclass

from jaxtyping import Bool, Float
from torch import Tensor, nn

from corpuscle.nets.attention import KeyValue
from corpuscle.nets.block import DecoderBlock, EncoderBlock
from corpuscle.nets.operations import count_attention, count_feed_forward


class Encoder(nn.Module):
    """Layers in which every token attends to all."""

    def __init__(self, layers: int, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([EncoderBlock(width, heads, hidden) for _ in range(layers)])

    def forward(
        self, token: Float[Tensor, "batch token width"], real: Bool[Tensor, "batch token"] | None = None
    ) -> Float[Tensor, "batch token width"]:
        """Go through the layers; `real` is True where a token is data."""
        for block in self.blocks:
            token = block(token, real)
        return token


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """What a decoder attends to: keys and values for each of its layers, and where they are data."""

    layers: tuple[KeyValue, ...]
    real: Bool[Tensor, "batch memory"] | None


class Decoder(nn.Module):
    """Layers in which every token attends to those before it and to a memory."""

    def __init__(self, layers: int, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([DecoderBlock(width, heads, hidden) for _ in range(layers)])

    def remember(
        self, memory: Float[Tensor, "batch memory width"], real: Bool[Tensor, "batch memory"] | None = None
    ) -> Memory:
        """Give the keys and values of a memory for every layer; they serve for every later token."""
        return Memory(tuple(block.cross.project(memory) for block in self.list_blocks()), real)

    def forward(
        self,
        token: Float[Tensor, "sequence token width"],
        memory: Memory,
        *,
        past: Sequence[KeyValue] | None = None,
        real: Bool[Tensor, "sequence key"] | None = None,
    ) -> tuple[Float[Tensor, "sequence token width"], list[KeyValue]]:
        """Go through the layers.

        Args:
            token: the tokens to go through.
            memory: what `remember` gave; several sequences in a row may share one.
            past: the keys and values, layer by layer, of the tokens before these, as an earlier call gave them.
            real: True where a token, past ones first, is data.

        Returns:
            The tokens, and the keys and values of all tokens so far.
        """
        kept = []
        for number, block in enumerate(self.list_blocks()):
            known = block.attention.project(token)
            if past is not None:
                known = past[number].extend(known)
            kept.append(known)
            token = block(token, known, memory.layers[number], real=real, memory_real=memory.real)
        return token, kept

    def list_blocks(self) -> list[DecoderBlock]:
        """List the layers."""
        return [block for block in self.blocks if isinstance(block, DecoderBlock)]


def count_encoder(layers: int, width: int, hidden: int, *, token: int) -> int:
    """Count the multiply-adds of an encoder."""
    attention = count_attention(width, query=token, key=token)
    return layers * (attention + count_feed_forward(width, hidden, token=token))


def count_decoder(layers: int, width: int, hidden: int, *, query: int, key: int, memory: int) -> int:
    """Count the multiply-adds of a decoder for the last `query` of `key` tokens, its memory's keys and values apart."""
    own = count_attention(width, query=query, key=key) - 2 * (key - query) * width**2
    cross = count_attention(width, query=query, key=memory, known=False)
    return layers * (own + cross + count_feed_forward(width, hidden, token=query))


def count_memory(layers: int, width: int, *, memory: int) -> int:
    """Count the multiply-adds of the keys and values of a memory, for every layer."""
    return layers * 2 * memory * width**2
