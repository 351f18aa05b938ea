"""A picture of labels: the ROC curve with its band, reliability, and the score of each class."""

from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.labels import Labels
from corpuscle.metrics.classes.passing import draw_roc, find_passing
from corpuscle.metrics.classes.score import LabelScores
from corpuscle.metrics.classes.share import find_share_interval
from corpuscle.report.style import CYCLE, GREY, save, styled

SHOWN = 6
"""Classes that are drawn, those with the most images first."""

SHARES = np.linspace(0.01, 0.99, 99)
"""Shares of the signal that the band is found for."""

LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 3)))


def draw_labels(path: Path, labels: Labels, truth: np.ndarray, scores: LabelScores, *, title: str) -> None:
    """Draw how well images were told apart, and save the picture.

    Bands and bars are 95 % intervals (of shares Wilson's: none of few is not none of all), the grey diagonals chance
    (left) and right probabilities.

    Args:
        path: the picture to write (.png, .svg or .pdf).
        labels: the probability of each class.
        truth: the number of each image's class.
        scores: what came out.
        title: what was judged.
    """
    with styled() as figure_class:
        figure = figure_class(figsize=(13.5, 4.6))
        figure.get_layout_engine().set(w_pad=0.12)
        roc, reliability, distribution = figure.subplots(1, 3)
        draw_curves(roc, labels, truth, scores)
        draw_reliability(reliability, scores, binary=len(labels.names) == 2)
        draw_distributions(distribution, labels, truth)
        low, high = scores.ranking.interval
        said = f"{title}: {scores.images:,} images, AUC {scores.ranking.value:.4f} (95 %: {low:.4f} to {high:.4f})"
        figure.suptitle(said, fontsize=11)
        save(figure, path)


def draw_curves(axes: Any, labels: Labels, truth: np.ndarray, scores: LabelScores) -> None:  # noqa: ANN401 - matplotlib
    """Draw the ROC curve of each class that was scored, with its band."""
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1.0, label="chance")
    shown = sorted(scores.classes, key=lambda one: -one.images)[:SHOWN]
    for number, one in enumerate(shown):
        k = labels.names.index(one.name)
        score, positive = labels.probability[:, k], truth == k
        curve = draw_roc(score, positive)
        band = find_passing(score, positive, SHARES, np.random.default_rng(0))
        low, high = one.ranking.interval
        label = f"{one.name}: {one.ranking.value:.3f} ({low:.3f} to {high:.3f})"
        look = {"color": CYCLE[number], "linestyle": LINES[number]}
        axes.plot(curve.background, curve.signal, linewidth=1.4, label=label, **look)
        known = "95 % interval" if number == 0 else None
        axes.fill_betweenx(SHARES, band.low, band.high, color=CYCLE[number], alpha=0.25, linewidth=0, label=known)
    axes.set(xlabel="share of other images that passes", ylabel="share of the class that passes", title="ROC, and AUC")
    axes.set(xlim=(-0.01, 1.01), ylim=(-0.01, 1.01))
    axes.legend(fontsize=8, loc="lower right")


def draw_reliability(axes: Any, scores: LabelScores, *, binary: bool) -> None:  # noqa: ANN401 - matplotlib
    """Draw what was said against what is true, bin by bin."""
    curve = scores.reliability
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1.0, label="right probabilities")
    right = curve.true * curve.count
    span = np.array(
        [find_share_interval(float(one), int(count)) for one, count in zip(right, curve.count, strict=True)]
    )
    reach = np.maximum([curve.true - span[:, 0], span[:, 1] - curve.true], 0.0)
    label = f"with 95 %; error {curve.expected_error:.4f} (chance {scores.floor:.4f})"
    axes.errorbar(curve.said, curve.true, reach, fmt="o-", color=CYCLE[0], markersize=4.5, capsize=2, label=label)
    of, what = (scores.classes[0].name,) * 2 if binary else ("the likeliest class", "right")
    axes.set(
        xlabel=f"probability of {of}", ylabel=f"share of images that is {what}", title="reliability", xlim=(-0.02, 1.02)
    )
    axes.set(ylim=(-0.02, 1.02))
    axes.legend(fontsize=8, loc="upper left")


def draw_distributions(axes: Any, labels: Labels, truth: np.ndarray) -> None:  # noqa: ANN401 - matplotlib
    """Draw the score by class: of two classes, the second's probability; of more, that of each image's own class."""
    edges = np.linspace(0, 1, 41)
    binary = len(labels.names) == 2
    count = np.bincount(truth, minlength=len(labels.names))
    for number, k in enumerate(np.argsort(-count, kind="stable")[:SHOWN]):
        own = truth == k
        score = labels.probability[own, 1 if binary else k]
        look = {"color": CYCLE[number], "linestyle": LINES[number], "label": f"{labels.names[k]} ({count[k]:,})"}
        if own.any():
            axes.hist(score, edges, weights=np.full(len(score), 1 / len(score)), histtype="step", linewidth=1.4, **look)
    of = f"probability of {labels.names[1]}" if binary else "probability of the image's own class"
    axes.set(xlabel=of, ylabel="share of the images of a class", title="scores by class", xlim=(-0.02, 1.02))
    axes.legend(fontsize=8)
