"""The figure and the table of a study, drawn from its rows."""

import csv
import re
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.report.bars import find_mean
from corpuscle.report.calibration import draw_curve
from corpuscle.report.information import draw_information
from corpuscle.report.information_table import list_information
from corpuscle.report.listed import draw_listed
from corpuscle.report.look import choose_look
from corpuscle.report.patches import draw_patches
from corpuscle.report.patches_table import list_patches
from corpuscle.report.perturbed import draw_perturbed
from corpuscle.report.style import BLACK, GREY, save, styled
from corpuscle.studies.linking.reliability import pool_links
from corpuscle.studies.study import Contender, Role, Study
from corpuscle.studies.verdict import Row, choose_rows, index_rows, mean_and_error

GAIN = "_gain"
"""What the name of a score ends in that is a difference to another method's on the same scene."""

UNITS = {"rmse": "px", "operations": "a frame", "operations_counted": "a frame", "microseconds": "a frame"}
"""Units of the scores that have one."""

SMALL = 0.05
"""A number below this is shown with more digits."""

CLOSE = 0.1
"""How near two numbers along the axis may stand, as a share of it."""

ROUND = 100.0
"""Numbers along the axis below this one are shown with three digits."""

APART = 0.006
"""How far points that share a place are drawn apart, as a share of the axis."""


def draw_study(path: Path, study: Study, rows: Sequence[Row]) -> None:
    """Draw the scores against the axis, one row or column of panels for each facet, and save the picture.

    Points are means over scenes, bars two standard errors; points that share a place stand side by side. What does not
    depend on the axis is a line across, its bar beyond the last place.

    Args:
        path: the picture to write (.png or .svg).
        study: the study.
        rows: its rows.
    """
    if study.figure == "reliability":
        draw_reliability(path, study, rows)
        return
    if study.figure == "information":
        draw_information(path, study.title, rows)
        return
    if study.figure == "patches":
        draw_patches(path, study.title, rows)
        return
    if study.figure in {"perturbed", "listed"}:
        draw = draw_perturbed if study.figure == "perturbed" else draw_listed
        draw(path, study, rows, tell_scenes(study, rows))
        return
    down, across = list_facets(study, rows)
    panels, rows = add_gains(study, rows)
    with styled() as figure_class:
        count = len(panels) * len(across)
        figure = figure_class(figsize=(max(5.4 * count, 6.0), 3.4 * len(down) + 1.6))
        figure.get_layout_engine().set(w_pad=0.1, h_pad=0.06)
        grid = figure.subplots(len(down), count, squeeze=False, sharex=True)
        for line, above in zip(grid, down, strict=True):
            drawn = [(beside, score, words) for beside in across for score, words in panels]
            for axes, (beside, score, words) in zip(line, drawn, strict=True):
                if study.logarithmic[0]:
                    axes.set_xscale("log", base=2)
                draw_panel(axes, study, choose_rows(rows, **above, **beside), score)
                axes.set(ylabel=words, xlabel=study.axis[1] if above == down[-1] else "")
                if len(down) * len(across) > 1:
                    axes.set_title(tell_facet(study, {**above, **beside}), fontsize=10, loc="left")
                ticks = list_ticks(study, rows)
                axes.set_xticks(ticks, [f"{tick:.3g}" if tick < ROUND else f"{tick:g}" for tick in ticks])
                axes.minorticks_off()
                if study.logarithmic[1]:
                    axes.set_yscale("log")
                if score in study.limits:
                    axes.set_ylim(study.limits[score])
                if score.endswith(GAIN):
                    axes.axhline(0, color=BLACK, linewidth=0.6)
        add_legend(figure, grid)
        add_title(figure, study, rows)
        save(figure, path)


