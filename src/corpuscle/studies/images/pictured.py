"""Worlds of images as worlds of a study, and stores of real ones in their place."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.data.images import Images
from corpuscle.io.checksums import CARD
from corpuscle.io.images.card import tell_kind
from corpuscle.io.images.store import open_images
from corpuscle.simulation.pictured import ImageWorld
from corpuscle.simulation.templates import Templates
from corpuscle.studies.case import TRAINING, Case
from corpuscle.studies.images.shown import Shown
from corpuscle.studies.sources import build_world
from corpuscle.studies.study import Grid, ScaleName

CROPPED = 64
"""Images from so many rows on are cropped to the middle, as Borthakur did with those of 125 [pixel]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictured(Case[Shown]):
    """A world of images with its settings: one set to learn from, and others to judge, one a repeat.

    Args:
        world: its name.
        settings: its settings.
        images: how many there are to learn from; the store's split holds a fifth of them back.
        tested: how many are judged in a repeat.
        repeats: how often, each with a net of its own.
        told: what a trainer may be told beside.

    >>> Pictured(world="templates", images=8, tested=4, repeats=1).draw_scene(0).images.count_classes()
    [2, 2]
    """

    world: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    images: int
    tested: int
    repeats: int
    told: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the world."""
        return {"world": self.world, "source": self.build().kind, "images": self.images}

    @property
    def known(self) -> dict[str, Any]:
        """What there is to learn from."""
        source = {"world": self.world, "settings": dict(self.settings), "images": self.images, "seed": self.learned}
        shuffled = {**source, "shuffled": True}
        return {"source": source, "shuffled": shuffled, **list_crops(self.build().shape[1]), **self.told}

    @property
    def learned(self) -> int:
        """The seed of the images to learn from."""
        return self.derive_seed(TRAINING)

    @property
    def count(self) -> int | None:
        """How often it is judged."""
        return self.repeats

    def declare(self) -> dict[str, Any]:
        """Write down settings and numbers."""
        return {"settings": dict(self.settings), "tested": self.tested, "repeats": self.repeats}

    def build(self) -> ImageWorld:
        """Build the world."""
        return build_world({"world": self.world, "settings": self.settings, "images": self.tested})

    def draw_scene(self, repeat: int, data: Path | None = None) -> Shown:
        """Draw the images of a repeat."""
        return draw_images(self.world, tuple(self.settings.items()), self.tested, self.derive_seed(repeat))


@functools.lru_cache(maxsize=8)
def draw_images(name: str, settings: tuple[tuple[str, Any], ...], count: int, seed: int) -> Shown:
    """Draw images; the last few sets are kept, since every method meets them."""
    world = build_world({"world": name, "settings": dict(settings), "images": count})
    images = world.simulate(np.random.default_rng(seed))
    if not isinstance(world, Templates):
        return Shown(images=images)
    return Shown(images=images, best=rank_by_likelihood(world, images), ceiling=world.compute_ceiling())


def rank_by_likelihood(world: Templates, images: Images) -> Float[np.ndarray, " image"]:
    """Give the logarithm of the ratio of likelihoods, but for a constant."""
    return np.asarray(images.densify().astype(float).reshape(len(images), world.size**2) @ world.weigh().ravel())


def list_crops(size: int) -> dict[str, int | None]:
    """List how far nets crop images of a size: not at all, or to 32 pixels, and 33 for the net that was made for these.

    >>> list_crops(32)["crop"], list_crops(125)
    (None, {'crop': 32, 'jet_crop': 33})
    """
    return {"crop": 32, "jet_crop": 33} if size >= CROPPED else {"crop": None, "jet_crop": None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored(Case[Shown]):
    """Images of a store, such as real ones converted: of each repeat's split, the test is judged.

    Args:
        folder: of the store.
        kind: where its images come from.
        images: how many there are.
        size: rows and columns of an image [pixel].
        repeats: how many splits are judged.
    """

    folder: str
    kind: str
    images: int
    size: int
    repeats: int

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of it."""
        return {"world": Path(self.folder).name, "source": self.kind, "images": self.images}

    @property
    def known(self) -> dict[str, Any]:
        """What there is to learn from."""
        source = {"store": self.folder}
        return {"source": source, "shuffled": {**source, "shuffled": True}, **list_crops(self.size)}

    @property
    def count(self) -> int | None:
        """How many splits are judged."""
        return self.repeats

    @property
    def files(self) -> tuple[str, ...]:
        """Its card, which has the checksums of all else."""
        return (CARD,)

    def draw_scene(self, repeat: int, data: Path | None = None) -> Shown:
        """Give the test images of a split."""
        store = open_images(self.folder)
        return Shown(images=store.images.choose(store.split(repeat)[2]))


def gather_store(folder: Path) -> Stored:
    """Make a world of a study of a store of images.

    Raises: FormatError, when it is none.
    """
    store = open_images(folder)
    return Stored(
        folder=str(folder.resolve()), kind=tell_kind(store.card["source"]), images=len(store),
        size=store.layout.shape[1], repeats=3,
    )  # fmt: skip


def lay_templates(sizes: Mapping[ScaleName, tuple[int, int, int]]) -> dict[ScaleName, Grid]:
    """Lay out templates at each scale: images to learn from, images of the test, repeats."""
    return {
        scale: Grid(worlds=(Pictured(world="templates", images=images, tested=tested, repeats=repeats),))
        for scale, (images, tested, repeats) in sizes.items()
    }
