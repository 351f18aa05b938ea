"""A picture of a store of images: the mean image of each class, how many pixels are filled, and what they hold."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.io.images.store import ImageStore
from corpuscle.report.style import CYCLE, save, styled

MOST = 5_000
"""Images that are drawn; of more, as many by chance."""

PIECE = 250
CLASSES = 4
"""Classes whose mean image is drawn; the others are in the distributions."""


def draw_card(store: ImageStore, path: Path) -> None:
    """Draw what is in a store, and save the picture.

    Args:
        store: the images.
        path: the picture to write.
    """
    rows = np.sort(np.random.default_rng(0).permutation(len(store))[:MOST])
    mean, filled, total = measure(store, rows)
    shown, channels = min(CLASSES, len(store.layout.names)), store.layout.shape[0]
    label = store.images.label[rows]
    with styled() as figure_class:
        figure = figure_class(figsize=(2.6 * max(shown, 2) + 7.6, 2.5 * channels + 0.4))
        grid = figure.subplots(channels, shown + 2, squeeze=False)
        for channel in range(channels):
            highest = max(float(np.abs(mean[:shown, channel]).max()), 1e-30)
            for k in range(shown):
                draw_mean(grid[channel, k], mean[k, channel], highest)
                grid[channel, k].set_title(f"{store.layout.names[k]}, channel {channel}", fontsize=9)
            name = store.layout.channels[channel]
            draw_classes(grid[channel, shown], filled[:, channel], label, store.layout.names, f"filled pixels: {name}")
            draw_classes(grid[channel, shown + 1], total[:, channel], label, store.layout.names, f"sum: {name}")
        grid[0, shown + 1].legend(fontsize=8) if len(store.layout.names) <= CLASSES else None
        some = "" if len(rows) == len(store) else f", {len(rows):,} of them shown"
        figure.suptitle(f"{len(store):,} images, kind: {store.card['source']['kind']}{some}")
        save(figure, path)


def measure(
    store: ImageStore, rows: np.ndarray
) -> tuple[Float[np.ndarray, "class channel y x"], Float[np.ndarray, "n channel"], Float[np.ndarray, "n channel"]]:
    """Give the mean image of each class, and of each image the filled pixels and the sum of each channel."""
    classes, shape = len(store.layout.names), store.layout.shape
    mean, count = np.zeros((classes, *shape)), np.zeros(classes)
    filled, total = np.zeros((len(rows), shape[0])), np.zeros((len(rows), shape[0]))
    for begin, batch in zip(range(0, len(rows), PIECE), store.follow(rows, size=PIECE), strict=True):
        some = slice(begin, begin + len(batch.rows))
        filled[some] = (batch.image != 0).sum(axis=(2, 3))
        total[some] = batch.image.sum(axis=(2, 3), dtype=float)
        for k in np.unique(batch.label):
            mean[k] += batch.image[batch.label == k].sum(axis=0, dtype=float)
            count[k] += (batch.label == k).sum()
    return mean / np.maximum(count, 1)[:, None, None, None], filled, total


def draw_mean(axes: Any, image: Float[np.ndarray, "y x"], highest: float) -> None:  # noqa: ANN401 - matplotlib axes
    """Draw the mean image of a class, dark where little is, over a scale of four decades."""
    from matplotlib.colors import SymLogNorm

    low = -highest if image.min() < 0 and image.min() < -0.05 * highest else 0.0
    colours = "RdBu_r" if low < 0 else "viridis"
    axes.imshow(image, norm=SymLogNorm(highest * 1e-4, vmin=low, vmax=highest), cmap=colours, interpolation="nearest")
    axes.set(xticks=[], yticks=[])


def draw_classes(
    axes: Any,  # noqa: ANN401 - matplotlib axes
    values: Float[np.ndarray, " n"],
    label: np.ndarray,
    names: tuple[str, ...],
    title: str,
) -> None:
    """Draw the distribution of a number, by class where there are few; the outermost thousandths are left out."""
    low, high = np.quantile(values, [0.001, 0.999])
    edges = np.linspace(low, high if high > low else low + 1, 50)
    groups = range(len(names)) if len(names) <= CLASSES else [-1]
    for k in groups:
        chosen = values if k < 0 else values[label == k]
        axes.hist(chosen, edges, histtype="step", color=CYCLE[max(k, 0)], label=names[k] if k >= 0 else None)
    axes.set_title(title, fontsize=9)
    axes.set(ylabel="images")
