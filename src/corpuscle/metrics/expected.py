"""What a score is expected to be, as far as the links' own probabilities tell."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How many links are expected to be right, without a truth.

    It is worth what the probabilities are worth, and sees only the links that were made.

    Args:
        links: links that have a probability.
        wrong: expected number of wrong ones: sum of 1 - p.
        spread: its standard deviation, were the links independent: sqrt(sum of p (1 - p)).
    """

    links: int
    wrong: float
    spread: float

    @property
    def precision(self) -> float:
        """Expected share of right links; NaN without links."""
        return 1 - self.wrong / self.links if self.links else math.nan

    @property
    def jaccard(self) -> float:
        """Expected Jaccard where each wrong link stands in the place of a true one: a / (2 - a), a the precision."""
        return self.precision / (2 - self.precision)


def expect(probability: Float[np.ndarray, " n"]) -> Expected:
    """Sum up the probabilities of links; NaN stands for none.

    >>> expect(np.array([np.nan, 0.9, 0.7])).precision
    0.8
    """
    known = probability[~np.isnan(probability)]
    wrong, spread = float((1 - known).sum()), float(np.sqrt((known * (1 - known)).sum()))
    return Expected(links=len(known), wrong=wrong, spread=spread)
