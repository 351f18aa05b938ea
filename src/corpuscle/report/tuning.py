"""A picture of a search: the loss of each trial, and against each setting that was tried."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.report.style import BLUE, GREY, ORANGE, save, styled
from corpuscle.training.space import Span
from corpuscle.training.tune import Trial, choose_best


def draw_trials(path: Path, trials: Sequence[Trial], spans: Mapping[str, Span], *, title: str) -> None:
    """Draw the trials and save the picture.

    Args:
        path: the picture to write (.png, .svg or .pdf).
        trials: the trials; those without a loss are left out.
        spans: the settings that were searched, with their bounds.
        title: what was searched.
    """
    known = [one for one in trials if one.loss is not None]
    whole = np.array([one.state == "complete" for one in known], bool)
    loss = np.array([one.loss for one in known], float)
    best = choose_best(list(trials))
    with styled() as figure_class:
        figure = figure_class(figsize=(2.6 * (len(spans) + 1), 3.4), layout="constrained")
        axes = figure.subplots(1, len(spans) + 1, sharey=True)
        number = np.array([one.number for one in known], float)
        for place, (name, value) in zip(axes, list_axes(known, spans, number), strict=True):
            place.plot(value[whole], loss[whole], "o", color=BLUE, label="complete")
            place.plot(value[~whole], loss[~whole], "o", mfc="none", color=GREY, label="stopped early")
            if best is not None:
                chosen = best.number if name == "trial" else best.settings[name]
                place.plot([chosen], [best.loss], "*", color=ORANGE, markersize=13, label="best")
            place.set(xlabel=name.replace("_", " "), **frame(spans.get(name), len(trials)))
        axes[0].set(ylabel="least validation loss")
        axes[0].legend()
        figure.suptitle(title)
        save(figure, path)


def list_axes(known: Sequence[Trial], spans: Mapping[str, Span], number: np.ndarray) -> list[tuple[str, np.ndarray]]:
    """List what losses are drawn against."""
    return [("trial", number), *((name, np.array([one.settings[name] for one in known], float)) for name in spans)]


def frame(span: Span | None, trials: int) -> dict[str, Any]:
    """Give the scale of an axis and its ends: the bounds of the search, or all trials."""
    if span is None:
        return {"xlim": (-0.5, trials - 0.5)}
    if span.log:
        return {"xscale": "log", "xlim": (span.low / 1.2, span.high * 1.2)}
    edge = 0.06 * (span.high - span.low)
    return {"xlim": (span.low - edge, span.high + edge)}
