"""How unlikely what was measured is by chance: one measurement, and many of them at once."""

import numpy as np
from jaxtyping import Float
from scipy.stats import t as student


def judge_chance(value: float, null: Float[np.ndarray, " shuffle"]) -> tuple[float, float]:
    """Give by how many standard deviations a value lies above what permutations gave, and its one-sided p.

    With few permutations their spread is itself uncertain: p is that of Student's t with one degree of freedom less
    than permutations, the value being one more draw. Without any spread there is no telling, and z is 0.

    >>> z, p = judge_chance(3.0, np.array([-1.0, 0.0, 1.0]))
    >>> round(z, 3), round(p, 3)
    (3.0, 0.061)
    """
    deviation = float(null.std(ddof=1)) if len(null) > 1 else 0.0
    if deviation <= 1e-12 * max(1.0, abs(value)):
        return 0.0, 1.0
    z = (value - float(null.mean())) / deviation
    return z, float(student.sf(z / np.sqrt(1 + 1 / len(null)), len(null) - 1))


def adjust(p: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Adjust p for the number of measurements: the least share of false discoveries at which each is one.

    Source: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289.

    >>> adjust(np.array([0.01, 0.04, 0.03]))
    array([0.03, 0.04, 0.04])
    """
    order = np.argsort(p)[::-1]
    share = p[order] * len(p) / np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(np.minimum.accumulate(share), 1.0)
    return adjusted
