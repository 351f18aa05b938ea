"""The picture of an information study: controls, learning curves, neurons, pairs, linkers of hits."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.report.style import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION, save, styled
from corpuscle.studies.information.entries import HEARD
from corpuscle.studies.information.variables import VARIABLES
from corpuscle.studies.verdict import Row, choose_rows

CONTROLS = (
    "uniform_hit", "normal_hit", "poisson_hit", "uniform_particle", "normal_particle", "poisson_particle",
    "uniform_event", "pt", "q_over_pt", "eta",
)  # fmt: skip
"""What the chart of controls shows against one neuron, from the top."""

LEARNED = {"uniform_particle": (ORANGE, "o"), "pt": (BLUE, "s"), "eta": (GREEN, "^"), "uniform_hit": (GREY, "D")}
"""What the learning curves show."""

LINKERS = {
    "pair-embedding": (ORANGE, "-"), "window, tuned": (BLUE, "--"), "window, pseudorapidity": (SKY, ":"),
}  # fmt: skip
"""The linkers of hits."""


def draw_information(path: Path, title: str, rows: Sequence[Row]) -> None:
    """Draw the pictures of an information study into one figure and save it.

    Args:
        path: the picture to write (.png or .svg).
        title: the title.
        rows: the rows of the study; the first sample of the helix world is drawn.
    """
    rows = choose_rows(rows, world="helix", repeat=0)
    with styled() as figure_class:
        figure = figure_class(figsize=(14.0, 15.0))
        grid = figure.add_gridspec(3, 6, height_ratios=(1.0, 1.25, 1.0))
        draw_controls(figure.add_subplot(grid[0, :3]), rows)
        draw_learning(figure.add_subplot(grid[0, 3:]), rows)
        draw_neurons(figure.add_subplot(grid[1, :]), rows)
        draw_shares(figure.add_subplot(grid[2, :3]), rows)
        draw_linkers(figure.add_subplot(grid[2, 3:]), rows)
        world = rows[0]
        sample = f"{world['world']}: {world['world_events']} events of {world['world_tracks']} tracks"
        figure.suptitle(f"{title}\n{sample}", fontsize=12)
        save(figure, path)


def draw_controls(axes: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw what one neuron says of controls and of high-level variables, beside what permuted ones give."""
    for place, name in enumerate(reversed(CONTROLS)):
        row = choose_rows(rows, table="T4", entry=f"{name} · neuron")[0]
        axes.errorbar(
            row["null_mean"],
            place - 0.14,
            xerr=2 * row["null_deviation"],
            color=GREY,
            marker="|",
            markersize=9,
            capsize=2,
        )
        axes.plot(row["bits"], place + 0.14, "o", color=VERMILION if abs(row["z"]) > 3 else BLACK)
    axes.plot([], [], "o", color=VERMILION, label="information, above its null (z > 3)")
    axes.plot([], [], "o", color=BLACK, label="information, as its null")
    axes.errorbar([], [], xerr=[], color=GREY, marker="|", label="null: permuted in kind, ± 2 deviations")
    axes.set_yticks(range(len(CONTROLS)), [VARIABLES[name].label for name in reversed(CONTROLS)])
    axes.set(xlabel="information about one neuron [bit]")
    axes.set_title("a  Controls (T4): a number a particle is 'known', and pT no more", fontsize=10, loc="left")
    axes.legend(fontsize=8, loc="upper right")


