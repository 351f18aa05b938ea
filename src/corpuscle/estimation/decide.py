"""Which links to make, given how likely each is."""

import numpy as np
from jaxtyping import Float, Int

from corpuscle.estimation.assign import assign_sparse

ROUNDS = 6
"""The most rounds in which threshold and decision are brought to agree; three are usual."""


def decide_links(
    row: Int[np.ndarray, " e"],
    column: Int[np.ndarray, " e"],
    probability: Float[np.ndarray, " e"],
    *,
    rows: int,
    columns: int,
    minimum: float | None = None,
) -> tuple[Int[np.ndarray, " k"], float]:
    """Choose the links that are worth making: those of the largest sum of (probability - threshold).

    Each row and each column has one link at most. Without a `minimum` the threshold is the one that maximises the
    expected Jaccard J = A / (n + M - A), with A the summed probability of the n links chosen and M that of all
    candidates, the expected number of true links: a link is worth making if p >= J / (1 + J).

    Args:
        row: the earlier detection of each candidate, in any order; no pair stands twice.
        column: its later detection.
        probability: how likely each candidate is a true link.
        rows: how many earlier detections there are.
        columns: how many later ones.
        minimum: the threshold, where the caller has one.

    Returns:
        Which candidates are chosen, in the order of their rows, and the threshold.

    Source: Dinkelbach, Management Science 13 (1967) 492, for the maximum of a ratio.

    >>> probability = np.array([0.9, 0.3, 0.2])
    >>> decide_links(np.array([0, 1, 1]), np.array([0, 1, 2]), probability, rows=2, columns=3, minimum=0.5)
    (array([0]), 0.5)
    """
    candidates = np.flatnonzero(probability > 0.0)
    candidates = candidates[np.lexsort((column[candidates], row[candidates]))]
    row, column, probability = row[candidates], column[candidates], probability[candidates]
    key = row * columns + column

    def choose(threshold: float) -> Int[np.ndarray, " k"]:
        made = assign_sparse(row, column, -probability, rows=rows, columns=columns, unassigned=-threshold)
        found: Int[np.ndarray, " k"] = np.searchsorted(key, made[:, 0] * columns + made[:, 1])
        return found

    if minimum is not None:
        return candidates[choose(float(minimum))], float(minimum)
    threshold = 0.5
    chosen = choose(threshold)
    for _ in range(ROUNDS):
        jaccard = expect_jaccard(probability[chosen], float(probability.sum()))
        threshold, before = jaccard / (1.0 + jaccard), chosen
        chosen = choose(threshold)
        if np.array_equal(chosen, before):
            break
    return candidates[chosen], threshold


def expect_jaccard(chosen: Float[np.ndarray, " k"], expected: float) -> float:
    """Give the expected Jaccard of links: their summed probability over all links that are chosen or true.

    The ratio of the expectations, as of many links; 1 where none is chosen and none is expected.

    Args:
        chosen: probability of each chosen link.
        expected: the expected number of true links.

    >>> expect_jaccard(np.array([0.5, 0.5]), 2.0)
    0.3333333333333333
    """
    right = float(chosen.sum())
    union = len(chosen) + expected - right
    return right / union if union > 0.0 else 1.0
