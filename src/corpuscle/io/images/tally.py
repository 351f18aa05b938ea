"""What is counted while images are written: classes, empty images, ranges, and whether labels agree with physics."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from corpuscle.data.images import Images
from corpuscle.data.images_kernel import count_filled, widen_ranges
from corpuscle.io.images.card import MOST_ROWS
from corpuscle.io.images.layout import ImageLayout


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts that do not depend on how the images were cut into pieces.

    Args:
        images: of each class.
        empty: images of each class without a filled pixel.
        empty_channels: images without a filled pixel in each channel.
        empty_rows: the first rows without a filled pixel.
        filled: for each class and channel, the sum of the numbers of filled pixels of an image, and of their squares.
        channels: the least and the most of the filled pixels of each channel.
        columns: the least and the most of each column.
    """

    images: list[int]
    empty: list[int]
    empty_channels: list[int]
    empty_rows: list[int] = field(default_factory=list)
    filled: list[list[list[int]]]
    channels: list[list[float]]
    columns: dict[str, list[float]]

    def add(self, images: Images, first: int) -> None:
        """Count more images, of which the first stands in row `first` of the store."""
        channels, height, width = images.shape
        area = height * width
        label = images.label.astype(np.int64)
        count = count_filled(images.indptr, images.index, area, channels)
        empty = ~count.any(axis=1)
        for k in range(len(self.images)):
            mine = label == k
            self.images[k] += int(mine.sum())
            self.empty[k] += int((mine & empty).sum())
            for channel in range(channels):
                self.filled[k][channel][0] += int(count[mine, channel].sum())
                self.filled[k][channel][1] += int((count[mine, channel] ** 2).sum())
        for channel in range(channels):
            self.empty_channels[channel] += int((count[:, channel] == 0).sum())
        self.empty_rows = (self.empty_rows + (np.flatnonzero(empty) + first).tolist())[:MOST_ROWS]
        ranges = np.array([widest(pair) for pair in self.channels])
        widen_ranges(images.index, images.value, area, ranges)
        self.channels = [known(low, high) for low, high in ranges.tolist()]
        for name, values in images.columns.items():
            low, high = widest(self.columns[name])
            if len(values):
                self.columns[name] = [min(low, float(values.min())), max(high, float(values.max()))]


def begin_tally(layout: ImageLayout) -> Tally:
    """Begin to count."""
    classes, channels = len(layout.names), layout.shape[0]
    return Tally(
        images=[0] * classes,
        empty=[0] * classes,
        empty_channels=[0] * channels,
        filled=[[[0, 0] for _ in range(channels)] for _ in range(classes)],
        channels=[[] for _ in range(channels)],
        columns={name: [] for name in layout.columns},
    )


def widest(pair: list[float]) -> tuple[float, float]:
    """Give a range; one of nothing is empty."""
    return (pair[0], pair[1]) if pair else (np.inf, -np.inf)


def known(low: float, high: float) -> list[float]:
    """Keep a range of something."""
    return [low, high] if low <= high else []


def judge_labels(tally: Tally, names: tuple[str, ...], *, channel: int, more: str, what: str) -> dict[str, Any]:
    """Compare labels with physics: which class has more filled pixels of a channel, by how many standard errors.

    Args:
        tally: what was counted.
        names: of the two classes.
        channel: whose pixels are counted.
        more: the class that must have more of them.
        what: the pixels, for people.

    Returns:
        The means of both classes, the difference in standard errors, the verdict: `agree`, `disagree` or `open`
        (below three standard errors), and a sentence.
    """
    mean, variance = [], []
    for k in range(2):
        count, (total, squares) = max(tally.images[k], 1), tally.filled[k][channel]
        mean.append(total / count)
        variance.append(max(squares / count - mean[-1] ** 2, 0.0) / count)
    expected = names.index(more)
    other = names[1 - expected]
    error = float(np.sqrt(sum(variance)))
    apart = (mean[expected] - mean[1 - expected]) / error if error > 0 else 0.0
    verdict = "open" if abs(apart) < SURE else "agree" if apart > 0 else "disagree"
    said = f"{mean[expected]:.1f} {what} in {more} images, {mean[1 - expected]:.1f} in {other} images"
    told = {
        "agree": "as physics expects",
        "disagree": f"but physics expects more of them in {more} images: the labels may stand the other way round",
        "open": f"too near ({abs(apart):.1f} standard errors) to tell whether the labels are right",
    }
    return {"mean": mean, "apart": apart, "verdict": verdict, "told": f"labels: {said}, {told[verdict]}"}


SURE = 3.0
"""Standard errors from which on labels are believed."""
