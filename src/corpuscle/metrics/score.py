"""Every score of one result at once, as named values."""

from corpuscle.data.scene import Truth
from corpuscle.metrics import METRICS
from corpuscle.metrics.base import Result, Score


def score_all(truth: Truth, result: Result, *, gate: float = 5.0) -> dict[str, float | int]:
    """Score a result in every way: links, tracks, identity, and calibration where links have a probability.

    Args:
        truth: where the particles were; with `detection`, links are scored by identity and the rows of the result
            are those of the detections, else links are scored by pairing positions.
        result: the tracks.
        gate: the distance from which on a pair of positions is none [length].

    Returns:
        Each ratio, and the counts behind it, by the name that `corpuscle score --json` writes.

    Raises: ValueError, when truth and result cannot be compared: their dimensions differ, the gate is not above 0, a
        track stands twice in a frame, or the truth names rows that are not there.

    >>> import numpy as np
    >>> truth = Truth(np.zeros(3, int), np.arange(3), np.zeros((3, 2)))
    >>> values = score_all(truth, Result(np.zeros(3, int), np.arange(3), np.zeros((3, 2))))
    >>> values["link_jaccard"], values["alpha"], values["mota"]
    (1.0, 1.0, 1.0)
    """
    values: dict[str, float | int] = {}
    for name in METRICS:
        metric: type[Score] = METRICS[name]
        values |= metric.measure(truth, result, gate=gate).list_values()
    return values
