"""Handwritten digits as a world of a study: each repeat splits them anew and judges its test."""

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.images import Images, join_images
from corpuscle.io.images.store import SHARES
from corpuscle.io.splits import split_classes
from corpuscle.studies.case import Case
from corpuscle.studies.images.shown import Shown
from corpuscle.studies.sources import open_source

SOURCE = {"digits": "scikit-learn"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits(Case[Shown]):
    """The digits of 8 x 8 pixels that scikit-learn brings along.

    Args:
        repeats: how many splits are judged, each with a net of its own.
    """

    repeats: int

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of them."""
        return {"world": "digits", "source": "digits", "images": 1797}

    @property
    def known(self) -> dict[str, Any]:
        """What there is to learn from."""
        return {"source": SOURCE}

    @property
    def count(self) -> int | None:
        """How many splits are judged."""
        return self.repeats

    def declare(self) -> dict[str, Any]:
        """Write down how many splits are judged."""
        return {"repeats": self.repeats}

    def draw_scene(self, repeat: int, data: Path | None = None) -> Shown:
        """Give the test images of a split, which is that of the store that nets learn from."""
        images = read_digits()
        return Shown(images=images.choose(split_classes(images.label, seed=repeat, shares=SHARES)[2]))


@functools.lru_cache(maxsize=1)
def read_digits() -> Images:
    """Read all digits, once in a process."""
    images = join_images(list(open_source(SOURCE)[2]))
    assert len(images) == 1797
    return images.choose(np.arange(len(images)))
