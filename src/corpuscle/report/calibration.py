"""A picture of calibration: how likely links were said to be against how many of them are true."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.metrics.calibration import Calibration
from corpuscle.report.style import CYCLE, GREY, save, styled

MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":")


def draw_calibration(path: Path, found: Mapping[str, Calibration], *, title: str) -> None:
    """Draw reliability diagrams in one picture, above the distribution of the probabilities, and save it.

    Points are bins of equal count, bars two standard errors (over scenes where there are several), the grey diagonal
    what right probabilities would show.

    Args:
        path: the picture to write (.png, .svg or .pdf).
        found: the links of each method, by its name; those without any are left out.
        title: what was linked.
    """
    with styled() as figure_class:
        figure = figure_class(figsize=(5.6, 7.6))
        curve, counts = figure.subplots(2, 1, height_ratios=(3, 1), sharex=True)
        curve.plot([0, 1], [0, 1], color=GREY, linewidth=1.0, label="right probabilities")
        for number, (name, one) in enumerate((name, one) for name, one in found.items() if len(one.right)):
            look = {"color": CYCLE[number % len(CYCLE)], "linestyle": LINES[number // len(CYCLE) % len(LINES)]}
            draw_curve(curve, one, marker=MARKERS[number % len(MARKERS)], label=tell_error(name, one), **look)
            edges = np.linspace(0, 1, 21)
            counts.hist(one.probability, edges, weights=np.full(len(one.right), 1 / len(one.right)), histtype="step",
                        linewidth=1.4, **look)  # fmt: skip
        curve.set(ylabel="share of links that are true", ylim=(-0.02, 1.02))
        counts.set(xlabel="probability of the link, as the method says", ylabel="share of links", xlim=(-0.02, 1.02))
        counts.set_yscale("log")
        figure.legend(*curve.get_legend_handles_labels(), loc="outside lower center", fontsize=9)
        figure.suptitle(title, fontsize=11)
        save(figure, path)


def draw_curve(axes: Any, one: Calibration, **look: Any) -> None:  # noqa: ANN401 - matplotlib's axes and looks
    """Draw the bins of one method."""
    curve = one.curve()
    low, high = np.minimum(2 * curve.error, curve.true), np.minimum(2 * curve.error, 1 - curve.true)
    axes.errorbar(curve.said, curve.true, (low, high), markersize=4.5, capsize=2, linewidth=1.4, **look)


def tell_error(name: str, one: Calibration) -> str:
    """Tell a method's calibration error, and that of chance alone."""
    return f"{name}: error {one.expected_error:.3f} (chance {one.floor:.3f}), {len(one.right):,} links"
