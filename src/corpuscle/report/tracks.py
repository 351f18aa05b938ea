"""A picture of tracks: where particles went, and which links are right."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.scene import Scene, true_links
from corpuscle.data.tracks import ALONE, Tracks
from corpuscle.metrics.links import number_pairs
from corpuscle.report.style import BLACK, BLUE, CYCLE, GREY, ORANGE, VERMILION, save, styled


def draw_tracks(path: Path, scene: Scene, links: Links, tracks: Tracks, *, title: str, unit: str = "px") -> None:
    """Draw all tracks of a scene beside a closer look at which links are right, and save the picture.

    Args:
        path: the picture to write (.png, .svg or .pdf).
        scene: the detections and their truth.
        links: the links that were found.
        tracks: the same links as tracks.
        title: what was linked, and how.
        unit: the unit of the axes.
    """
    with styled() as figure_class:
        figure = figure_class(figsize=(11, 5.4))
        whole, close = figure.subplots(1, 2)
        draw_whole(whole, scene.detections, tracks)
        low, high = find_busiest(scene.detections.position[:, :2])
        draw_links(close, scene, links)
        close.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), title="closer: which links are right")
        whole.add_patch(make_box(low, high))
        whole.set(title=f"{int(tracks.label.max(initial=-1)) + 1} tracks in six colours; the box is drawn closer")
        for axes in (whole, close):
            axes.set(xlabel=f"x [{unit}]", ylabel=f"y [{unit}]", aspect="equal")
        figure.legend(*close.get_legend_handles_labels(), loc="outside lower center", ncols=5, handlelength=2.5)
        figure.suptitle(title)
        save(figure, path)


def draw_whole(axes: Any, detections: Detections, tracks: Tracks) -> None:  # noqa: ANN401 - matplotlib axes
    """Draw every track in a colour of the cycle, and detections in no track as grey dots."""
    from matplotlib.collections import LineCollection

    order = np.lexsort((detections.frame, tracks.label))
    label = tracks.label[order]
    cuts = np.flatnonzero(np.diff(label)) + 1
    lines = [rows for rows in np.split(order, cuts) if len(rows) > 1 and tracks.label[rows[0]] != ALONE]
    colours = [CYCLE[int(tracks.label[rows[0]]) % len(CYCLE)] for rows in lines]
    paths = [detections.position[rows][:, :2] for rows in lines]
    axes.add_collection(LineCollection(paths, colors=colours, linewidths=0.9))
    alone = detections.position[tracks.label == ALONE]
    axes.plot(alone[:, 0], alone[:, 1], ".", color=GREY, markersize=2)
    axes.autoscale_view()


def draw_links(axes: Any, scene: Scene, links: Links) -> None:  # noqa: ANN401 - matplotlib axes
    """Draw right, wrong and missed links apart, and false detections."""
    from matplotlib.collections import LineCollection

    position = scene.detections.position[:, :2]
    found, true = links.pair, true_links(scene.truth).pair
    right = np.isin(number_pairs(found), number_pairs(true))
    missed = true[~np.isin(number_pairs(true), number_pairs(found))]
    kinds = [
        ("right link", found[right], BLUE, "solid", 1.0),
        ("wrong link", found[~right], VERMILION, "solid", 2.2),
        ("missed link", missed, BLACK, (0, (1.5, 1.5)), 1.4),
    ]
    for name, pairs, colour, style, width in kinds:
        lines = LineCollection(list(position[pairs]), colors=colour, linestyles=[style], linewidths=width, label=name)
        axes.add_collection(lines)
    axes.plot(position[:, 0], position[:, 1], ".", color=GREY, markersize=2.5, label="detection", zorder=1)
    false = np.ones(len(position), dtype=bool)
    if scene.truth.detection is not None:
        false[scene.truth.detection[scene.truth.detection >= 0]] = False
    axes.plot(*position[false].T, "x", color=ORANGE, markersize=5, label="false detection")


def find_busiest(
    position: Float[np.ndarray, "n 2"], weight: Float[np.ndarray, " n"] | None = None
) -> tuple[Float[np.ndarray, " 2"], Float[np.ndarray, " 2"]]:
    """Find the square, a third of the picture wide, that holds most detections, or most weight."""
    if not len(position):
        return np.zeros(2), np.ones(2)
    low, high = position.min(axis=0), position.max(axis=0)
    side = max(float((high - low).max()) / 3, 1e-9)
    bins = [np.arange(low[d], max(high[d], low[d] + side) + side / 2, side / 2) for d in range(2)]
    counts = np.histogram2d(position[:, 0], position[:, 1], bins=bins, weights=weight)[0]
    blocks = counts[:-1, :-1] + counts[1:, :-1] + counts[:-1, 1:] + counts[1:, 1:]
    x, y = np.unravel_index(int(blocks.argmax()), blocks.shape)
    corner = np.array([bins[0][x], bins[1][y]])
    return corner, corner + side


def make_box(low: Float[np.ndarray, " 2"], high: Float[np.ndarray, " 2"]) -> Any:  # noqa: ANN401 - a matplotlib patch
    """Make the outline of the part that is drawn closer."""
    from matplotlib.patches import Rectangle

    return Rectangle((low[0], low[1]), *(high - low), fill=False, edgecolor=BLACK, linewidth=1.0)
