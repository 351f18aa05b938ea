"""A picture of motion: how far steps go, how far particles get, how fast each of them is."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.estimation.movement.diffusion import find_error
from corpuscle.estimation.movement.moving import Moving, Whole
from corpuscle.report.style import BLACK, BLUE, GREY, ORANGE, VERMILION, save, styled

BINS = 60


def draw_motion(path: Path, moving: Moving, *, title: str, length: float, time: float, units: tuple[str, str]) -> None:
    """Draw the steps, the mean squared displacement and the diffusion coefficients, and save the picture.

    Bars and bands are two standard errors.

    Args:
        path: the picture to write (.png, .svg or .pdf).
        moving: what was measured.
        title: what was measured.
        length: the length of one unit of position.
        time: the time of one lag.
        units: the units that these two are given in.
    """
    with styled() as figure_class:
        figure = figure_class(figsize=(13, 4.4))
        steps, squared, each = figure.subplots(1, 3)
        draw_steps(steps, moving, length, units[0])
        draw_squared(squared, moving, length, time, units)
        draw_each(each, moving, length**2 / time, units)
        figure.suptitle(title, fontsize=11)
        save(figure, path)


def draw_steps(axes: Any, moving: Moving, length: float, unit: str) -> None:  # noqa: ANN401 - matplotlib axes
    """Draw the distribution of one step along an axis, and the normal one of the same D and noise."""
    paths, whole = moving.paths, moving.whole
    inside = (np.diff(paths.track) == 0) & (np.diff(paths.frame) == moving.stride)
    step = (np.diff(paths.position, axis=0)[inside] * length).ravel()
    reach = float(np.quantile(np.abs(step), 0.999)) * 1.2 if step.any() else 1.0
    axes.hist(step, np.linspace(-reach, reach, BINS), density=True, color=BLUE, alpha=0.45, label="measured")
    variance = 2 * length**2 * (whole.coefficient + whole.noise)
    if variance > 0:
        x = np.linspace(-reach, reach, 400)
        normal = np.exp(-(x**2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
        axes.plot(x, normal, color=BLACK, linewidth=1.2, label="normal, of D and noise")
        axes.set_ylim(bottom=normal.max() * 1e-4)
    axes.set(xlabel=f"one step along an axis [{unit}]", ylabel="density", yscale="log")
    axes.legend(loc="lower center", fontsize=8.5)


def draw_squared(axes: Any, moving: Moving, length: float, time: float, units: tuple[str, str]) -> None:  # noqa: ANN401
    """Draw the mean squared displacement, and the line of D and noise with its band."""
    lag = np.arange(1, len(moving.whole.squared) + 1) * time
    kinds: list[tuple[str, Whole | None, str, str]] = [
        ("links taken as true", moving.whole, BLUE, "o"),
        ("links counted by their probability", moving.doubted, ORANGE, "s"),
    ]
    for label, whole, colour, marker in kinds:
        if whole is None:
            continue
        error = 2 * length**2 * np.nan_to_num(whole.squared_error)
        look: dict[str, Any] = {
            "fmt": marker,
            "color": colour,
            "markersize": 5,
            "capsize": 2,
            "markerfacecolor": "none",
        }
        axes.errorbar(lag, whole.squared * length**2, error, label=label, **look)
        middle, off = tell_line(whole, moving.paths.space, lag / time)
        axes.plot(lag, middle * length**2, color=colour, linewidth=1.2)
        low, high = (np.maximum(middle + sign * 2 * off, 0) * length**2 for sign in (-1, 1))
        axes.fill_between(lag, low, high, color=colour, alpha=0.18, linewidth=0)
    if (np.nan_to_num(moving.whole.squared) > 0).any():
        axes.set(xscale="log", yscale="log")
        ticks = lag[[place for place in (0, 1, 3, 7, 15, 31, 63, 127) if place < len(lag)]]
        axes.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
        axes.tick_params(axis="x", which="minor", labelbottom=False)
    axes.set(xlabel=f"lag [{units[1]}]", ylabel=f"mean squared displacement [{units[0]}²]")
    axes.legend(loc="upper left", fontsize=8.5, title="line: 2 d (D lag + σ²)", title_fontsize=8.5)


def tell_line(
    whole: Whole, space: int, lag: Float[np.ndarray, " l"]
) -> tuple[Float[np.ndarray, " l"], Float[np.ndarray, " l"]]:
    """Give the displacement that D and noise make, and its standard error by that of D."""
    return 2 * space * (whole.coefficient * lag + whole.noise), 2 * space * whole.coefficient_error * lag


def draw_each(axes: Any, moving: Moving, rate: float, units: tuple[str, str]) -> None:  # noqa: ANN401
    """Draw how the diffusion coefficients of single tracks are distributed, beside what chance alone makes of one."""
    known = ~np.isnan(moving.each.coefficient)
    found = moving.each.coefficient[known] * rate
    if len(found):
        low, high = np.quantile(found, [0.005, 0.995])
        room = 0.1 * (high - low) or 1.0
        edges = np.linspace(min(low - room, 0), high + room, BINS)
        axes.hist(found, edges, color=BLUE, alpha=0.45, label=f"{len(found)} tracks")
        whole, width = moving.whole, edges[1] - edges[0]
        middle = whole.coefficient * rate
        steps, space = moving.steps[known].astype(np.float64), moving.paths.space
        error = rate * find_error(np.array([whole.coefficient]), np.array([whole.noise]), steps, space=space)
        if (error > 0).all():
            x = np.linspace(edges[0], edges[-1], 300)
            lengths, times = np.unique(error, return_counts=True)
            bell = np.exp(-(((x[:, None] - middle) / lengths) ** 2) / 2) / (np.sqrt(2 * np.pi) * lengths)
            axes.plot(x, bell @ times * width, color=BLACK, linewidth=1.2, label="if all were alike")
        axes.axvline(middle, color=VERMILION, linewidth=1.2, label="all tracks")
        axes.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
        axes.legend(fontsize=8.5)
    axes.set(xlabel=f"D of a track [{units[0]}²/{units[1]}]", ylabel="tracks")
