"""The images that a net learns from: opened once, split, measured for its preparation."""

import functools

import numpy as np
from jaxtyping import Float, Int

from corpuscle.io.images.store import ImageStore, open_images
from corpuscle.io.splits import mix_classes
from corpuscle.nets.images.preparation import Preparation, Scaling
from corpuscle.nets.weights import import_torch

PARTS = ("training", "validation", "test")

PIECE = 2**22
"""Numbers of the images that are measured at once: 16 MB."""


@functools.lru_cache(maxsize=4)
def open_once(folder: str) -> ImageStore:
    """Open images, once in a process."""
    return open_images(folder)


@functools.lru_cache(maxsize=8)
def split_once(folder: str, seed: int, share: float = 1.0) -> dict[str, Int[np.ndarray, " image"]]:
    """Split the rows: to learn from, to validate, to judge.

    Args:
        folder: where the images are.
        seed: of the split.
        share: of the rows to learn from that are used, each class by its share; the other parts stay whole.

    Raises: ValueError, when there are too few images, or all are of one class.
    """
    store = open_once(folder)
    parts = dict(zip(PARTS, store.split(seed), strict=True))
    rows = parts["training"]
    order = rows[mix_classes(store.images.label[rows].astype(np.int64), seed=seed)]
    parts["training"] = np.sort(order[: round(share * len(order))])
    empty = [name for name in PARTS[:2] if not len(parts[name])]
    if empty:
        message = f"{folder}: expected images for training and validation, but {empty[0]} has none: take more images"
        raise ValueError(message)
    classes = np.unique(store.images.label[parts["training"]])
    if len(classes) < 2 <= len(store.layout.names):
        name = store.layout.names[int(classes[0])]
        message = (
            f"{folder}: all {len(parts['training'])} images of training are of the class {name!r}, and nothing is to "
            f"be told apart: make a store of images of each of {len(store.layout.names)} classes"
        )
        raise ValueError(message)
    return parts


@functools.lru_cache(maxsize=8)
def prepare_once(
    folder: str, seed: int, share: float, scale: Scaling, unit: float | None, crop: int | None
) -> Preparation:
    """Measure the training images for their preparation; no other image has a part in it."""
    store = open_once(folder)
    rows = split_once(folder, seed, share)["training"]
    plain = Preparation(shape=store.layout.shape, crop=crop)
    if scale == "none":
        return plain
    channels = plain.given[0]
    zero, one = (0.0,) * channels, (1.0,) * channels
    units = one if scale == "standard" else (unit,) * channels if unit is not None else find_units(store, rows, crop)
    bare = Preparation(shape=plain.shape, crop=crop, scale=scale, unit=units, mean=zero, deviation=one)
    mean, deviation = measure_channels(store, rows, bare)
    return Preparation(
        shape=plain.shape,
        crop=crop,
        scale=scale,
        unit=units if scale == "log" else (),
        mean=tuple(mean.tolist()),
        deviation=tuple(np.where(deviation > 0, deviation, 1.0).tolist()),
    )


def find_units(store: ImageStore, rows: Int[np.ndarray, " image"], crop: int | None) -> tuple[float, ...]:
    """Give what stands for 1 inside a logarithm: the root mean square of the pixels that are not zero."""
    if crop is not None:
        raise ValueError("scale=log: a cropped image has length 1 and no unit of its own: set unit, or scale=standard")
    found = store.measure(rows)
    unit = np.hypot(found.filled_mean, found.filled_deviation)
    return tuple(np.where(unit > 0, unit, 1.0).tolist())


def measure_channels(
    store: ImageStore, rows: Int[np.ndarray, " image"], preparation: Preparation
) -> tuple[Float[np.ndarray, " channel"], Float[np.ndarray, " channel"]]:
    """Measure mean and deviation of all pixels of each channel, as they are prepared."""
    torch = import_torch()
    from corpuscle.nets.images.prepared import make_preparation

    prepare = make_preparation(preparation)
    size = max(1, PIECE // int(np.prod(preparation.shape)))
    sums, pixels = np.zeros((2, preparation.given[0])), 0
    with torch.inference_mode():
        for begin in range(0, len(rows), size):
            dense = store.images.densify(rows[begin : begin + size])
            ready = prepare(torch.from_numpy(dense)).double()
            sums += np.stack([ready.sum((0, 2, 3)).numpy(), ready.square().sum((0, 2, 3)).numpy()])
            pixels += ready[:, 0].numel()
    mean = sums[0] / pixels
    return mean, np.sqrt(np.maximum(sums[1] / pixels - mean**2, 0))
