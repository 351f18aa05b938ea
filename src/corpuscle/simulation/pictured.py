"""What every world of images shares: as many of each class, drawn piece by piece, a stream of chance for each piece."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.images import Images, gather_images, join_images
from corpuscle.data.pixels import Shape
from corpuscle.data.settings import check_settings, setting


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageWorld(ABC):
    """A world of images is its settings; from a generator it makes images with their classes.

    Images are drawn in pieces of one size, each from a generator of its own: a simulation that was stopped goes on
    with the next piece, and more images of the same seed begin with the same ones. No detector was simulated in detail,
    and no number measured on them stands for one.
    """

    kind: ClassVar[Literal["toy", "pythia"]] = "toy"
    """Where the physics comes from."""

    piece: ClassVar[int] = 1000
    """Images that are drawn at once."""

    classes: ClassVar[tuple[str, str]]
    """The names of both classes."""

    channels: ClassVar[tuple[str, ...]]
    """What each channel is, with its unit."""

    known: ClassVar[Mapping[str, str]] = {}
    """What else is told of each image, with its meaning and unit."""

    negative: ClassVar[tuple[int, ...]] = ()
    """Channels that may be below zero, by number."""

    events: int = setting(1000, "images, half of each class", least=0)

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    @abstractmethod
    def shape(self) -> Shape:
        """Channels, height and width [pixel]."""

    @abstractmethod
    def draw(
        self, generator: np.random.Generator, label: Int[np.ndarray, " image"]
    ) -> tuple[Float[np.ndarray, "image channel y x"], dict[str, Float[np.ndarray, " image"]]]:
        """Draw one image of each label, and what is told of it.

        Args:
            generator: where the chances come from.
            label: the class of each image.
        """

    def compute_ceiling(self) -> float | None:
        """Give the best possible AUC, where it is known."""
        return None

    def simulate(self, generator: np.random.Generator) -> Images:
        """Draw all images.

        Args:
            generator: where all chances come from; the same state gives the same images.

        >>> from corpuscle.simulation.templates import Templates
        >>> Templates(events=4).simulate(np.random.default_rng(0)).count_classes()
        [2, 2]
        """
        pieces = list(self.stream(generator))
        return (
            join_images(pieces)
            if pieces
            else self.gather(*self.draw(generator, np.zeros(0, np.int64)), np.zeros(0, np.int64))
        )

    def stream(self, generator: np.random.Generator, first: int = 0) -> Iterator[Images]:
        """Draw images piece by piece, from some row on.

        Args:
            generator: where all chances come from; the same state gives the same images, whatever the first.
            first: the row to begin with.
        """
        pieces = -(-self.events // self.piece)
        for k, stream in enumerate(generator.spawn(pieces) if pieces else ()):
            begin, end = k * self.piece, min((k + 1) * self.piece, self.events)
            if end <= first:
                continue
            # every piece is drawn whole, so that images do not depend on how many are asked for after them
            label = deal_classes(stream, self.piece)
            dense, columns = self.draw(stream, label)
            images = self.gather(dense, columns, label)
            yield images.choose(np.arange(max(first - begin, 0), end - begin))

    def gather(
        self,
        dense: Float[np.ndarray, "image channel y x"],
        columns: dict[str, Float[np.ndarray, " image"]],
        label: Int[np.ndarray, " image"],
    ) -> Images:
        """Keep the pixels that are filled."""
        return gather_images(dense, label=label, names=self.classes, columns=columns)


def deal_classes(generator: np.random.Generator, count: int) -> Int[np.ndarray, " image"]:
    """Deal both classes out in pairs, each in an order of chance, so that any beginning has as many of each.

    >>> sorted(deal_classes(np.random.default_rng(0), 4)[:2].tolist())
    [0, 1]
    """
    first = generator.integers(0, 2, -(-count // 2))
    return np.stack([first, 1 - first], axis=1).ravel()[:count]
