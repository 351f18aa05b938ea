"""The picture of a study of patches and layers: accuracies, times, the front, and the learning curves of every net."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.report.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, save, styled
from corpuscle.studies.patches.explained import explain_rows, take_time
from corpuscle.studies.patches.front import find_front, list_axes
from corpuscle.studies.verdict import Row, choose_rows, list_methods, mean_and_error, mean_score

LOOKS: Mapping[int, tuple[str, str]] = {
    0: (GREY, "X"), 2: (BLUE, "o"), 4: (ORANGE, "s"), 8: (GREEN, "^"), 16: (PURPLE, "D"),
}  # fmt: skip
"""Colour and marker by layers, and by patch size."""

OTHER = {1: (SKY, "v"), **LOOKS}
KINDS = {"beyond": (VERMILION, "*"), "recipe": (BLACK, "P"), "token": (VERMILION, "*"), "mean": (BLACK, "P"),
         "positions": (SKY, "h")}  # fmt: skip
"""Colour and marker of nets beside the grid."""

ACROSS = 4
"""Learning curves side by side where nets are no grid."""


def draw_patches(path: Path, title: str, rows: Sequence[Row]) -> None:
    """Draw the pictures of a study of patches and layers into one figure and save it.

    Args:
        path: the picture to write (.png or .svg).
        title: the title.
        rows: the rows of the study.
    """
    lines = list_lines(rows)
    across = max(map(len, lines))
    with styled() as figure_class:
        figure = figure_class(figsize=(max(3.0 * across, 13.0), 4.4 + 2.2 * len(lines)))
        above, below = figure.subfigures(2, 1, height_ratios=(3.8, 2.2 * len(lines)))
        if is_beyond(rows):
            axes = above.subplots(1, 2)
            draw_nets(axes[0], rows)
        else:
            axes = above.subplots(1, 4)
            draw_accuracy(axes[0], rows)
            draw_times(axes[1], rows, "multiply_adds")
            draw_times(axes[2], rows, "parameters")
        draw_front(axes[-1], rows, "b" if is_beyond(rows) else "d")
        draw_curves(below, lines, rows, across)
        row = rows[0]
        seeds = len({one["seed"] for one in rows})
        said = f"{row['images']}: {row['epochs']} epochs, {seeds} seed{'s' if seeds > 1 else ''}"
        more = "; bars: two standard errors over seeds" if seeds > 1 else ", no intervals"
        figure.suptitle(f"{title}\n{said}{more}", fontsize=12)
        save(figure, path)


def is_beyond(rows: Sequence[Row]) -> bool:
    """Tell whether rows are of nets beyond the grid."""
    return any(row["kind"] == "beyond" for row in rows)


def list_lines(rows: Sequence[Row]) -> list[list[str]]:
    """List the nets whose learning curves stand in each line: a patch size, and those that are no cells."""
    cells = choose_rows(rows, kind="cell")
    if is_beyond(rows):
        names = list_methods(rows)
        return [names[begin : begin + ACROSS] for begin in range(0, len(names), ACROSS)]
    lines = [list_methods(choose_rows(cells, patch=patch)) for patch in list_axes(cells)[0]]
    others = [name for name in list_methods(rows) if name not in list_methods(cells)]
    return [*lines, *([others] if others else [])]


def draw_accuracy(axes: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw test accuracy against patch size, a line a number of layers."""
    cells = choose_rows(rows, kind="cell")
    patches, depths = list_axes(cells)
    for depth in depths:
        here = [patch for patch in patches if choose_rows(cells, patch=patch, depth=depth)]
        points = [mean_and_error(100 * read(choose_rows(cells, patch=patch, depth=depth), "test_accuracy"))
                  for patch in here]  # fmt: skip
        mean, error = np.array(points).T
        colour, marker = LOOKS[depth]
        label = f"{depth} layers" if depth else "no layers"
        axes.errorbar(here, mean, 2 * np.nan_to_num(error), color=colour, marker=marker, markersize=5, capsize=2,
                      linestyle="-" if depth else ":", label=label)  # fmt: skip
    axes.set_xscale("log", base=2)
    axes.set_xticks(patches, [str(patch) for patch in patches])
    axes.minorticks_off()
    axes.invert_xaxis()
    axes.set(xlabel="patch [pixel]", ylabel="test accuracy [%]")
    axes.set_title("a  Accuracy", fontsize=10, loc="left")
    axes.legend(fontsize=7)


