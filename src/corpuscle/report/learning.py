"""A picture of a training: the losses, epoch by epoch."""

from collections.abc import Sequence
from pathlib import Path

from corpuscle.report.style import BLUE, ORANGE, save, styled
from corpuscle.training.history import Epoch


def draw_learning(path: Path, history: Sequence[Epoch], *, title: str) -> None:
    """Draw the learning curve and save it.

    Args:
        path: the picture to write (.png, .svg or .pdf).
        history: the losses, epoch by epoch.
        title: what was trained, and how.
    """
    step = [row.step for row in history]
    with styled() as figure_class:
        figure = figure_class(figsize=(6.4, 4.0))
        axes = figure.subplots()
        axes.plot(step, [row.training_loss for row in history], ".-", color=BLUE, label="training, as trained")
        axes.plot(step, [row.validation_loss for row in history], ".-", color=ORANGE, label="validation, as used")
        axes.set(xlabel="optimiser step", ylabel="loss", yscale="log", title=title)
        axes.legend()
        save(figure, path)