def add_gains(study: Study, rows: Sequence[Row]) -> tuple[list[tuple[str, str]], Sequence[Row]]:
    """Add to each score by how much it is above that of one method on the same scene, where a study names one."""
    label = next((method.label for method in study.methods if method.name == study.against), "")
    if not label or not all(score in row for score, _ in study.panels for row in rows):
        return list(study.panels), rows
    known = {score: index_rows(rows, score, study.against) for score, _ in study.panels}
    if not all(known.values()):
        return list(study.panels), rows
    gains = [
        {**row, **{f"{score}{GAIN}": row[score] - found[row["seed"]] for score, found in known.items()}} for row in rows
    ]
    panels = [(f"{score}{GAIN}", f"{words},\nminus {label}") for score, words in study.panels]
    return [panel for pair in zip(study.panels, panels, strict=True) for panel in pair], gains


def add_legend(figure: Any, grid: Any) -> None:  # noqa: ANN401 - matplotlib's
    """Add one legend for all panels."""
    handles: dict[str, Any] = {}
    for axes in grid.ravel():
        for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3, fontsize=9)


def add_title(figure: Any, study: Study, rows: Sequence[Row]) -> None:  # noqa: ANN401 - a matplotlib figure
    """Add the title, broken into lines that the figure is wide enough for."""
    width = int(11 * figure.get_size_inches()[0])
    lines = [*textwrap.wrap(study.title, width), *textwrap.wrap(tell_scenes(study, rows), width)]
    figure.suptitle("\n".join(lines), fontsize=11)


def draw_reliability(path: Path, study: Study, rows: Sequence[Row]) -> None:
    """Draw how often links are right against how likely they were said to be, a panel a facet, and save the picture."""
    down, across = list_facets(study, rows)
    with styled() as figure_class:
        figure = figure_class(figsize=(4.2 * max(len(across), 2), 3.6 * len(down) + 1.4))
        grid = figure.subplots(len(down), len(across), squeeze=False, sharex=True, sharey=True)
        for line, above in zip(grid, down, strict=True):
            for axes, beside in zip(line, across, strict=True):
                axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="right probabilities")
                draw_curves(axes, study, choose_rows(rows, **above, **beside))
                axes.set_xlabel("link_probability, mean of a tenth of the links" if above == down[-1] else "")
                axes.set_ylabel("share of them that are true" if beside == across[0] else "")
                axes.set_title(tell_facet(study, {**above, **beside}), fontsize=10, loc="left")
        add_legend(figure, grid)
        add_title(figure, study, rows)
        save(figure, path)


