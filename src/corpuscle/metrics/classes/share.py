"""A share of images, with Wilson's interval."""

import math

from scipy.special import ndtri

from corpuscle.metrics.interval import LEVEL


def find_share_interval(part: float, whole: float) -> tuple[float, float]:
    """Give the 95 % interval of a share: of 0 of n and n of n, too, it has a width; NaN of nothing.

    (p + z^2 / 2n -+ z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)

    Source: Wilson, Journal of the American Statistical Association 22 (1927) 209.

    >>> low, high = find_share_interval(0, 10)
    >>> round(low, 4), round(high, 4)
    (0.0, 0.2775)
    """
    if whole <= 0:
        return math.nan, math.nan
    z, share = float(ndtri((1 + LEVEL) / 2)), part / whole
    middle = share + z * z / (2 * whole)
    reach = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return max((middle - reach) / scale, 0.0), min((middle + reach) / scale, 1.0)
