"""Every score of one result at once, as named values."""

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.scene import Truth
from corpuscle.metrics import METRICS
from corpuscle.metrics.base import Score


def score_all(
    truth: Truth,
    track: Int[np.ndarray, " n"],
    frame: Int[np.ndarray, " n"],
    position: Float[np.ndarray, "n d"],
    *,
    gate: float = 5.0,
    parent: Int[np.ndarray, " n"] | None = None,
    merged_into: Int[np.ndarray, " n"] | None = None,
) -> dict[str, float | int]:
    """Score a result in every way: links, tracks and identity.

    Args:
        truth: where the particles were; with `detection`, links are scored by identity and the rows of the result
            are those of the detections, else links are scored by pairing positions.
        track: the track of each row of the result, -1 where it is in none.
        frame: its frame.
        position: its position [length].
        gate: the distance from which on a pair of positions is none [length].
        parent: for each row the track that its own track split from, -1 otherwise.
        merged_into: for each row the track that its own track ran into, -1 otherwise.

    Returns:
        Each ratio, and the counts behind it, by the name that `corpuscle score --json` writes.

    Raises: ValueError, when truth and result cannot be compared: their dimensions differ, the gate is not above 0, a
        track stands twice in a frame, or the truth names rows that are not there.

    >>> truth = Truth(np.zeros(3, int), np.arange(3), np.zeros((3, 2)))
    >>> values = score_all(truth, np.zeros(3, int), np.arange(3), np.zeros((3, 2)))
    >>> values["link_jaccard"], values["alpha"], values["mota"]
    (1.0, 1.0, 1.0)
    """
    values: dict[str, float | int] = {}
    for name in METRICS:
        metric: type[Score] = METRICS[name]
        values |= metric.measure(
            truth, track, frame, position, gate=gate, parent=parent, merged_into=merged_into
        ).list_values()
    return values
