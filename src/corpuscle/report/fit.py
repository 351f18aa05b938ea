"""A picture of fitted track parameters: resolution beside its bound, bias, pulls, coverage, relative errors."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import ndtri

from corpuscle.metrics.regression import BinScore
from corpuscle.metrics.residuals import Residuals
from corpuscle.metrics.spread import expect_width
from corpuscle.report.style import BLACK, BLUE, CYCLE, GREY, VERMILION, save, styled

LEVELS = np.linspace(0.02, 0.98, 49)
"""The shares that coverage is drawn for."""

SHORT = ("q/pT", "d0", "z0", "phi", "theta", "q/p")
"""What pulls are drawn of, in the order of `QUANTITIES`."""

PULLED = (0, 1, 2, 3, 4)
"""Those that are drawn: that of q/p is that of q/pT but for theta."""


FEW = 20
"""A bin with fewer tracks than this is not drawn."""

Values = Float[np.ndarray, " n"]


def draw_fit(
    path: Path, tracks: Residuals, pt_bins: Sequence[BinScore], eta_bins: Sequence[BinScore], *, title: str
) -> None:
    """Draw how good track parameters are, and save the picture.

    Points are bins, bars their 95 % intervals over events drawn anew; dashed lines are bounds, grey ones what right
    errors would show.

    Args:
        path: the picture to write (.png, .svg or .pdf).
        tracks: found parameters beside the truth.
        pt_bins: their scores in bins of transverse momentum.
        eta_bins: the same in bins of pseudorapidity.
        title: what was fitted.
    """
    found = tracks.choose(tracks.found)
    with styled() as figure_class:
        figure = figure_class(figsize=(13.5, 8.2))
        figure.get_layout_engine().set(w_pad=0.12, h_pad=0.1)
        (width_pt, width_eta, bias), (pulls, coverage, errors) = figure.subplots(2, 3)
        draw_bins(width_pt, pt_bins, "r68", logarithmic=True, scale=100.0)
        draw_bound(width_pt, pt_bins, tracks.pt, tracks.bound, logarithmic=True)
        width_pt.set(xlabel="true pT [GeV]", ylabel="r68 of q/pT [% of its value]", title="resolution")
        draw_bins(width_eta, eta_bins, "r68", logarithmic=False, scale=100.0)
        draw_bound(width_eta, eta_bins, np.abs(tracks.eta), tracks.bound, logarithmic=False)
        width_eta.set(xlabel="true pseudorapidity, either side", ylabel="r68 of q/pT [% of its value]")
        width_eta.set_title("resolution")
        bias.axhline(0, color=GREY, linewidth=0.8)
        draw_bins(bias, pt_bins, "bias", logarithmic=True, scale=100.0)
        bias.set(xlabel="true pT [GeV]", ylabel="median of found less true q/pT [%]", title="bias: above 0, pT too low")
        draw_pulls(pulls, found)
        draw_coverage(coverage, found)
        draw_errors(errors, found)
        for axes in (width_pt, width_eta, pulls, coverage, errors):
            if axes.get_legend_handles_labels()[0]:
                axes.legend(fontsize=8)
        lost = len(tracks) - len(found)
        left = f", {lost:,} without parameters" if lost else ""
        figure.suptitle(f"{title}: {len(tracks):,} tracks{left}; bars: 95 % intervals over events", fontsize=11)
        save(figure, path)


def draw_bins(axes: Any, bins: Sequence[BinScore], score: str, *, logarithmic: bool, scale: float) -> None:  # noqa: ANN401 - matplotlib's
    """Draw one score bin by bin, each bin as wide as it is."""
    known = [one for one in bins if one.tracks >= FEW and math.isfinite(one.values[score])]
    if not known:
        return
    edges = [find_edges(one, logarithmic) for one in known]
    place = np.array([math.sqrt(low * high) if logarithmic else (low + high) / 2 for low, high in edges])
    value = scale * np.array([one.values[score] for one in known])
    ends = scale * np.array([one.intervals.get(score, (math.nan, math.nan)) for one in known])
    spread = np.nan_to_num(np.abs(ends - value[:, None]).T)
    across = np.abs(np.array(edges) - place[:, None]).T
    axes.errorbar(
        place, value, spread, across, fmt="o", color=BLUE, markersize=4, capsize=2, linewidth=1.2, label="found",
    )  # fmt: skip
    if logarithmic:
        set_momenta(axes)


def set_momenta(axes: Any) -> None:  # noqa: ANN401 - matplotlib's
    """Give an axis of momenta a logarithmic scale with plain numbers."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    ticks = [tick for tick in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200) if low <= tick <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.minorticks_off()


