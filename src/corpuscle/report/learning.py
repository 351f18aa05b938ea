"""A picture of a training: the losses, epoch by epoch."""

from collections.abc import Sequence
from pathlib import Path

from corpuscle.report.style import BLUE, ORANGE, save, styled
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
    place = [row.step for row in history]
    losses = [loss for row in history for loss in (row.training_loss, row.validation_loss)]
    # a surprise may be below 0, and of a loss that changes little a logarithm shows odd numbers only
    steep = min(losses) > 0 and max(losses) > STEEP * min(losses)
    with styled() as figure_class:
        figure = figure_class(figsize=(6.4, 4.0))
        axes = figure.subplots()
        axes.plot(place, [row.training_loss for row in history], ".-", color=BLUE, label="training, as trained")
        axes.plot(place, [row.validation_loss for row in history], ".-", color=ORANGE, label="validation, as used")
        axes.set(xlabel=step, ylabel="loss", yscale="log" if steep else "linear", title=title)
        axes.legend()
        save(figure, path)
