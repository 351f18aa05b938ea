"""How much of a quantity a linear map of others gives: the plain question beside information."""

import numpy as np
from jaxtyping import Float, Int

from corpuscle.metrics.information.base import spread


def probe_linearly(
    features: Float[np.ndarray, "n f"],
    target: Float[np.ndarray, " n"],
    fold: Int[np.ndarray, " n"],
    *,
    ridge: float = 1e-3,
) -> float:
    """Give the share of a target's variance (R2) that a linear map gives on events that it was not fitted on.

    Every event (or other fold) is predicted by the map fitted on all others. Below 0 the mean does better.

    Args:
        features: what is mapped, a row a hit.
        target: what is to be given.
        fold: the event of each row.
        ridge: the penalty on the map's coefficients, a share of the rows.

    Raises: ValueError, when all rows are of one event.

    >>> x = np.random.default_rng(0).normal(size=(60, 2))
    >>> round(probe_linearly(x, x[:, 0] - 2 * x[:, 1], np.arange(60) // 20), 3)
    1.0
    """
    folds = np.unique(fold)
    if len(folds) < 2:
        message = "a linear probe is fitted on some events and asked on others, but all hits are of one event"
        raise ValueError(message)
    design = np.column_stack([spread(features), np.ones(len(target))])
    penalty = ridge * len(target) * np.eye(design.shape[1])
    penalty[-1, -1] = 0.0
    said = np.empty(len(target))
    for held in folds:
        inside = fold != held
        known = design[inside]
        said[~inside] = design[~inside] @ np.linalg.solve(known.T @ known + penalty, known.T @ target[inside])
    total = np.square(target - target.mean()).sum()
    return float(1 - np.square(target - said).sum() / total) if total > 0 else 0.0
