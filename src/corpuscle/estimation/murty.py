"""The best assignments of a table, in order."""

import numpy as np
from jaxtyping import Float, Int

from corpuscle.estimation.murty_kernel import rank_tables


def rank_assignments(
    cost: Float[np.ndarray, "n n"], count: int
) -> tuple[Int[np.ndarray, "k n"], Float[np.ndarray, " k"]]:
    """Give the cheapest complete assignments of rows to columns, cheapest first.

    Each assignment found splits what is left into parts that avoid it (Murty); each part is solved from its parent by
    one augmenting path (Miller, Stone and Cox), so that k assignments of n rows take O(k n^3).

    Args:
        cost: what it costs to give each row each column; `inf` forbids it.
        count: how many are wanted; fewer come back where there are no more.

    Returns:
        The column of each row, and the total cost, of each assignment.

    Raises: ValueError, when a cost is NaN or nothing is wanted.

    Source: Murty, Operations Research 16 (1968) 682; Miller, Stone and Cox, IEEE Trans. AES 33 (1997) 851.

    >>> rank_assignments(np.array([[1.0, 2.0], [2.0, 5.0]]), 2)
    (array([[1, 0], [0, 1]]), array([4., 6.]))
    """
    if np.isnan(cost).any():
        message = f"a cost is a number, but that of row {int(np.argmax(np.isnan(cost).any(axis=1)))} is NaN"
        raise ValueError(message)
    if count < 1:
        message = f"at least one assignment is wanted, not {count}"
        raise ValueError(message)
    return rank_tables(np.ascontiguousarray(cost)[None], np.zeros(1), count)[1:]
