"""What nets are built from; reading it needs no torch."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectorShape:
    """Everything that a corrector of links is built from.

    Args:
        kept: likeliest candidates at either end of a detection that are tokens.
        asked: tokens on either side that a token asks.
        width: numbers a token has.
        inner: numbers of its key and of its value.
        pair: numbers a pair of tokens has.
        heads: heads of each attention.
        layers: layers, and so frames on either side that a token hears of.
        hidden: width inside the feed-forward nets.
        most: the largest correction of a link's log-odds.
    """

    kept: int = 4
    asked: int = 2
    width: int = 32
    inner: int = 16
    pair: int = 16
    heads: int = 4
    layers: int = 3
    hidden: int = 64
    most: float = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AssociatorShape:
    """Everything that an encoder of associations is built from.

    Args:
        kept: nearest candidates at either end of a detection that are thought of.
        asked: neighbours in time, before and after, that a detection asks.
        width: numbers a token has.
        inner: numbers of its key and of its value.
        pair: numbers a pair of tokens has.
        heads: heads of each attention.
        layers: layers, and so frames on either side that a detection hears of.
        hidden: width inside the feed-forward nets.
    """

    kept: int = 8
    asked: int = 4
    width: int = 32
    inner: int = 16
    pair: int = 16
    heads: int = 4
    layers: int = 3
    hidden: int = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingShape:
    """Everything that an embedding of hits is built from.

    Args:
        width: neurons of a layer.
        layers: layers of them.
        places: coordinates of the place that a hit is given.
    """

    width: int = 64
    layers: int = 4
    places: int = 8