def draw_curves(axes: Any, study: Study, rows: Sequence[Row]) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw the reliability curve of every method that has one."""
    taken: dict[Role, int] = {}
    for label, role, methods in list_series(study).values():
        look = choose_look(role, taken.get(role, 0), label)
        taken[role] = taken.get(role, 0) + 1
        links = pool_links([row for row in rows if row["method"] in methods])
        if len(links.right):
            draw_curve(axes, links, **{name: look[name] for name in ("color", "linestyle", "marker", "label")})


def list_facets(study: Study, rows: Sequence[Row]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """List the values that have panels of their own, down and across."""
    found: list[list[dict[str, Any]]] = [
        [{column: value} for value in dict.fromkeys(row[column] for row in rows)] for column in study.facets
    ]
    found += [[{}], [{}]]
    return found[0], found[1]


def tell_facet(study: Study, values: Mapping[str, Any]) -> str:
    """Tell in words which rows a panel draws."""
    return ", ".join(f"{study.columns.get(name, name)}: {show_value(value)}" for name, value in values.items())


def draw_panel(axes: Any, study: Study, rows: Sequence[Row], score: str) -> None:  # noqa: ANN401 - matplotlib's axes
    """Draw one score of every series against the axis."""
    axis = study.axis[0]
    taken: dict[Role, int] = {}
    values = list_places(study, rows)
    along = [name for name, (_, _, methods) in list_series(study).items()
             if any(row["method"] in methods and row.get(axis) is not None for row in rows)]  # fmt: skip
    beyond = 0
    for name, (label, role, methods) in list_series(study).items():
        look = choose_look(role, taken.get(role, 0), label)
        taken[role] = taken.get(role, 0) + 1
        ours = [row for row in rows if row["method"] in methods]
        if not ours or not any(np.isfinite(row.get(score, np.nan)) for row in ours):
            continue
        if ours[0].get(axis) is None:  # the same wherever the axis stands
            mean, error = find_mean(ours, score)
            beyond += 1
            axes.axhline(mean, color=look["color"], linestyle=look["linestyle"], linewidth=look["linewidth"])
            place = shift(study, values, values[-1], 0.04 * beyond)
            axes.errorbar([place], [mean], None if study.logarithmic[1] else [2 * np.nan_to_num(error)], **look)
            continue
        points = [find_mean(choose_rows(ours, **{axis: value}), score) for value in values]
        mean_at, error_at = np.array(points).T
        bars = None if study.logarithmic[1] else 2 * np.nan_to_num(error_at)
        aside = 0.0 if bars is None else APART * (along.index(name) - (len(along) - 1) / 2)
        axes.errorbar([shift(study, values, value, aside) for value in values], mean_at, bars, **look)


def list_places(study: Study, rows: Sequence[Row]) -> list[float]:
    """List the values along the axis."""
    return sorted({row[study.axis[0]] for row in rows if row.get(study.axis[0]) is not None})


def list_ticks(study: Study, rows: Sequence[Row]) -> list[float]:
    """List the places that have a number; of places that methods bring along, none that would stand upon another."""
    places = list_places(study, rows)
    return places if study.axis[0] in study.columns else thin_places(places, logarithmic=study.logarithmic[0])


def thin_places(places: Sequence[float], *, logarithmic: bool) -> list[float]:
    """Leave out places whose numbers would stand upon each other, from the left.

    >>> thin_places([1.0, 1.01, 8.0], logarithmic=True)
    [1.0, 8.0]
    """
    along = np.log(places) if logarithmic else np.array(places)
    reach, kept = CLOSE * (along[-1] - along[0]), [0]
    for number in range(1, len(places)):
        if along[number] - along[kept[-1]] >= reach:
            kept.append(number)
    return [places[number] for number in kept]


def shift(study: Study, values: Sequence[float], value: float, share: float) -> float:
    """Give a place to the right of a value, by a share of the axis."""
    low, high = values[0], values[-1]
    if study.logarithmic[0]:
        return float(value * (high / low if high > low else 2.0) ** share)
    return float(value + (high - low or 1.0) * share)


def list_series(study: Study) -> dict[str, tuple[str, Role, set[str]]]:
    """List what is drawn: each line by its name, with its label, its role and its methods.

    Methods are one line where they differ in the column along which the figure is drawn.
    """
    found: dict[str, list[Contender]] = {}
    for method in study.methods:
        along = study.axis[0] in method.columns
        found.setdefault(str(method.columns["series"]) if along else method.name, []).append(method)
    return {
        series: (
            group[0].label if len({method.label for method in group}) == 1 else series,
            group[0].role,
            {method.name for method in group},
        )
        for series, group in found.items()
    }


def tell_scenes(study: Study, rows: Sequence[Row]) -> str:
    """Tell how many scenes each point stands on."""
    scenes: dict[tuple[Any, ...], set[int]] = {}
    for row in rows:
        scenes.setdefault(tuple(row[name] for name in study.columns), set()).add(row["repeat"])
    counts = sorted({len(found) for found in scenes.values()})
    shown = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    if any(method.identifier for method in study.methods):
        repeats = "one repeat" if counts == [1] else f"mean of {shown} repeats a point"
        return f"{repeats}, the same images for all methods; bars: two standard errors"
    if counts == [1]:
        return "one scene, the same for all methods"
    if study.figure == "reliability":
        return f"links of {shown} scenes together, the same for all methods; bars: two standard errors over scenes"
    if study.logarithmic[1]:
        return f"mean of {shown} scenes a point, the same for all methods"
    return f"mean of {shown} scenes a point, the same for all methods, side by side; bars: two standard errors"


def write_table(path: Path, study: Study, rows: Sequence[Row]) -> None:
    """Write the table as Markdown."""
    path.write_text(make_table(study, rows), encoding="utf-8")


def write_lists(folder: Path, study: Study, rows: Sequence[Row]) -> list[Path]:
    """Write each table that has a title of its own as CSV, named after the title's first words, and give the files."""
    titled = [table for table in list_tables(study, rows) if table[0]]
    written = []
    for title, head, body in titled:
        words = re.findall(r"[a-z0-9]+", title.partition(":")[0].lower())
        written.append(folder / f"{'-'.join(words)}.csv")
        with written[-1].open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([head, *body])
    return written


