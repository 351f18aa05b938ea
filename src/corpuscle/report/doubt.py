"""Pictures of how sure links are: where in space, how many, in which frames."""

from io import StringIO
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.report.style import BLACK, BLUE, GREY, VERMILION, styled
from corpuscle.report.tracks import find_busiest, make_box

MOST_LINES = 100_000
"""Links that are drawn at most, the least certain ones."""
MANY_LINES = 500
"""Beyond so many lines the page holds them as pixels."""
FAINT = 0.05
"""Links less likely wrong than this have no runner-up drawn."""


def draw_doubt(detections: Detections, links: Links, *, unit: str = "") -> str:
    """Draw all links coloured by their probability beside a closer look at the least certain place, as SVG.

    Uncertain links lie on top, and are drawn thicker. Of three dimensions x and y are drawn.

    Args:
        detections: what was linked.
        links: the links; those without a probability are grey.
        unit: the unit of the axes, where it is known.
    """
    with styled() as figure_class:
        figure = figure_class(figsize=(11, 5.6))
        whole, close = figure.subplots(1, 2)
        middle = detections.position[links.pair][:, :, :2].mean(axis=1)
        low, high = find_busiest(middle, doubt_of(links))
        for axes, width in ((whole, 0.7), (close, 1.2)):
            drawn = draw_links(axes, detections, links, width=width)
            behind = f" [{unit}]" if unit else ""
            axes.set(xlabel=f"x{behind}", ylabel=f"y{behind}", aspect="equal")
        draw_others(close, detections, links)
        whole.autoscale_view()
        whole.add_patch(make_box(low, high))
        whole.set_title("all links; the box is drawn closer", fontsize=10)
        close.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        close.set_title("closer: where the links are least certain", fontsize=10)
        figure.colorbar(drawn, ax=[whole, close], label="probability of the link", shrink=0.8, aspect=30)
        return as_svg(figure)


def draw_links(axes: Any, detections: Detections, links: Links, *, width: float) -> Any:  # noqa: ANN401 - matplotlib
    """Draw links by their probability, the least certain last."""
    from matplotlib.collections import LineCollection
    from matplotlib.colors import ListedColormap

    doubt = doubt_of(links)
    order = np.argsort(doubt, kind="stable")[-MOST_LINES:]
    position = detections.position[:, :2]
    lines = LineCollection(
        list(position[links.pair[order]]),
        array=1 - doubt[order],
        cmap=ListedColormap(read_colours(), name="doubt"),
        clim=(min(0.5, np.floor(10 * (1 - doubt.max(initial=0))) / 10), 1),
        linewidths=width * (1 + 2.5 * doubt[order]),
        capstyle="round",
        rasterized=len(order) > MANY_LINES,
    )
    axes.plot(*position.T, ".", color=GREY, markersize=2, zorder=0, rasterized=len(position) > MANY_LINES)
    return axes.add_collection(lines)


def draw_others(axes: Any, detections: Detections, links: Links) -> None:  # noqa: ANN401 - matplotlib axes
    """Draw the runners-up of the least certain links, dotted."""
    from matplotlib.collections import LineCollection

    if links.runner_up is None:
        return
    order = np.argsort(doubt_of(links), kind="stable")[-MANY_LINES:]
    order = order[(links.runner_up[order] >= 0) & (doubt_of(links)[order] > FAINT)]
    pair = np.stack([links.runner_up[order], links.pair[order, 1]], axis=1)
    position = detections.position[:, :2]
    dots = [(0, (1, 2))]
    axes.add_collection(LineCollection(list(position[pair]), colors=BLACK, linestyles=dots, linewidths=0.9))


def draw_amounts(frame: Int[np.ndarray, " m"], probability: Float[np.ndarray, " m"]) -> str:
    """Draw how many links have which probability, and how many wrong ones to expect in each frame, as SVG.

    Args:
        frame: the frame in which each link ends.
        probability: how likely each link is.
    """
    with styled() as figure_class:
        figure = figure_class(figsize=(11, 3.2))
        counts, frames = figure.subplots(1, 2)
        counts.hist(probability, np.linspace(0, 1, 41), color=BLUE)
        counts.set(xlabel="probability of the link", ylabel="links", xlim=(0, 1), yscale="log")
        when, place = np.unique(frame, return_inverse=True)
        wrong = np.bincount(place, 1 - probability)
        frames.fill_between(when, wrong, step="mid", color=VERMILION, alpha=0.25, linewidth=0)
        frames.step(when, wrong, where="mid", color=VERMILION, linewidth=1.2)
        frames.set(xlabel="frame in which the link ends", ylabel="expected wrong links")
        frames.set_ylim(bottom=0)
        if len(wrong):
            frames.axhline(wrong.mean(), color=BLACK, linewidth=0.8, linestyle=":", label=f"mean {wrong.mean():.3g}")
            frames.legend(loc="upper right")
        return as_svg(figure)


def read_colours() -> Float[np.ndarray, "c 4"]:
    """Give the colours from uncertain (dark blue) to sure (sand): cividis, made for colour-blind readers, less its end.

    Source: Nunez, Anderton and Renslow, PLoS ONE 13 (2018) e0199239.
    """
    import matplotlib as mpl

    colours: Float[np.ndarray, "c 4"] = np.asarray(mpl.colormaps["cividis"](np.linspace(0.0, 0.88, 256)))
    return colours


def doubt_of(links: Links) -> Float[np.ndarray, " m"]:
    """Give how likely each link is wrong; 0 where nothing is said."""
    if links.probability is None:
        return np.zeros(len(links))
    return np.asarray(1 - np.nan_to_num(links.probability, nan=1.0))


def as_svg(figure: Any) -> str:  # noqa: ANN401 - a matplotlib figure, whose import is late
    """Give a figure as the text of an SVG element."""
    text = StringIO()
    figure.savefig(text, format="svg")
    drawn = text.getvalue()
    return drawn[drawn.index("<svg") :]
