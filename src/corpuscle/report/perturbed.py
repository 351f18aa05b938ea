"""The picture of a study of perturbations: a panel each, in its own unit, the score falling as it grows."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np

from corpuscle.report.bars import find_mean
from corpuscle.report.look import choose_look
from corpuscle.report.style import GREY, save, styled
from corpuscle.studies.study import Role, Study
from corpuscle.studies.verdict import Row, choose_rows

ACROSS = 3
"""Panels in a row."""

CHANCE = 0.5
"""The AUC of a method that knows nothing."""

LINE = 130
"""Letters in a line of the title."""


def draw_perturbed(path: Path, study: Study, rows: Sequence[Row], said: str) -> None:
    """Draw the score of every method against the strength of each perturbation, and save the picture.

    Args:
        path: the picture to write (.png or .svg).
        study: the study, whose only facet names the perturbation with its unit.
        rows: its rows.
        said: how much each point stands on.
    """
    kinds = list(dict.fromkeys(row[study.facets[0]] for row in rows))
    score, words = study.panels[0]
    down = -(-len(kinds) // ACROSS)
    with styled() as figure_class:
        figure = figure_class(figsize=(4.4 * min(ACROSS, len(kinds)), 3.1 * down + 1.6))
        grid = figure.subplots(down, min(ACROSS, len(kinds)), squeeze=False, sharey=True)
        for axes, kind in zip(grid.ravel(), kinds, strict=False):
            draw_kind(axes, study, choose_rows(rows, **{study.facets[0]: kind}), score)
            axes.set(xlabel=kind)
        for axes in grid.ravel()[len(kinds) :]:
            axes.set_axis_off()
        for line in grid:
            line[0].set_ylabel(words)
        handles, labels = grid[0][0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=9)
        figure.suptitle("\n".join(wrap(study.title, LINE) + wrap(said, LINE)), fontsize=11)
        save(figure, path)


def draw_kind(axes: Any, study: Study, rows: Sequence[Row], score: str) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw one perturbation; strengths stand side by side at even distances, each with its number."""
    axis = study.axis[0]
    places = sorted({row[axis] for row in rows})
    taken: dict[Role, int] = {}
    methods = list({one.name: one for one in study.methods}.values())
    for number, method in enumerate(methods):
        look = choose_look(method.role, taken.get(method.role, 0), method.label)
        taken[method.role] = taken.get(method.role, 0) + 1
        ours = choose_rows(rows, method=method.name)
        if ours:
            aside = 0.05 * (number - (len(methods) - 1) / 2)
            draw_line(axes, [choose_rows(ours, **{axis: place}) for place in places], score, aside, look)
    axes.axhline(CHANCE, color=GREY, linewidth=0.8, linestyle=":")
    axes.set_xticks(range(len(places)), [f"{place:g}" for place in places])


def draw_line(
    axes: Any,  # noqa: ANN401 - matplotlib's axes
    cells: Sequence[Sequence[Row]],
    score: str,
    aside: float,
    look: dict[str, Any],
) -> None:
    """Draw a method: means over repeats, bars two standard errors, the larger of images' and repeats' own."""
    found = [find_mean(rows, score) for rows in cells]
    bars = [2 * np.nan_to_num(error) for _, error in found]
    axes.errorbar(np.arange(len(cells)) + aside, [mean for mean, _ in found], bars, **look)
