"""How many hypotheses a window has, and what becomes of too many."""

import itertools
import math

import numpy as np
from jaxtyping import Int


class TooManyHypotheses(ValueError):
    """A window has more hypotheses than are allowed.

    Args:
        count: how many it has.
        limit: how many are allowed.
        setting: the setting that lowers them.
    """

    def __init__(self, count: int, limit: int, setting: str) -> None:
        self.count, self.limit, self.setting = count, limit, setting
        many = f"{count:,}" if count < 10**15 else f"about 10^{math.floor(math.log10(count))}"
        super().__init__(f"{many} hypotheses are more than the limit of {limit:,}; lower `{setting}` or raise `limit`")


def count_hypotheses(particles: int, window: int) -> int:
    """Count the ways in which particles can be seen again over a window of frames: N!^window.

    >>> count_hypotheses(2, 8)
    256
    """
    return int(math.factorial(particles) ** window)


def list_orders(particles: int) -> Int[np.ndarray, "orders n"]:
    """List every permutation, the identity first.

    >>> list_orders(2)
    array([[0, 1], [1, 0]])
    """
    return np.array(list(itertools.permutations(range(particles))), dtype=np.int64).reshape(-1, particles)
