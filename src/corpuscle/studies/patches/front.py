"""Cells by what they cost and what they are good for; the best for their cost, and the differences between them."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from corpuscle.studies.patches.published import Cell
from corpuscle.studies.verdict import Row, choose_rows, index_rows, mean_and_error


def choose_cells(rows: Sequence[Row]) -> list[Row]:
    """Choose the rows of the study's own cells, the control without layers apart."""
    return [row for row in rows if row["kind"] == "cell" and row["depth"] > 0]


def list_axes(rows: Sequence[Row]) -> tuple[list[int], list[int]]:
    """List the patch sizes, the largest first, and the layers, the fewest first."""
    return sorted({row["patch"] for row in rows}, reverse=True), sorted({row["depth"] for row in rows})


def lay_table(rows: Sequence[Row], score: str) -> dict[Cell, Float[np.ndarray, " seed"]]:
    """Lay the scores of cells out, seed by seed in the same order."""
    found = {}
    for patch, depth in dict.fromkeys((row["patch"], row["depth"]) for row in rows):
        here = sorted(choose_rows(rows, patch=patch, depth=depth), key=lambda row: row["seed"])
        found[patch, depth] = np.array([float(row[score]) for row in here])
    return found


def measure_spread(values: Sequence[Float[np.ndarray, " seed"]]) -> Float[np.ndarray, " seed"]:
    """Give the range of some scores as a share of their mean, seed by seed, as Tables 4 and 5 have it."""
    stacked = np.stack(list(values))
    return np.asarray(np.ptp(stacked, axis=0) / stacked.mean(axis=0))


def spread_along(rows: Sequence[Row], score: str, along: str) -> Float[np.ndarray, " seed"]:
    """Give the spread of a score along patches or layers, seed by seed, averaged over the other one."""
    table, (patches, depths) = lay_table(rows, score), list_axes(rows)
    lines = (
        [[(patch, depth) for patch in patches] for depth in depths]
        if along == "patch"
        else [[(patch, depth) for depth in depths] for patch in patches]
    )
    whole = [[table[cell] for cell in line if cell in table] for line in lines]
    return np.asarray(np.mean([measure_spread(line) for line in whole if len(line) > 1], axis=0))


def find_front(rows: Sequence[Row], score: str = "test_accuracy") -> list[str]:
    """Find the methods than which none is both better in the mean and no dearer, the cheapest first."""
    costs = {row["method"]: int(row["multiply_adds"]) for row in rows}
    means = {name: mean_and_error(np.array(list(index_rows(rows, score, name).values())))[0] for name in costs}
    found, best = [], -np.inf
    for name in sorted(costs, key=lambda name: (costs[name], -means[name])):
        if means[name] > best:
            found.append(name)
            best = means[name]
    return found
