"""How fast and how freely particles diffuse: the covariance estimator of D, and the exponent of the displacement."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from corpuscle.estimation.movement.displacement import Sums, divide

FEWEST_LAGS = 3
"""An exponent is fitted to at least so many lags."""


@dataclass(frozen=True, slots=True, eq=False)
class Diffusion:
    """Diffusion of each row of some sums (a track, a draw, or all together).

    Args:
        coefficient: diffusion coefficient (D) [length^2 per lag]; unbiased, so it may fall below 0.
        error: its standard error, were the row one track of independent steps [length^2 per lag].
        noise: squared standard deviation of a measured coordinate (sigma^2) [length^2]; may fall below 0.
    """

    coefficient: Float[np.ndarray, " k"]
    error: Float[np.ndarray, " k"]
    noise: Float[np.ndarray, " k"]


def estimate_diffusion(sums: Sums, *, blur: float = 0.0) -> Diffusion:
    """Estimate D and the measurement noise from the covariance of steps.

    With the mean squared step s and the mean product p of two steps in a row, each over the number of axes:
    D = s / 2 + p, sigma^2 = R s + (2 R - 1) p. Noise moves a position for one frame only, so that it makes steps that
    follow each other opposite; that is what the product takes off again. The variance is
    (6 D^2 + 4 D e + 2 e^2) / N + 4 (D + e)^2 / N^2, e = sigma^2 - 2 R D, over the number of axes, N the steps.

    Args:
        sums: squared displacements and products.
        blur: motion blur (R): 0 where positions are measured in an instant, 1/6 where over the whole frame.

    Source: Vestergaard, Blainey and Flyvbjerg, Phys. Rev. E 89 (2014) 022726, Eqs 14-17.

    >>> from corpuscle.estimation.movement.displacement import lay_paths, list_terms
    >>> walk = np.random.default_rng(0).normal(0, 2.0, (5000, 2)).cumsum(axis=0)
    >>> terms = list_terms(lay_paths(np.zeros(5000, int), np.arange(5000), walk), 1)
    >>> found = estimate_diffusion(terms.add_up(np.ones(len(terms.track))))
    >>> bool(abs(found.coefficient[0] - 2.0) < 2 * found.error[0])
    True
    """
    space = sums.terms.space
    square, product = sums.squared[:, 0] / space, sums.product / space
    coefficient, noise = square / 2 + product, blur * square + (2 * blur - 1) * product
    error = find_error(coefficient, noise, sums.count[:, 0], space=space, blur=blur)
    return Diffusion(coefficient, error, noise)


def find_error(
    coefficient: Float[np.ndarray, "#k"],
    noise: Float[np.ndarray, "#k"],
    steps: Float[np.ndarray, " k"],
    *,
    space: int,
    blur: float = 0.0,
) -> Float[np.ndarray, " k"]:
    """Give the standard error of D from a track of so many steps (see `estimate_diffusion`); below 0 counts as 0."""
    held = np.maximum(coefficient, 0)
    rest = np.maximum(np.maximum(noise, 0) - 2 * blur * held, 0)
    one, two = 6 * held**2 + 4 * held * rest + 2 * rest**2, 4 * (held + rest) ** 2
    variance = divide(one + 0 * steps, steps) + divide(two + 0 * steps, steps**2)
    return np.asarray(np.sqrt(variance / space))


def estimate_exponent(
    sums: Sums, *, noise: float = 0.0, longest: Float[np.ndarray, " k"] | None = None
) -> Float[np.ndarray, " k"]:
    """Fit the exponent alpha of the mean squared displacement, 2 d D lag^alpha, by a line through its logarithm.

    Each lag weighs as many independent displacements as it has: their number over the lag. What noise adds,
    2 d sigma^2, is taken off where the noise is known; where it is not, it lowers the exponent.

    Args:
        sums: squared displacements.
        noise: variance of a measured coordinate, where known (sigma^2) [length^2].
        longest: the longest lag to fit in each row; by default all.

    Returns:
        The exponents: 1 for Brownian motion, 2 for directed, below 1 for confined; NaN with fewer than three lags.
    """
    lag = np.arange(1, sums.terms.lags + 1)
    squared = sums.squared - 2 * sums.terms.space * noise
    used = (sums.count[:, :-1] > 0) & (squared > 0)
    if longest is not None:
        used &= lag <= longest[:, None]
    slope = fit_slope(np.log(lag), np.log(np.where(used, squared, 1.0)), np.where(used, sums.count[:, :-1] / lag, 0.0))
    return np.where(used.sum(axis=1) >= FEWEST_LAGS, slope, np.nan)


def estimate_slope(sums: Sums) -> Float[np.ndarray, " k"]:
    """Estimate D from the slope of the mean squared displacement, 2 d D lag + constant, over all lags.

    Less precise than `estimate_diffusion`, but blind to noise that outlasts a frame. The weights are those of
    `estimate_exponent`.

    Returns:
        D [length^2 per lag]; NaN with fewer than three lags.
    """
    lag = np.arange(1, sums.terms.lags + 1)
    count = sums.count[:, :-1]
    slope = fit_slope(lag.astype(np.float64), np.nan_to_num(sums.squared), count / lag)
    return np.where((count > 0).sum(axis=1) >= FEWEST_LAGS, slope / (2 * sums.terms.space), np.nan)


def fit_slope(
    x: Float[np.ndarray, " l"], y: Float[np.ndarray, "k l"], weight: Float[np.ndarray, "k l"]
) -> Float[np.ndarray, " k"]:
    """Fit a line to each row and give its slope; NaN where one point or none has weight."""
    whole = np.where(weight.sum(axis=1) > 0, weight.sum(axis=1), 1.0)
    off = x - ((weight * x).sum(axis=1) / whole)[:, None]
    return divide((weight * off * y).sum(axis=1), (weight * off**2).sum(axis=1))
