"""A picture of a store of images: the mean image of each class, how many pixels are filled, and what they hold."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.data.images import Images
from corpuscle.io.images.card import tell_kind
from corpuscle.io.images.store import ImageStore
from corpuscle.report.style import CYCLE, save, styled

MOST = 5_000
"""Images that are drawn; of more, as many by chance."""

CLASSES = 4
"""Classes whose mean image is drawn; the others are in the distributions."""


def draw_card(store: ImageStore, path: Path) -> None:
    """Draw what is in a store, and save the picture.

    Args:
        store: the images.
        path: the picture to write.
    """
    rows = np.sort(np.random.default_rng(0).permutation(len(store))[:MOST])
    images = store.images.choose(rows)
    mean, filled, total = measure(images)
    shown, channels = min(CLASSES, len(store.layout.names)), store.layout.shape[0]
    label = images.label
    with styled() as figure_class:
        figure = figure_class(figsize=(2.6 * max(shown, 2) + 8.4, 2.5 * channels + 0.6))
        grid = figure.subplots(channels, shown + 2, squeeze=False)
        for channel in range(channels):
            highest = max(float(np.abs(mean[:shown, channel]).max()), 1e-30)
            name = store.layout.channels[channel]
            for k in range(shown):
                drawn = draw_mean(grid[channel, k], mean[k, channel], highest)
                grid[channel, k].set_title(f"mean image: {store.layout.names[k]}", fontsize=9)
            bar = figure.colorbar(drawn, ax=list(grid[channel, :shown]), shrink=0.9)
            bar.set_label(f"mean {name}", fontsize=8)
            bar.ax.tick_params(labelsize=7)
            draw_classes(grid[channel, shown], filled[:, channel], label, store.layout.names, f"filled pixels: {name}")
            draw_classes(grid[channel, shown + 1], total[:, channel], label, store.layout.names, f"sum: {name}")
        grid[0, shown + 1].legend(fontsize=8) if len(store.layout.names) <= CLASSES else None
        some = "" if len(rows) == len(store) else f", {len(rows):,} of them shown"
        figure.suptitle(f"{len(store):,} images, kind: {tell_kind(store.card['source'])}{some}")
        save(figure, path)


def measure(
    images: Images,
) -> tuple[Float[np.ndarray, "class channel y x"], Float[np.ndarray, "n channel"], Float[np.ndarray, "n channel"]]:
    """Give the mean image of each class drawn, and of each image the filled pixels and the sum of each channel."""
    (channels, height, width), size = images.shape, int(np.prod(images.shape))
    row = np.repeat(np.arange(len(images)), images.filled)
    place = row * channels + images.index // (height * width)
    filled, total = (
        np.bincount(place, weights, len(images) * channels).reshape(-1, channels).astype(float)
        for weights in (None, images.value)
    )
    mean = []
    for k in range(min(CLASSES, len(images.names))):
        mine = images.label[row] == k
        held = np.bincount(images.index[mine], images.value[mine], size).reshape(images.shape)
        mean.append(held / max(int((images.label == k).sum()), 1))
    return np.stack(mean), filled, total


def draw_mean(axes: Any, image: Float[np.ndarray, "y x"], highest: float) -> Any:  # noqa: ANN401 - matplotlib's
    """Draw the mean image of a class, dark where little is, over a scale of four decades; give what was drawn."""
    from matplotlib.colors import SymLogNorm

    low = -highest if image.min() < 0 and image.min() < -0.05 * highest else 0.0
    colours = "RdBu_r" if low < 0 else "viridis"
    axes.set(xlabel="x [pixel]", ylabel="y [pixel]", xticks=[0, image.shape[1] - 1], yticks=[0, image.shape[0] - 1])
    norm = SymLogNorm(highest * 1e-4, vmin=low, vmax=highest)
    return axes.imshow(image, norm=norm, cmap=colours, interpolation="nearest")


def draw_classes(
    axes: Any,  # noqa: ANN401 - matplotlib axes
    values: Float[np.ndarray, " n"],
    label: np.ndarray,
    names: tuple[str, ...],
    title: str,
) -> None:
    """Draw the distribution of a number, by class where there are few; the outermost thousandths are left out."""
    edges = find_edges(values)
    groups = range(len(names)) if len(names) <= CLASSES else [-1]
    for k in groups:
        chosen = values if k < 0 else values[label == k]
        axes.hist(chosen, edges, histtype="step", color=CYCLE[max(k, 0)], label=names[k] if k >= 0 else None)
    axes.set_title(title, fontsize=9)
    axes.set(ylabel="images")


def find_edges(values: Float[np.ndarray, " n"]) -> Float[np.ndarray, " edge"]:
    """Give the edges of about fifty bins, each with as many whole numbers as the next where all are whole.

    >>> find_edges(np.array([1.0, 2.0, 4.0])).tolist()
    [0.5, 1.5, 2.5, 3.5, 4.5]
    """
    low, high = np.quantile(values, [0.001, 0.999], method="nearest")
    if (values == np.round(values)).all():
        step = max(1.0, float(np.ceil((high - low) / 50)))
        return np.arange(low - 0.5, high + step, step)
    return np.linspace(low, high if high > low else low + 1, 50)