def find_edges(one: BinScore, logarithmic: bool) -> tuple[float, float]:
    """Find where a bin is drawn from and to; one without an end is drawn twice as far as it begins, or as wide."""
    low = one.low if one.low > 0 or not logarithmic else one.high / 2
    high = one.high if math.isfinite(one.high) else max(2 * low, low + 1)
    return low, high


def draw_bound(axes: Any, bins: Sequence[BinScore], values: Values, bound: Values, *, logarithmic: bool) -> None:  # noqa: ANN401 - matplotlib's
    """Draw across each bin the width that residuals as good as the tracks' own bounds would have."""
    label = "Cramér-Rao bound"
    for one in bins:
        here = bound[(values >= one.low) & (values < one.high) & np.isfinite(bound)]
        if len(here) >= FEW:
            width = [100 * expect_width(here)] * 2
            axes.plot(find_edges(one, logarithmic), width, color=BLACK, linestyle="--", linewidth=1.3, label=label)
            label = "_"
    axes.set_ylim(bottom=0)


def draw_pulls(axes: Any, tracks: Residuals) -> None:  # noqa: ANN401 - matplotlib's
    """Draw the distributions of pulls over the normal one."""
    edges = np.linspace(-5, 5, 51)
    middle = (edges[1:] + edges[:-1]) / 2
    axes.plot(middle, np.exp(-(middle**2) / 2) / math.sqrt(2 * math.pi), color=GREY, linewidth=2.5, label="normal")
    for number, pull in enumerate(list_pulls(tracks)):
        if len(pull):
            density = np.histogram(pull, edges)[0] / (len(pull) * np.diff(edges))
            axes.stairs(density, edges, color=CYCLE[number], linewidth=1.2, label=SHORT[PULLED[number]])
    axes.set(xlabel="found less true, over the error said", ylabel="density", title="pulls")


def list_pulls(tracks: Residuals) -> list[Values]:
    """List the pulls of what is drawn."""
    said = np.isfinite(tracks.error) & (tracks.error > 0)
    return [tracks.difference[said[:, place], place] / tracks.error[said[:, place], place] for place in PULLED]


def draw_coverage(axes: Any, tracks: Residuals) -> None:  # noqa: ANN401 - matplotlib's
    """Draw how many residuals lie within the interval of each level, less the level."""
    axes.axhline(0, color=GREY, linewidth=1)
    chance = 200 * np.sqrt(LEVELS * (1 - LEVELS) / max(len(tracks), 1))
    axes.fill_between(100 * LEVELS, -chance, chance, color=GREY, alpha=0.25, linewidth=0, label="chance, two errors")
    reach = ndtri((1 + LEVELS) / 2)
    for number, pull in enumerate(list_pulls(tracks)):
        if len(pull):
            within = np.searchsorted(np.sort(np.abs(pull)), reach, side="right") / len(pull)
            axes.plot(100 * LEVELS, 100 * (within - LEVELS), color=CYCLE[number], label=SHORT[PULLED[number]])
    axes.set(xlabel="level of the interval [%]", ylabel="share within it, less the level [points]", title="coverage")


def draw_errors(axes: Any, tracks: Residuals) -> None:  # noqa: ANN401 - matplotlib's
    """Draw the distribution of the absolute relative error of the transverse momentum."""
    error = np.abs(tracks.pt_difference) / tracks.pt
    if len(error):
        edges = np.logspace(-5, 1, 61)
        share = np.histogram(np.clip(error, edges[0], edges[-1]), edges)[0] / len(error)
        axes.stairs(100 * share, edges, color=BLUE, linewidth=1.3)
        middle = float(np.median(error))
        axes.axvline(middle, color=VERMILION, linestyle="--", linewidth=1.3, label=f"median {100 * middle:.2g} %")
        axes.set_xscale("log")
    axes.set(xlabel="|pT found - true| / true", ylabel="share of the tracks [%]", title="relative error")
