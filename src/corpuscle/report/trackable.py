"""A picture of what linking will give: link Jaccard as frames are taken less often, or particles stand closer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.report.style import BLUE, GREY, ORANGE, save, styled
from corpuscle.studies.linking.trackable import BARS, Level, Trackability


def draw_trackable(path: Path, found: Trackability, *, title: str) -> None:
    """Draw the link Jaccard and the bias of a diffusion coefficient at each level, and save the picture.

    Args:
        path: the picture to write (.png, .svg or .pdf).
        found: what is expected.
        title: what is foreseen.
    """
    columns = (
        (found.intervals, "frame interval, times the present one"),
        (found.densities, "density, times the present one"),
    )
    with styled() as figure_class:
        figure = figure_class(figsize=(9.0, 6.4))
        grid = figure.subplots(2, 2, sharex="col", sharey="row")
        for place, (levels, words) in enumerate(columns):
            draw_jaccard(grid[0, place], levels)
            draw_bias(grid[1, place], levels)
            grid[1, place].set_xlabel(words)
            grid[1, place].set_xscale("log", base=2)
            ticks = [level.factor for level in levels]
            grid[1, place].set_xticks(ticks, [f"x{tick:g}" for tick in ticks])
        grid[0, 0].set_ylabel("Jaccard of links")
        grid[1, 0].set_ylabel("diffusion coefficient, off by [%]")
        handles, labels = grid[0, 0].get_legend_handles_labels()
        more = grid[1, 0].get_legend_handles_labels()
        figure.legend(handles + more[0], labels + more[1], loc="outside lower center", ncols=2, fontsize=9)
        figure.suptitle(title, fontsize=11)
        save(figure, path)


def draw_jaccard(axes: Any, levels: Sequence[Level]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw the link Jaccard of each level."""
    factor = [level.factor for level in levels]
    axes.fill_between(
        factor, [level.low for level in levels], [level.high for level in levels], color=BLUE, alpha=0.18, linewidth=0,
        label="eight of ten scenes lie within",
    )  # fmt: skip
    axes.errorbar(
        factor, [level.jaccard for level in levels], [2 * level.error for level in levels], color=BLUE, marker="o",
        markersize=4.5, capsize=2, label="mean Jaccard over scenes, two standard errors",
    )  # fmt: skip
    for bar in BARS:
        axes.axhline(
            bar, color=GREY, linewidth=0.8, linestyle=":", label=f"{BARS[0]:g} and {BARS[1]:g}" * (bar == BARS[0])
        )
    axes.set_ylim(min(0.0, *(level.low for level in levels)), 1.02)


def draw_bias(axes: Any, levels: Sequence[Level]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw by how much a diffusion coefficient is off at each level."""
    axes.axhline(0, color=GREY, linewidth=0.8, linestyle=":")
    axes.errorbar(
        [level.factor for level in levels], [100 * level.diffusion_bias for level in levels],
        [200 * np.nan_to_num(level.diffusion_error) for level in levels], color=ORANGE, marker="s", markersize=4.5,
        capsize=2, label="diffusion coefficient of the links against that of the true ones",
    )  # fmt: skip