def draw_learning(axes: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw information against the number of events, with the nulls dotted."""
    for name, (colour, marker) in LEARNED.items():
        row = choose_rows(rows, table="T4", entry=f"{name} · neuron")[0]
        events, bits = row["curve_events"], np.array(row["curve_bits"])
        null = bits - np.array(row["curve_excess"])
        label = f"{VARIABLES[name].label}, permuted {row['null']}"
        axes.errorbar(
            events, bits, 2 * np.array(row["curve_error"]), color=colour, marker=marker, markersize=5, capsize=2,
            label=label,
        )  # fmt: skip
        axes.plot(events, null, color=colour, linestyle=":", marker=marker, markersize=3, alpha=0.8)
    axes.plot([], [], color=BLACK, linestyle=":", label="the same, permuted (null)")
    axes.axhline(0, color=BLACK, linewidth=0.6)
    axes.set_xscale("log", base=2)
    axes.set_xticks(events, [f"{count:g}" for count in events])
    axes.set(xlabel="events", ylabel="information about one neuron [bit]")
    axes.set_title("b  Learning curves (T4): what falls with its null is not information", fontsize=10, loc="left")
    axes.set_ylim(None, 1.35 * max(axes.get_ylim()))
    axes.legend(fontsize=8, loc="upper right", ncols=2)


def draw_neurons(axes: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw what each neuron says of each variable, a violin and a dot a neuron, layer beside layer."""
    layers = sorted({row["layer"] for row in choose_rows(rows, table="T6")})
    colours = (BLUE, GREEN, PURPLE, ORANGE, SKY, VERMILION)
    generator = np.random.default_rng(0)
    for place, name in enumerate(HEARD):
        for layer in layers:
            row = choose_rows(rows, table="T6", variable=name, layer=layer)[0]
            at = place + 0.8 * ((layer + 0.5) / len(layers) - 0.5)
            bits, null = np.array(row["neuron_bits"]), np.array(row["neuron_null"])
            colour = colours[layer % len(colours)]
            draw_violin(axes, at, bits, colour, width=0.7 / len(layers))
            jitter = generator.uniform(-0.2, 0.2, len(bits)) / len(layers)
            axes.plot(at + jitter, bits, ".", color=colour, markersize=3)
            axes.plot(
                [at - 0.35 / len(layers), at + 0.35 / len(layers)], [np.median(null)] * 2, color=BLACK, linewidth=1.6
            )
            axes.text(at, -0.42, f"{100 * row['above_null']:.0f}", ha="center", fontsize=7, color=colour)
    for layer in layers:
        said = "places" if layer == layers[-1] else f"layer {layer + 1}"
        axes.plot([], [], "o", color=colours[layer % len(colours)], label=said)
    axes.plot([], [], color=BLACK, linewidth=1.6, label="median of the matching null")
    axes.set_xticks(range(len(HEARD)), [VARIABLES[name].label.replace(" a ", "\na ") for name in HEARD])
    axes.set(ylabel="information of a neuron [bit]", ylim=(-0.55, None))
    title = "c  Neurons (T6), a dot each; numbers: % of them above their null at a false discovery rate of 5 %"
    axes.set_title(title, fontsize=10, loc="left")
    axes.legend(fontsize=8, loc="upper right")


def draw_violin(axes: Any, at: float, values: np.ndarray, colour: str, *, width: float) -> None:  # noqa: ANN401
    """Draw the density of values as a shape; a few values that hardly differ have none."""
    if len(values) < 4 or np.ptp(values) < 1e-6:
        return
    body = axes.violinplot(values, positions=[at], widths=width, showextrema=False)["bodies"][0]
    body.set(facecolor=colour, alpha=0.3)


def draw_shares(axes: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw how much of the question single hits and pairs answer: excess over the entropy of the label."""
    ours = [*choose_rows(rows, table="T1"), *choose_rows(rows, table="T3")][::-1]
    for place, row in enumerate(ours):
        colour = GREY if row["saturated"] else BLUE if row["table"] == "T1" else ORANGE
        axes.barh(place, row["share"], color=colour, height=0.7)
    labels = [row["label"] + (" (saturated)" if row["saturated"] else "") for row in ours]
    axes.set_yticks(range(len(ours)), labels, fontsize=8)
    axes.axvline(0, color=BLACK, linewidth=0.6)
    axes.barh([0], [0], color=BLUE, label="T1: a hit, about its particle, event by event")
    axes.barh([0], [0], color=ORANGE, label="T3: a pair, about being of one track")
    axes.set(xlabel="excess over the null / entropy of what is asked")
    axes.set_title("d  Share of what is asked (T1, T3)", fontsize=10, loc="left")
    axes.legend(fontsize=8, loc="upper right")


def draw_linkers(axes: Any, rows: Sequence[Row]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw purity against efficiency of linkers of hits as their radius grows, and where they were set."""
    for name, (colour, line) in LINKERS.items():
        row = choose_rows(rows, table="T8", entry=name)[0]
        label = f"{name}: F1 {row['f1']:.3f} at radius {row['radius']:.3f}"
        axes.plot(row["curve_efficiency"], row["curve_purity"], color=colour, linestyle=line, label=label)
        axes.plot(row["efficiency"], row["purity"], "o", color=colour)
    axes.set(xlabel="efficiency", ylabel="purity", xlim=(0, 1), ylim=(0, 1.02))
    axes.set_title("e  Linkers of hits (T8); dots: radius chosen on other events", fontsize=10, loc="left")
    axes.legend(fontsize=8, loc="lower left")
