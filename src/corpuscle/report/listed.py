"""The picture of a study without an axis: one method below another, its score across."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap

import numpy as np

from corpuscle.report.bars import find_mean
from corpuscle.report.look import choose_look
from corpuscle.report.style import GREY, save, styled
from corpuscle.studies.study import Study
from corpuscle.studies.verdict import Row, choose_rows

LETTERS = 11
"""Letters of the title in an inch."""


def draw_listed(path: Path, study: Study, rows: Sequence[Row], said: str) -> None:
    """Draw the mean score of every method with two standard errors, and each repeat as a dot, and save the picture.

    Args:
        path: the picture to write (.png or .svg).
        study: the study.
        rows: its rows.
        said: how much each point stands on.
    """
    there = {row["method"] for row in rows}
    methods = [method for name, method in {one.name: one for one in study.methods}.items() if name in there]
    with styled() as figure_class:
        figure = figure_class(figsize=(4.0 + 3.5 * len(study.panels), 0.36 * len(methods) + 1.8))
        width = int(LETTERS * figure.get_size_inches()[0])
        axes_of = figure.subplots(1, len(study.panels), squeeze=False, sharey=True)[0]
        for axes, (score, words) in zip(axes_of, study.panels, strict=True):
            for place, method in enumerate(methods):
                ours = choose_rows(rows, method=method.name)
                values, (mean, error) = [row[score] for row in ours], find_mean(ours, score)
                look = {**choose_look(method.role, 0, method.label), "linestyle": "none"}
                axes.plot(values, [place] * len(values), ".", color=GREY, markersize=4)
                axes.errorbar([mean], [place], xerr=[2 * np.nan_to_num(error)], **look)
            axes.set(xlabel=words, ylim=(len(methods) - 0.5, -0.5))
            axes.grid(axis="x", linewidth=0.4)
        axes_of[0].set_yticks(range(len(methods)), [method.label for method in methods])
        lines = [*wrap(study.title, width), *wrap(f"{said}; dots: each repeat", width)]
        figure.suptitle("\n".join(lines), fontsize=11)
        save(figure, path)
