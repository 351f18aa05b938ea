"""Batches of images from a store, every row once an epoch, and what is wanted of each."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int

from corpuscle.io.images.store import ImageStore
from corpuscle.nets.weights import import_torch
from corpuscle.training.augmentation import Augmentation, change_images

if TYPE_CHECKING:
    from torch import Tensor, nn

AUGMENTED = 2
"""The stream of chances that change images; those of a shuffle have none beside seed and epoch."""

PIECE = 2**20
"""Numbers of the images that validation judges at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is done to images that are learned from, and to what is wanted of them.

    Args:
        augmentation: how each is changed.
        mixup: the parameter of the Beta law by which pairs of images are mixed; 0: none are.
        smoothing: the share of what is wanted that is spread over all classes.
    """

    augmentation: Augmentation = "none"
    mixup: float = 0.0
    smoothing: float = 0.0


class Shuffled:
    """The batches of one epoch by number: every row once, in an order of the seed and the epoch.

    The order is that of `ImageStore.follow`.
    """

    def __init__(
        self, store: ImageStore, rows: Int[np.ndarray, " image"], *, size: int, seed: int, epoch: int, change: Change
    ) -> None:
        self.store, self.size, self.change = store, size, change
        self.rows, self.source = rows, (seed, epoch)
        self.order: Int[np.ndarray, " image"] | None = None

    def __len__(self) -> int:
        return math.ceil(len(self.rows) / self.size)

    def __getitem__(self, number: int) -> "tuple[Tensor, ...]":
        torch = import_torch()
        if self.order is None:
            self.order = np.random.default_rng(self.source).permutation(self.rows)
        rows = self.order[number * self.size : (number + 1) * self.size]
        generator = np.random.default_rng([*self.source, number, AUGMENTED])
        image = change_images(self.store.images.densify(rows), self.change.augmentation, generator)
        wanted = aim(self.store, rows, self.change.smoothing)
        if self.change.mixup:
            image, wanted = mix(image, wanted, self.change.mixup, generator)
        return torch.from_numpy(np.ascontiguousarray(image)), torch.from_numpy(wanted)


def aim(store: ImageStore, rows: Int[np.ndarray, " image"], smoothing: float = 0.0) -> Float[np.ndarray, "image klass"]:
    """Give the probability of each class that a net is to say."""
    classes = len(store.layout.names)
    wanted = np.full((len(rows), classes), smoothing / classes, np.float32)
    wanted[np.arange(len(rows)), store.images.label[rows]] += 1 - smoothing
    return wanted


def mix(
    image: Float[np.ndarray, "batch channel y x"],
    wanted: Float[np.ndarray, "batch klass"],
    strength: float,
    generator: np.random.Generator,
) -> tuple[Float[np.ndarray, "batch channel y x"], Float[np.ndarray, "batch klass"]]:
    """Mix pairs of images, and what is wanted of them, by one share a batch.

    Source: Zhang et al. (mixup), ICLR (2018), Eq. 1.
    """
    share, other = np.float32(generator.beta(strength, strength)), generator.permutation(len(image))
    return share * image + (1 - share) * image[other], share * wanted + (1 - share) * wanted[other]


class Held:
    """What validation measures: one batch, which is rows; images are made piece by piece."""

    def __init__(self, *parts: Int[np.ndarray, " _"]) -> None:
        self.parts = parts

    def __len__(self) -> int:
        return 1

    def __getitem__(self, number: int) -> "tuple[Tensor, ...]":
        torch = import_torch()
        return tuple(torch.from_numpy(part) for part in self.parts)


def judge_rows(net: "nn.Module", store: ImageStore, rows: Int[np.ndarray, " image"]) -> "Tensor":
    """Give what a net says of some images, piece by piece."""
    torch = import_torch()
    device = next(net.parameters()).device
    said: Tensor = torch.cat([net(image.to(device)) for image in densify_pieces(store, rows)])
    return said


def densify_pieces(store: ImageStore, rows: Int[np.ndarray, " image"]) -> "Iterator[Tensor]":
    """Make images piece by piece."""
    torch: Any = import_torch()
    size = max(1, PIECE // int(np.prod(store.layout.shape)))
    for begin in range(0, len(rows), size):
        yield torch.from_numpy(store.images.densify(rows[begin : begin + size]))
