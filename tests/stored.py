"""Small stores of images for tests: bars that lie or stand, and whatever classes and channels are asked for."""

from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.images import Images, gather_images
from corpuscle.io.images.layout import ImageLayout
from corpuscle.io.images.store import ImageStore
from corpuscle.io.images.writer import write_images


def draw_bars(
    count: int = 96, *, size: int = 8, channels: int = 1, classes: int = 2, seed: int = 0, part: bool = False
) -> Images:
    """Draw images whose class is the row that is bright; the first is empty, as images of detectors may be."""
    generator = np.random.default_rng(seed)
    label = np.arange(count) % classes
    dense = generator.poisson(0.3, (count, channels, size, size)).astype(np.float32)
    dense[np.arange(count), :, 1 + label * (size - 2) // classes] += 3.0
    dense[0] = 0.0
    columns = {"part": (np.arange(count) >= 3 * count // 4).astype(float)} if part else {}
    return gather_images(dense, label=label, names=tuple(f"c{k}" for k in range(classes)), columns=columns)


def store_images(folder: Path, images: Images, *, kind: str = "toy", **options: Any) -> ImageStore:
    """Write images into a store."""
    layout = ImageLayout(
        shape=images.shape,
        channels=tuple(f"channel {k}" for k in range(images.shape[0])),
        names=images.names,
        columns=dict.fromkeys(images.columns, "0 or 1"),
        value="u1" if images.value.dtype == np.uint8 else "f4",
    )
    return write_images(folder, [images], layout, source={"kind": kind}, **options)
