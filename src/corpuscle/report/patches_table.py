"""The tables of a study of patches and layers: those of the source in its own form, and what stands beside them."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from corpuscle.studies.patches.explained import Explained, explain_published, explain_rows, take_time
from corpuscle.studies.patches.front import choose_cells, find_front, lay_table, list_axes
from corpuscle.studies.verdict import Row, choose_rows, list_methods, mean_and_error, mean_score

Table = tuple[str, list[str], list[list[str]]]


def list_patches(rows: Sequence[Row]) -> list[Table]:
    """List the tables of a study of patches and layers: title, head and lines of each."""
    cells = choose_rows(rows, kind="cell")
    found = list_grid(cells) if all(row["kind"] != "beyond" for row in rows) else []
    return [*found, list_nets(rows)]


def list_grid(cells: Sequence[Row]) -> list[Table]:
    """List Tables 1 to 5, steps, operations, and where time comes from."""
    timed = [{**row, "time": 1e3 * take_time(row)} for row in cells]
    own = choose_cells(cells)
    return [
        lay("Table 1: training time [s]", cells, "training_seconds", lambda mean, _: f"{mean:.1f}"),
        lay("Table 1b: time of a training step [ms]", timed, "time", lambda mean, _: f"{mean:.1f}"),
        lay("Table 2: number of trainable parameters", cells, "parameters", show_count),
        lay("Table 2b: multiply-adds of an image", cells, "multiply_adds", show_count),
        lay("Table 3: test accuracy [%]", cells, "test_accuracy", show_percent),
        list_ranges("Table 4: range of accuracies for constant patch size", own, "patch"),
        list_ranges("Table 5: range of accuracies for constant number of transformer layers", own, "depth"),
        list_explained(cells),
    ]


def lay(title: str, rows: Sequence[Row], score: str, show: Callable[[float, float], str]) -> Table:
    """Lay a score out as the study does: a line a patch size, the largest first, a column a number of layers."""
    table, (patches, depths) = lay_table(rows, score), list_axes(rows)
    body = [
        [str(patch), *(show(*mean_and_error(table[patch, depth])) if (patch, depth) in table else "×"
                       for depth in depths)]
        for patch in patches
    ]  # fmt: skip
    return title, ["size of patch", *(f"{depth} layers" for depth in depths)], body


def show_count(mean: float, _: float) -> str:
    """Show a number that every seed has alike, as the study does.

    >>> show_count(2531780.0, 0.0)
    '2 531 780'
    """
    return f"{mean:,.0f}".replace(",", " ")


def show_percent(mean: float, error: float) -> str:
    """Show a share in percent, with its standard error where there is one."""
    return f"{100 * mean:.2f}" + (f" ± {100 * error:.2f}" if np.isfinite(error) else "")


def list_ranges(title: str, rows: Sequence[Row], constant: str) -> Table:
    """List ranges and means of the accuracies of cells that have patch size or layers in common, over seeds."""
    words = {"patch": "size of patch", "depth": "number of layers"}
    table, axes = lay_table(rows, "test_accuracy"), list_axes(rows)
    body = []
    for value in axes[0] if constant == "patch" else axes[1]:
        here = np.stack([scores for cell, scores in table.items() if cell[constant == "depth"] == value])
        size, mean = np.ptp(here, axis=0), here.mean(axis=0)
        body.append([str(value), *(show_percent(*mean_and_error(one)) for one in (size, mean, size / mean))])
    return title, [words[constant], "range of accuracies", "mean accuracy", "range as % of the mean"], body


def list_explained(cells: Sequence[Row]) -> Table:
    """List the fits of time, to the rows of each kind of machine and to the study's own times."""
    fits: list[tuple[str, str, Explained]] = []
    for name in dict.fromkeys(row["accelerator"] for row in cells):
        here = choose_rows(cells, accelerator=name)
        fits += [(f"these {len(here)} rows, {name} [ms a step]", counted, explain_rows(here, counted))
                 for counted in ("multiply_adds", "parameters")]  # fmt: skip
    fits += [("the study's 14 cells [s]", counted, fit) for counted, fit in explain_published().items()]
    body = [
        [where, counted.replace("_", "-"), f"{fit.begin:.2f}", f"{fit.layer:.2f}", f"{fit.slope:.2f}",
         f"{fit.share:.4f}"]
        for where, counted, fit in fits
    ]  # fmt: skip
    return (
        "Time explained: least squares on layers and what else",
        ["times", "what else", "every step", "a layer", "a million", "R²"],
        body,
    )


def list_nets(rows: Sequence[Row]) -> Table:
    """List every net: accuracies, costs, and whether it is the best for its multiply-adds."""
    front = find_front(rows)
    body = []
    for name in list_methods(rows):
        here: Any = choose_rows(rows, method=name)
        shares = [show_percent(*mean_score(rows, score, name)) for score in
                  ("test_accuracy", "chosen_test_accuracy", "validation_accuracy", "training_accuracy")]  # fmt: skip
        step = mean_and_error(np.array([1e3 * take_time(row) for row in here]))[0]
        costs = [f"{here[0]['parameters']:,}", f"{here[0]['multiply_adds']:,}", f"{step:.1f}"]
        seconds = mean_score(rows, "training_seconds", name)[0]
        body.append([name, str(len(here)), *shares, *costs, f"{seconds:.1f}", "yes" if name in front else ""])
    head = ["net", "seeds", "test [%]", "test, epoch chosen by validation [%]", "validation [%]", "training [%]",
            "parameters", "multiply-adds", "step, of its batch [ms]", "training [s]", "best for its cost"]  # fmt: skip
    return "All nets", head, body
