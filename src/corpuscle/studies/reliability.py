"""How often links are right against how likely they were said to be, pooled over scenes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from corpuscle.studies.verdict import Row

BINS = 10
RESAMPLES = 200


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A reliability curve: bins of equal count, in the order of the probability.

    Args:
        said: mean probability of each bin.
        found: share of its links that are true.
        error: standard error of that share.
        gap: expected calibration error, the mean distance of the two, each bin by its count.
        gap_error: its standard error, over scenes drawn again.
    """

    said: Float[np.ndarray, " b"]
    found: Float[np.ndarray, " b"]
    error: Float[np.ndarray, " b"]
    gap: float
    gap_error: float


def draw_curve(rows: Sequence[Row]) -> Curve | None:
    """Draw the curve of one method's rows, all scenes together; None where no link has a probability.

    The links are those that were chosen; scenes are drawn again with replacement for the error of the gap.
    """
    scenes = [(np.array(row["probability"], dtype=float), np.array(row["right"], dtype=bool)) for row in rows]
    said, right = (np.concatenate([scene[part] for scene in scenes]) for part in (0, 1))
    if len(said) < BINS:
        return None
    means, shares, counts = bin_links(said, right)
    generator = np.random.default_rng(0)
    gaps = []
    for _ in range(RESAMPLES):
        chosen = [scenes[place] for place in generator.integers(0, len(scenes), len(scenes))]
        gaps.append(measure_gap(*(np.concatenate([scene[part] for scene in chosen]) for part in (0, 1))))
    error = np.sqrt(shares * (1 - shares) / counts)
    return Curve(means, shares, error, measure_gap(said, right), float(np.std(gaps)) if len(scenes) > 1 else np.nan)


def bin_links(
    said: Float[np.ndarray, " n"], right: Bool[np.ndarray, " n"]
) -> tuple[Float[np.ndarray, " b"], Float[np.ndarray, " b"], Float[np.ndarray, " b"]]:
    """Give the mean probability, the share that is right and the count of ten bins of equal count."""
    order = np.argsort(said, kind="stable")
    parts = [part for part in np.array_split(order, BINS) if len(part)]
    means = np.array([said[part].mean() for part in parts])
    shares = np.array([right[part].mean() for part in parts])
    return means, shares, np.array([float(len(part)) for part in parts])


def measure_gap(said: Float[np.ndarray, " n"], right: Bool[np.ndarray, " n"]) -> float:
    """Give the expected calibration error.

    Source: Naeini, Cooper and Hauskrecht, AAAI 29 (2015) 2901, with bins of equal count.

    >>> measure_gap(np.full(20, 0.75), np.arange(20) % 2 == 0)
    0.25
    """
    means, shares, counts = bin_links(said, right)
    return float(np.round((counts * np.abs(means - shares)).sum() / max(counts.sum(), 1.0), 12))
