"""What the paper's net is built from; reading it needs no torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Everything that a regressor is built from.

    Args:
        particles: particles in every frame (N).
        dimensions: coordinates of each.
        frames: frames of the longest sequence that it was trained on (T).
        length: the length that stands for 1 inside the net [length].
        decoder_window: its last outputs that the decoder sees (K_D).
        width: numbers a token has (d).
        heads: heads of each attention.
        encoder_layers: layers of the encoder.
        decoder_layers: layers of the decoder.
        hidden: width inside the feed-forward nets.
    """

    particles: int = 2
    dimensions: int = 2
    frames: int = 150
    length: float = 20.0
    decoder_window: int = 1
    width: int = 64
    heads: int = 4
    encoder_layers: int = 2
    decoder_layers: int = 2
    hidden: int = 128

    @property
    def coordinates(self) -> int:
        """Numbers that describe one frame."""
        return self.particles * self.dimensions
