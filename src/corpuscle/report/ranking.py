"""A picture of a ranking: how good each linker is on scenes like the user's, and what it costs."""

from pathlib import Path

import numpy as np

from corpuscle.report.style import BLUE, GREY, VERMILION, save, styled
from corpuscle.studies.linking.ranking import Ranking


def draw_ranking(path: Path, found: Ranking, *, title: str) -> None:
    """Draw link Jaccard and cost of every linker, best first, and save the picture.

    Args:
        path: the picture to write (.png, .svg or .pdf).
        found: the ranking.
        title: what was compared.
    """
    places = found.places[::-1]
    height = np.arange(len(places))
    with styled() as figure_class:
        figure = figure_class(figsize=(9.0, 1.8 + 0.36 * len(places)))
        score, behind, cost = figure.subplots(1, 3, sharey=True)
        for at, place in zip(height, places, strict=True):
            colour = VERMILION if place.method == found.chosen else (BLUE if place.tied else GREY)
            look = {"color": colour, "marker": "o" if place.tied else "s", "markersize": 5, "capsize": 2}
            score.errorbar([place.score], [at], xerr=[2 * place.error], **look)
            behind.errorbar([-place.behind], [at], xerr=[2 * place.behind_error], **look)
            cost.plot([place.microseconds], [at], color=colour, marker=look["marker"], markersize=5)
        score.set_yticks(height, [place.method for place in places])
        score.set_xlabel("Jaccard of links")
        behind.axvline(0, color=GREY, linewidth=0.8, linestyle=":")
        behind.set_xlabel("Jaccard, minus the first's")
        cost.set_xscale("log")
        cost.set_xlabel("cost [µs a detection]")
        for axes, colour, words in (
            (score, VERMILION, f"to use: {found.chosen}"), (score, BLUE, "not below the first"),
            (score, GREY, "below the first by two standard errors"),
        ):  # fmt: skip
            axes.plot([], [], color=colour, marker="s" if colour == GREY else "o", linestyle="", label=words)
        figure.legend(*score.get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=9)
        figure.suptitle(f"{title}\nmean of {found.scenes} scenes, bars: two standard errors", fontsize=11)
        save(figure, path)
