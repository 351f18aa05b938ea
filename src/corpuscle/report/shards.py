"""A picture of a folder of shards: momenta, directions, lengths, losses, and where hits are."""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from corpuscle.io.shards import Shards
from corpuscle.report.style import BLUE, ORANGE, save, styled

MOST = 100_000
"""Tracks that are drawn; of more, as many evenly spread."""

HITS = 20_000
"""Hits that are drawn."""


def draw_card(shards: Shards, path: Path) -> None:
    """Draw what is in shards, and save the picture.

    Args:
        shards: the tracks.
        path: the picture to write.
    """
    rows = np.unique(np.linspace(0, len(shards) - 1, min(MOST, len(shards))).astype(np.int64))
    parameters = shards.parameters(rows)
    with styled() as figure_class:
        figure = figure_class(figsize=(12, 6.4))
        momentum, angle, length, lost, across, along = figure.subplots(2, 3).ravel()
        draw_log(momentum, parameters.transverse_momentum, "transverse momentum [GeV]")
        angle.hist(parameters.pseudorapidity, 60, color=BLUE)
        angle.set(xlabel="pseudorapidity", ylabel="tracks")
        draw_lengths(length, shards.length[rows])
        share = shards.gather_column("lost", rows)
        draw_log(lost, np.maximum(share[np.isfinite(share)], 1e-6), "momentum lost before the first hit (share)")
        draw_hits(across, along, shards, rows)
        shown = "" if len(rows) == len(shards) else f", {len(rows):,} of them shown"
        figure.suptitle(f"{len(shards):,} tracks, {shards.card['source'].get('format', '')}{shown}")
        save(figure, path)


def draw_log(axes: Any, values: Float[np.ndarray, " n"], label: str) -> None:  # noqa: ANN401 - matplotlib axes
    """Draw a distribution over a logarithmic axis."""
    if not len(values):
        axes.text(0.5, 0.5, "unknown", ha="center", transform=axes.transAxes)
        axes.set(xlabel=label, yticks=[])
        return
    low, high = float(values.min()), float(values.max())
    axes.hist(values, np.geomspace(low, max(high, low * 1.01), 60), color=BLUE)
    axes.set(xscale="log", xlabel=label, ylabel="tracks")


def draw_lengths(axes: Any, length: Int[np.ndarray, " n"]) -> None:  # noqa: ANN401 - matplotlib axes
    """Draw how many hits tracks have."""
    count = np.bincount(length)
    axes.bar(np.arange(len(count)), count, color=BLUE)
    axes.set(xlabel="hits of a track", ylabel="tracks", xlim=(max(int(length.min()) - 1, 0), len(count)))


def draw_hits(across: Any, along: Any, shards: Shards, rows: Int[np.ndarray, " n"]) -> None:  # noqa: ANN401
    """Draw where hits are, across the field and along it; those on no cylinder in another colour."""
    few = rows[:: max(1, int(len(rows) * shards.length.mean() / HITS))]
    packed = shards.pack(few)
    x, y, z = packed.position.T
    on = packed.layer >= 0
    for chosen, colour, label in ((on, BLUE, "on a cylinder"), (~on, ORANGE, "on none")):
        if chosen.any():
            across.plot(x[chosen], y[chosen], ".", markersize=1.0, color=colour)
            along.plot(z[chosen], np.hypot(x, y)[chosen], ".", markersize=1.0, color=colour, label=label)
    across.set(xlabel="x [mm]", ylabel="y [mm]", aspect="equal")
    along.set(xlabel="z [mm]", ylabel="radius [mm]")
    along.legend(markerscale=8, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