def make_table(study: Study, rows: Sequence[Row]) -> str:
    """Make the table: each method in each world, mean and standard error; pooled where links are counted."""
    lines = [f"# {study.name}", "", study.title]
    for title, head, body in list_tables(study, rows):
        lines += ["", f"## {title}"] if title else []
        lines += ["", "| " + " | ".join(head) + " |", "|" + " --- |" * len(head)]
        lines += ["| " + " | ".join(line) + " |" for line in body]
    return "\n".join(lines) + "\n"


def list_tables(study: Study, rows: Sequence[Row]) -> list[tuple[str, list[str], list[list[str]]]]:
    """List the tables: title, head and lines of each; most studies have one, without a title."""
    if study.figure == "patches":
        return list_patches(rows)
    return list_information(rows) if study.figure == "information" else [("", *list_cells(study, rows))]


def list_cells(study: Study, rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """List the cells of the table: its head and its lines."""
    scores = list_scores(study, rows)
    worlds = list(dict.fromkeys(tuple(row[name] for name in study.columns) for row in rows))
    methods = list(dict.fromkeys(row["method"] for row in rows))
    grouped: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        grouped.setdefault((*(row[name] for name in study.columns), row["method"]), []).append(row)
    pooled = [score for score in ("paper", "association", "measured") if f"{score}_true_positives" in rows[0]]
    head = [*study.columns.values(), "method", "scenes", *(name_unit(score) for score in scores)]
    head += [f"pooled {score}" for score in pooled]
    body = []
    for world in worlds:
        for method in methods:
            ours = grouped.get((*world, method), [])
            if ours:
                cells = [show(*mean_and_error(np.array([row[score] for row in ours], dtype=float))) for score in scores]
                cells += [f"{pool(ours, score):.3f}" for score in pooled]
                body.append([*map(show_value, world), method, str(len(ours)), *cells])
    return head, body


def list_scores(study: Study, rows: Sequence[Row]) -> list[str]:
    """List the scores of the table."""
    wanted = [
        *(name for name, _ in study.panels),
        *study.scores,
        "jaccard_measured",
        "rmse",
        "invalid_share",
        "operations_counted",
    ]
    wanted += ["candidate_surprise", "link_jaccard"]
    return [name for name in dict.fromkeys(wanted) if name in rows[0]]


def name_unit(score: str) -> str:
    """Put the unit behind a score's name."""
    return f"{score} [{UNITS[score]}]" if score in UNITS else score


def pool(rows: Sequence[Row], score: str) -> float:
    """Give the Jaccard of the links of all scenes together."""
    right, wrong, missed = (
        sum(row[f"{score}_{part}"] for row in rows) for part in ("true_positives", "false_positives", "false_negatives")
    )
    return float(right / max(right + wrong + missed, 1))


def show_value(value: object) -> str:
    """Show the value of a world's column."""
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def show(mean: float, error: float) -> str:
    """Show a mean and its standard error."""
    if not np.isfinite(mean):
        return ""
    if abs(mean) >= 1000 or (mean.is_integer() and not np.isfinite(error)):
        return f"{mean:,.0f}"
    digits = 5 if 0 < abs(mean) < SMALL else 3
    return f"{mean:.{digits}f}" if not np.isfinite(error) else f"{mean:.{digits}f} ± {error:.{digits}f}"
