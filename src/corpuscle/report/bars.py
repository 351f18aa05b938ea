"""Means over rows, and how uncertain they are."""

from collections.abc import Sequence

import numpy as np

from corpuscle.studies.verdict import Row, mean_and_error


def find_mean(rows: Sequence[Row], score: str) -> tuple[float, float]:
    """Give the mean of a score over rows and its standard error.

    Rows may bring an error of their own, `<score>_error`: the larger of the mean's from these and from the spread of
    the rows counts, since a few rows may lie near each other by chance.

    >>> find_mean([{"auc": 0.5, "auc_error": 0.3}, {"auc": 0.5, "auc_error": 0.4}], "auc")
    (0.5, 0.25)
    """
    mean, spread = mean_and_error(np.array([row[score] for row in rows], dtype=float))
    own = [row.get(f"{score}_error") for row in rows]
    if not rows or not all(isinstance(error, float) for error in own):
        return mean, spread
    images = float(np.sqrt(np.sum(np.array(own, dtype=float) ** 2)) / len(rows))
    return mean, float(np.fmax(images, spread))
