"""One layer of an encoder and of a decoder."""

from collections.abc import Callable
from typing import Literal

from jaxtyping import Bool, Float
from torch import Tensor, nn

from corpuscle.nets.attention import Attention, KeyValue


class FeedForward(nn.Sequential):
    """Two linear maps with an activation between them, token by token.

    Args:
        width: numbers a token has.
        hidden: numbers between the two maps.
        activation: what stands between them.
        last: whether it stands after the second one too.
    """

    def __init__(
        self, width: int, hidden: int, *, activation: Callable[[], nn.Module] = nn.ReLU, last: bool = False
    ) -> None:
        after = [activation()] if last else []
        super().__init__(nn.Linear(width, hidden), activation(), nn.Linear(hidden, width), *after)


class ResidualBlock(nn.Module):
    """Self-attention and feed-forward, each added to its input.

    Args:
        width: numbers a token has.
        attention: the attention.
        forward_net: what is done with each token by itself.
        norm: where the norms stand: `after` each sum; `before` each of the two; `between`, before the attention and
            after its sum, so that what is added to is normalised there.
        eps: what is added to a variance.
        drop: what is done with each part before it is added, in training.

    Source: Vaswani et al. (2017), section 3.1, for `after`; Xiong et al., ICML (2020), Fig. 1b, for `before`; the code
        published with Hassani et al. (CCT), arXiv 2104.05704, for `between`.
    """

    def __init__(
        self,
        width: int,
        attention: Attention,
        forward_net: FeedForward,
        *,
        norm: Literal["after", "before", "between"] = "after",
        eps: float = 1e-5,
        drop: nn.Module | None = None,
    ) -> None:
        super().__init__()
        self.attention = attention
        self.forward_net = forward_net
        self.norms = nn.ModuleList([nn.LayerNorm(width, eps), nn.LayerNorm(width, eps)])
        self.norm = norm
        self.drop = nn.Identity() if drop is None else drop

    def forward(
        self, token: Float[Tensor, "batch token width"], real: Bool[Tensor, "batch token"] | None = None
    ) -> Float[Tensor, "batch token width"]:
        """Let every token attend to all that are data (`real` is True where one is)."""
        first, second = self.norms
        done: Float[Tensor, "batch token width"]
        if self.norm == "after":
            token = first(token + self.drop(self.attention.attend(token, real=real)))
            done = second(token + self.drop(self.forward_net(token)))
            return done
        token = token + self.drop(self.attention.attend(first(token), real=real))
        asking = second(token)
        done = (asking if self.norm == "between" else token) + self.drop(self.forward_net(asking))
        return done


class EncoderBlock(ResidualBlock):
    """One layer of the encoder of Vaswani et al. (2017), section 3.1."""

    def __init__(self, width: int, heads: int, hidden: int) -> None:
        super().__init__(width, Attention(width, heads), FeedForward(width, hidden))


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
