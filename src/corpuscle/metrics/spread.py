"""How residuals lie: bias and width, tails, pulls, and whether the errors said of them are right."""

import math
from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.special import erf, ndtr, ndtri

Values = Float[np.ndarray, " n"]

ONE_SIGMA, TWO_SIGMA = (float(erf(number / math.sqrt(2))) for number in (1, 2))
"""The shares of a normal distribution within one and two standard deviations: 0.6827 and 0.9545."""

FAR = 3.0
"""The errors from which on a residual is far."""


def find_width(residual: Values, share: float = ONE_SIGMA) -> float:
    """Give half the width of the interval that holds the middle share of residuals; NaN of fewer than two.

    Of a normal distribution that is its standard deviation (r68), whatever its mean; far ones count only by being far.

    >>> find_width(np.arange(-100.0, 101.0)).__round__(2)
    68.27
    """
    if len(residual) < 2:
        return math.nan
    low, high = np.quantile(residual, [(1 - share) / 2, (1 + share) / 2])
    return float(high - low) / 2


def expect_width(errors: Values) -> float:
    """Give the width (r68) that normal residuals with these standard deviations would have together; NaN of none.

    The w at which the mean of erf(w / (error sqrt 2)) is 0.6827.

    >>> expect_width(np.full(5, 0.3)).__round__(6)
    0.3
    """
    if not len(errors):
        return math.nan
    low, high = float(errors.min()), float(errors.max())
    return float(brentq(lambda width: erf(width / errors / math.sqrt(2)).mean() - ONE_SIGMA, low / 2, 2 * high))


def find_bias(residual: Values) -> float:
    """Give the median of residuals; NaN of none."""
    return float(np.median(residual)) if len(residual) else math.nan


def find_tails(residual: Values) -> float:
    """Give the half width of 95.45 % over that of 68.27 % (r95/r68): 2 of a normal distribution, more with tails."""
    return divide_widths(find_width(residual, TWO_SIGMA), find_width(residual))


def divide_widths(width: float, other: float) -> float:
    """Divide one width by another; NaN where the other is nothing."""
    return width / other if other > 0 else math.nan


def take_mean(values: Values) -> float:
    """Give a mean; NaN of nothing."""
    return float(values.mean()) if len(values) else math.nan


def cover(pull: Values, level: float) -> float:
    """Give the share of residuals within the interval that a Gaussian of the error said gives to a level."""
    return take_mean((np.abs(pull) <= ndtri((1 + level) / 2)).astype(float))


def rank_probability(residual: Values, error: Values) -> float:
    """Give the mean continuous ranked probability score of Gaussians with the errors said; small is good.

    CRPS = sigma [z (2 Phi(z) - 1) + 2 phi(z) - 1/sqrt(pi)], z the residual over the error sigma.

    Source: Gneiting and Raftery, Journal of the American Statistical Association 102 (2007) 359, section 4.2.
    """
    z = residual / error
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return take_mean(error * (z * (2 * ndtr(z) - 1) + 2 * density - 1 / math.sqrt(math.pi)))


SPREAD: Mapping[str, Callable[[Values], float]] = {"bias": find_bias, "r68": find_width, "tails": find_tails}
"""Scores of residuals, by name."""

PULLS: Mapping[str, Callable[[Values], float]] = {
    "far": lambda pull: take_mean((np.abs(pull) > FAR).astype(float)),
    "pull_mean": take_mean,
    "pull_width": find_width,
    "coverage68": lambda pull: cover(pull, 0.68),
    "coverage95": lambda pull: cover(pull, 0.95),
}
"""Scores of pulls, which are residuals over the errors said of them, by name."""


def score_spread(residual: Values, error: Values) -> dict[str, float]:
    """Score residuals, and the errors said of them where they were; NaN of none.

    Args:
        residual: found less true.
        error: the standard deviation said of each; NaN where none was.

    >>> normal = 2 * ndtri((np.arange(10_000) + 0.5) / 10_000)
    >>> scores = score_spread(normal, np.full(10_000, 2.0))
    >>> {name: round(scores[name], 2) for name in ("r68", "tails", "pull_width", "coverage68", "coverage95", "crps")}
    {'r68': 2.0, 'tails': 2.0, 'pull_width': 1.0, 'coverage68': 0.68, 'coverage95': 0.95, 'crps': 1.13}
    """
    said = np.isfinite(error) & (error > 0)
    pull = residual[said] / error[said]
    scores = {name: measure(residual) for name, measure in SPREAD.items()}
    scores |= {name: measure(pull) for name, measure in PULLS.items()}
    return scores | {"crps": rank_probability(residual[said], error[said])}
