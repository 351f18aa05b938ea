"""The pairing of least cost, where what is not worth its price stays alone."""

import numpy as np
from jaxtyping import Float, Int

from corpuscle.estimation.assign_kernel import solve


def assign(cost: Float[np.ndarray, "n m"], unassigned: float) -> Int[np.ndarray, "k 2"]:
    """Pair rows with columns at the least total cost.

    Leaving one row and one column apart costs `unassigned`, so no pair that costs more is ever made.

    Args:
        cost: what it costs to pair each row with each column; `inf` forbids it.
        unassigned: the price of a pair not made.

    Returns:
        The pairs made, as (row, column), in the order of the rows.

    Raises: ValueError, when a cost is NaN.

    Source: Jaqaman et al., Nature Methods 5 (2008) 695, in the form without births.

    >>> assign(np.array([[1.0, 9.0], [2.0, 9.0]]), unassigned=5.0)
    array([[0, 0]])
    """
    row, column = np.nonzero(cost != np.inf)
    rows, columns = cost.shape
    return assign_sparse(row, column, cost[row, column], rows=rows, columns=columns, unassigned=unassigned)


def assign_sparse(
    row: Int[np.ndarray, " e"],
    column: Int[np.ndarray, " e"],
    cost: Float[np.ndarray, " e"],
    *,
    rows: int,
    columns: int,
    unassigned: float | Float[np.ndarray, " {rows}"],
) -> Int[np.ndarray, "k 2"]:
    """Pair rows with columns at the least total cost, where only some pairs are possible.

    Args:
        row: the row of each possible pair, in any order.
        column: its column.
        cost: its cost.
        rows: how many rows there are.
        columns: how many columns there are.
        unassigned: the price of a row left alone, one for all or one a row; a column left alone costs nothing.

    Returns:
        The pairs made, as (row, column), in the order of the rows. A pair whose cost equals its price is made.

    Raises: ValueError, when a cost is NaN.

    >>> assign_sparse(np.array([0, 1]), np.array([0, 0]), np.array([2.0, 1.0]), rows=2, columns=1, unassigned=5.0)
    array([[1, 0]])
    """
    price = unassigned[row] if isinstance(unassigned, np.ndarray) else np.full(len(row), float(unassigned))
    gain = cost - np.minimum(price, find_ceiling(cost, min(rows, columns)))
    if np.isnan(gain).any():
        message = f"a cost is a number, but that of row {row[np.isnan(gain)][0]} is NaN"
        raise ValueError(message)
    useful = gain <= 0
    row, column, gain = row[useful], column[useful], gain[useful]
    if len(row) > 1 and (np.diff(row) < 0).any():
        order = np.argsort(row, kind="stable")
        row, column, gain = row[order], column[order], gain[order]
    first = np.searchsorted(row, np.arange(rows + 1)).astype(np.int64)
    chosen = solve(first, np.ascontiguousarray(column, dtype=np.int64), np.ascontiguousarray(gain), columns)
    made = np.flatnonzero(chosen >= 0)
    return np.stack([made, chosen[made]], axis=1)


def find_ceiling(cost: Float[np.ndarray, " e"], most: int) -> float:
    """Give a price above which nothing changes: one more pair is then worth more than all others together.

    A higher price would only round the costs away.
    """
    finite = cost[np.isfinite(cost)]
    if not len(finite):
        return np.inf
    span = float(finite.max() - finite.min())
    return float(finite.max()) + (most + 1) * max(span, abs(float(finite.max())))
