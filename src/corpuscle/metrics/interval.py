"""Intervals of scores, by drawing events anew: tracks of one event are not independent, events are."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from jaxtyping import Float, Int

LEVEL = 0.95


def draw_events(
    event: Int[np.ndarray, " n"], generator: np.random.Generator, replicates: int
) -> Iterator[Int[np.ndarray, " k"]]:
    """Give the rows of as many events as there are, drawn with replacement, again and again.

    Args:
        event: the event of each row.
        generator: where the chances come from.
        replicates: how often.

    >>> rows = draw_events(np.array([4, 4, 9]), np.random.default_rng(1), 2)
    >>> [list(map(int, one)) for one in rows]
    [[0, 1, 2], [2, 2]]
    """
    number = np.unique(event, return_inverse=True)[1].reshape(-1)
    order = np.argsort(number, kind="stable")
    count = np.bincount(number)
    first = np.concatenate([[0], np.cumsum(count)])[:-1]
    for _ in range(replicates):
        drawn = np.sort(generator.integers(0, len(count), len(count)))
        length = count[drawn]
        start = np.repeat(first[drawn] - np.concatenate([[0], np.cumsum(length)])[:-1], length)
        yield order[np.arange(length.sum()) + start]


def find_intervals(
    score: Callable[[Int[np.ndarray, " k"]], Mapping[str, float]],
    event: Int[np.ndarray, " n"],
    generator: np.random.Generator,
    *,
    replicates: int = 200,
) -> dict[str, tuple[float, float]]:
    """Give the interval of each score that holds 95 % of its values over samples of events drawn anew.

    Args:
        score: from row numbers to named scores.
        event: the event of each row.
        generator: where the chances come from.
        replicates: how many samples are drawn.

    Returns:
        The 2.5th and 97.5th percentile by name; NaN where a score is, or where there are fewer than two events.

    Source: Efron and Tibshirani, An introduction to the bootstrap (1993), chapter 13.
    """
    names = list(score(np.arange(len(event))))
    if replicates < 2 or len(np.unique(event)) < 2:
        return dict.fromkeys(names, (float("nan"), float("nan")))
    drawn = np.array([list(score(rows).values()) for rows in draw_events(event, generator, replicates)])
    return {name: read_interval(drawn[:, place]) for place, name in enumerate(names)}


def read_interval(drawn: Float[np.ndarray, " n"]) -> tuple[float, float]:
    """Read the interval from the values that were drawn, those that are none left out."""
    known = drawn[np.isfinite(drawn)]
    if not len(known):
        return float("nan"), float("nan")
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
