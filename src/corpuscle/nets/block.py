"""One layer of an encoder and of a decoder."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from corpuscle.nets.attention import Attention, KeyValue


class FeedForward(nn.Sequential):
    """Two linear maps with a rectifier between them, token by token."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__(nn.Linear(width, hidden), nn.ReLU(), nn.Linear(hidden, width))


class EncoderBlock(nn.Module):
    """Self-attention and feed-forward, each added to its input and then normalised.

    Source: Vaswani et al. (2017), section 3.1.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.forward_net = FeedForward(width, hidden)
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])

    def forward(
        self, token: Float[Tensor, "batch token width"], real: Bool[Tensor, "batch token"] | None = None
    ) -> Float[Tensor, "batch token width"]:
        """Let every token attend to all that are data (`real` is True where one is)."""
        token = self.norms[0](token + self.attention(token, self.attention.project(token), real=real))
        done: Float[Tensor, "batch token width"] = self.norms[1](token + self.forward_net(token))
        return done


class DecoderBlock(nn.Module):
    """Causal self-attention, cross-attention and feed-forward, each added to its input and then normalised.

    Source: Vaswani et al. (2017), section 3.1.
    """

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.cross = Attention(width, heads)
        self.forward_net = FeedForward(width, hidden)
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width), nn.LayerNorm(width)])

    def forward(
        self,
        token: Float[Tensor, "sequence token width"],
        known: KeyValue,
        memory: KeyValue,
        *,
        real: Bool[Tensor, "sequence key"] | None = None,
        memory_real: Bool[Tensor, "batch memory"] | None = None,
    ) -> Float[Tensor, "sequence token width"]:
        """Let tokens attend to those before them, then to the memory.

        Args:
            token: the tokens; as many sequences in a row share one memory as there are more of them than memories.
            known: keys and values of the self-attention, the tokens' own last.
            memory: keys and values of the cross-attention.
            real: True where a known token is data.
            memory_real: True where a token of the memory is data.
        """
        token = self.norms[0](token + self.attention(token, known, real=real, causal=True))
        asking = token.reshape(memory.key.shape[0], -1, token.shape[-1])
        token = self.norms[1](token + self.cross(asking, memory, real=memory_real).reshape(token.shape))
        done: Float[Tensor, "sequence token width"] = self.norms[2](token + self.forward_net(token))
        return done


def count_feed_forward(width: int, hidden: int, *, token: int) -> int:
    """Count the multiply-adds of the two linear maps.

    >>> count_feed_forward(2, 3, token=1)
    12
    """
    return 2 * token * width * hidden
