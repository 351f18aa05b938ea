"""A picture of a training: losses and accuracies, epoch by epoch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from corpuscle.report.style import BLUE, GREEN, ORANGE, save, styled
from corpuscle.training.history import Epoch

STEEP = 3.0
"""A loss that falls by more than this factor is drawn on a logarithmic axis."""


def draw_learning(path: Path, history: Sequence[Epoch], *, title: str, step: str = "optimiser step") -> None:
    """Draw the learning curve and save it.

    Args:
        path: the picture to write (.png, .svg or .pdf).
        history: the losses, epoch by epoch.
        title: what was trained, and how.
        step: what the losses are drawn along.
    """
    named = history[0].validation_accuracy is not None
    with styled() as figure_class:
        figure = figure_class(figsize=(9.6 if named else 6.4, 4.0))
        axes = figure.subplots(1, 1 + named, squeeze=False)[0]
        draw_losses(axes[0], history, step)
        if named:
            draw_accuracies(axes[1], history, step)
            figure.suptitle(title)
        else:
            axes[0].set_title(title, fontsize=10)
        save(figure, path)


def draw_losses(axes: Any, history: Sequence[Epoch], step: str) -> None:  # noqa: ANN401 - matplotlib's, whose import is late
    """Draw the losses."""
    losses = [loss for row in history for loss in (row.training_loss, row.validation_loss)]
    # a surprise may be below 0, and of a loss that changes little a logarithm shows odd numbers only
    steep = min(losses) > 0 and max(losses) > STEEP * min(losses)
    draw_lines(axes, history, "loss", step)
    axes.set(ylabel="loss", yscale="log" if steep else "linear")


def draw_accuracies(axes: Any, history: Sequence[Epoch], step: str) -> None:  # noqa: ANN401 - matplotlib's
    """Draw the share of the images that is named rightly."""
    draw_lines(axes, history, "accuracy", step)
    axes.set(ylabel="accuracy, share of images named rightly")


def draw_lines(axes: Any, history: Sequence[Epoch], what: str, step: str) -> None:  # noqa: ANN401 - matplotlib's
    """Draw what was measured in training, in validation, and of the test where that was asked for."""
    lines = {
        "training": ("training, as trained", BLUE, ".-"),
        "validation": ("validation, as used", ORANGE, ".-"),
        "test": ("test, as used; nothing is chosen by it", GREEN, ".:"),
    }
    for part, (label, color, style) in lines.items():
        value = [getattr(row, f"{part}_{what}", None) for row in history]
        if value[0] is not None:
            axes.plot([row.step for row in history], value, style, color=color, label=label)
    axes.set(xlabel=step)
    axes.legend()