def draw_nets(axes: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw the accuracies of every net, after the last epoch and after the one that validation would choose."""
    names = list_methods(rows)[::-1]
    looks = {"test_accuracy": (BLUE, "o", 0.12, "after the last epoch"),
             "chosen_test_accuracy": (ORANGE, "s", -0.12, "after the best epoch by validation")}  # fmt: skip
    for score, (colour, marker, aside, label) in looks.items():
        mean, error = 100 * np.array([mean_score(rows, score, name) for name in names]).T
        axes.errorbar(mean, np.arange(len(names)) + aside, xerr=2 * np.nan_to_num(error), color=colour, marker=marker,
                      markersize=5, capsize=2, linestyle="", label=label)  # fmt: skip
    axes.set_yticks(range(len(names)), names)
    axes.set(xlabel="test accuracy [%]")
    axes.set_title("a  Accuracy", fontsize=10, loc="left")
    axes.legend(fontsize=8)


def number_log(axis: Any, values: np.ndarray) -> None:  # noqa: ANN401 - matplotlib's axis
    """Number a logarithmic axis by 1, 2, 5, 10, 20 ... as far as values go."""
    steps = [step * 10.0**power for power in range(-3, 6) for step in (1, 2, 5)]
    ticks = [step for step in steps if values.min() / 2.1 <= step <= values.max() * 2.1]
    axis.set_ticks(ticks, [f"{tick:g}" for tick in ticks])
    axis.set_ticks([], minor=True)


def read(rows: Sequence[Row], score: str) -> np.ndarray:
    """Read a score."""
    return np.array([float(row[score]) for row in rows])


def draw_times(axes: Any, rows: Sequence[Row], counted: str) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw the time of a step against multiply-adds or parameters, and say how much the fit with layers explains."""
    cells = choose_rows(rows, kind="cell")
    for depth in list_axes(cells)[1]:
        here = choose_rows(cells, depth=depth)
        colour, marker = LOOKS[depth]
        axes.plot(read(here, counted) / 1e6, [1e3 * take_time(row) for row in here], marker, color=colour, markersize=5)
    words = counted.replace("_", "-")
    axes.set(xscale="log", yscale="log", xlabel=f"{words}, millions", ylabel="time of a step [ms]")
    number_log(axes.xaxis, read(cells, counted) / 1e6)
    number_log(axes.yaxis, np.array([1e3 * take_time(row) for row in cells]))
    letter = "b" if counted == "multiply_adds" else "c"
    share = explain_rows(cells, counted).share if len(cells) > 3 else float("nan")
    axes.set_title(f"{letter}  Time (colours as in a): R² {share:.3f}", fontsize=9, loc="left")


def draw_front(axes: Any, rows: Sequence[Row], letter: str) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw accuracy against multiply-adds; those best for their cost are joined."""
    costs = {row["method"]: row["multiply_adds"] / 1e6 for row in rows}
    for name, cost in costs.items():
        row = choose_rows(rows, method=name)[0]
        colour, marker = KINDS.get(row["kind"]) or OTHER[row["patch"]]
        mean, error = mean_score(rows, "test_accuracy", name)
        known = {text.get_label() for text in axes.containers}
        label = f"patch {row['patch']}" if row["kind"] == "cell" else row["kind"]
        axes.errorbar(cost, 100 * mean, 200 * np.nan_to_num(error), color=colour, marker=marker, markersize=6,
                      capsize=2, linestyle="", label=label if label not in known else "_")  # fmt: skip
    front = find_front(rows)
    axes.plot([costs[name] for name in front], [100 * mean_score(rows, "test_accuracy", name)[0] for name in front],
              color=BLACK, linewidth=0.8, zorder=0, label="best for their cost")  # fmt: skip
    axes.set(xscale="log", xlabel="multiply-adds of an image, millions", ylabel="test accuracy [%]")
    number_log(axes.xaxis, np.array(list(costs.values())))
    axes.set_title(f"{letter}  Accuracy against cost", fontsize=10, loc="left")
    axes.legend(fontsize=7)


def draw_curves(figure: Any, lines: Sequence[Sequence[str]], rows: Sequence[Row], across: int) -> None:  # noqa: ANN401
    """Draw the learning curves of every net, each seed thin, the mean thick."""
    grid = figure.subplots(len(lines), across, squeeze=False, sharex=True, sharey=True)
    for axes in grid.ravel():
        axes.set_visible(False)
    for line, names in zip(grid, lines, strict=True):
        for axes, name in zip(line, names, strict=False):
            axes.set_visible(True)
            draw_curve(axes, choose_rows(rows, method=name))
            axes.set_title(name, fontsize=9, loc="left")
            axes.tick_params(labelbottom=True)
        line[0].set_ylabel("accuracy [%]")
    for column in grid.T:
        lowest = [axes for axes in column if axes.get_visible()][-1]
        lowest.set_xlabel("epoch")
        lowest.xaxis.get_major_locator().set_params(integer=True)
    grid[0][0].legend(fontsize=7)


def draw_curve(axes: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw the learning curve of one net."""
    for part, colour, line in (("training", BLUE, "-"), ("validation", ORANGE, "--"), ("test", BLACK, ":")):
        curves = 100 * np.array([row[f"curve_{part}_accuracy"] for row in rows])
        epoch = np.arange(1, curves.shape[1] + 1)
        if len(curves) > 1:
            axes.plot(epoch, curves.T, color=colour, linestyle=line, linewidth=0.5, alpha=0.4)
        axes.plot(epoch, curves.mean(axis=0), color=colour, linestyle=line, linewidth=1.5, label=part)
