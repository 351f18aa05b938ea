"""The paper's encoder-decoder: measurements of a whole sequence in, positions out, frame by frame."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from corpuscle.linking.learned.shape import Shape
from corpuscle.nets.attention import KeyValue
from corpuscle.nets.position import encode_position
from corpuscle.nets.stack import Decoder, Encoder, count_decoder, count_encoder, count_memory


class PositionTransformer(nn.Module):
    """An encoder over the measurements, a decoder over its own last outputs.

    One token is one frame: the coordinates of all its detections and its time, to which sines of its place are added.
    Detections of a frame stand in the order of their x, which tells nothing about who is who. To give frame t, the
    decoder sees its outputs of frames t - K_D to t - 1 (zeros before the first), and all of the encoder's.

    Source: Mishra and Roudot, EUSIPCO 2024, section III.C and Fig. 1. The paper leaves open what a token is, the widths
    and the numbers of layers: these are this package's choices.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.measured = nn.Linear(shape.coordinates + 1, shape.width)
        self.before = nn.Linear(shape.coordinates, shape.width)
        self.encoder = Encoder(shape.encoder_layers, shape.width, shape.heads, shape.hidden)
        self.decoder = Decoder(shape.decoder_layers, shape.width, shape.heads, shape.hidden)
        self.out = nn.Linear(shape.width, shape.coordinates)

    def encode(
        self,
        measured: Float[Tensor, "batch token coordinate"],
        frame: Int[Tensor, "batch token"],
        real: Bool[Tensor, "batch token"] | None = None,
    ) -> Float[Tensor, "batch token width"]:
        """Encode the measurements [in units of the shape's length]; `real` is True where a frame is data."""
        time = frame[..., None] / self.shape.frames
        token = self.measured(torch.cat([measured, time], dim=-1)) + encode_position(frame, self.shape.width)
        encoded: Float[Tensor, "batch token width"] = self.encoder(token, real)
        return encoded

    def embed(
        self, before: Float[Tensor, "batch token coordinate"], frame: Int[Tensor, "batch token"]
    ) -> Float[Tensor, "batch token width"]:
        """Give the decoder's tokens: what came out for the frame before each, and the frame that is asked for."""
        token: Float[Tensor, "batch token width"] = self.before(before) + encode_position(frame, self.shape.width)
        return token

    def forward(
        self,
        measured: Float[Tensor, "batch token coordinate"],
        frame: Int[Tensor, "batch token"],
        real: Bool[Tensor, "batch token"],
        before: Float[Tensor, "batch token coordinate"],
    ) -> Float[Tensor, "batch token coordinate"]:
        """Give every frame at once, the decoder's inputs being known.

        Args:
            measured: the measurements of each frame [in units of the shape's length].
            frame: its number, from 0.
            real: True where a frame is data.
            before: what stands in the decoder for the frame before each; zeros before the first.
        """
        memory = self.decoder.remember(self.encode(measured, frame, real), real)
        token = self.embed(before, frame)
        count, window = frame.shape[1], self.shape.decoder_window
        if window >= count:
            token, _ = self.decoder(token, memory)
        else:
            now = torch.arange(count, device=frame.device)
            first = (now + 1 - window).clamp(min=0)
            place = first[:, None] + torch.arange(window, device=frame.device)
            # places beyond the sequence stand behind the one that is asked for, which therefore never sees them
            windows = token[:, place.clamp(max=count - 1)].flatten(0, 1)
            token, _ = self.decoder(windows, memory)
            token = token.unflatten(0, (-1, count))[:, now, now - first]
        output: Float[Tensor, "batch token coordinate"] = self.out(token)
        return output

    @torch.no_grad()
    def infer(
        self,
        measured: Float[Tensor, "batch token coordinate"],
        frame: Int[Tensor, "batch token"],
        real: Bool[Tensor, "batch token"] | None = None,
        *,
        window: int,
        cache: bool = True,
    ) -> Float[Tensor, "batch token coordinate"]:
        """Give frame after frame, each from the outputs before it.

        With a cache, keys and values are computed once: those of the memory for the whole sequence, those of the
        decoder's own tokens until the window is full. Beyond that the first of them leaves, and with it all that the
        later ones had taken from it, so that the window is computed anew. Both ways give the same positions.
        """
        encoded = self.encode(measured, frame, real)
        memory = self.decoder.remember(encoded, real)
        count = frame.shape[1]
        before = measured.new_zeros(len(frame), count + 1, self.shape.coordinates)
        past: list[KeyValue] | None = None
        for now in range(count):
            if not cache and now:
                memory = self.decoder.remember(encoded, real)
            growing = cache and now < window
            seen = slice(now if growing else max(0, now + 1 - window), now + 1)
            token, past = self.decoder(
                self.embed(before[:, seen], frame[:, seen]), memory, past=past if growing else None
            )
            before[:, now + 1] = self.out(token[:, -1])
        return before[:, 1:]


def count_multiply_adds(shape: Shape, *, frames: int, window: int, cache: bool) -> int:
    """Count the multiply-adds of inferring one sequence, normalisations and softmax apart.

    With K_E = frames = T, K_D = window = K and layers of width d, the encoder costs O(T d^2 + T^2 d), the decoder
    O(T (K d^2 + K^2 d + K T d)), and without a cache another O(T^2 d^2) for keys and values of the memory.
    """
    width, layers, hidden = shape.width, shape.decoder_layers, shape.hidden
    memory = count_memory(layers, width, memory=frames)
    total = frames * (shape.coordinates + 1) * width + memory * (1 if cache else frames)
    total += count_encoder(shape.encoder_layers, width, hidden, token=frames)
    for now in range(frames):
        key = min(now + 1, window)
        query = 1 if cache and now < window else key
        total += count_decoder(layers, width, hidden, query=query, key=key, memory=frames)
        total += (query + 1) * shape.coordinates * width
    return total
