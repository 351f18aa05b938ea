"""How many floating-point operations a frame costs: three ways to track by hypotheses, counted by hand.

Additions, subtractions, multiplications, divisions and exponentials count one each; comparisons and changes of sign
none. A test counts the same operations in the code.
"""

import math

FILTER = {
    "mean predicted, F m": 4 * 7,
    "covariance predicted, F P F' + Q": 2 * 16 * 7 + 16,
    "residual, z - H m": 2 * 7 + 2,
    "its covariance, H P H' + R": 8 * 7 + 4 * 7 + 4,
    "its inverse": 9,
    "gain, P H' S^-1": 8 * 7 + 8 * 3,
    "mean, m + K r": 4 * 3 + 4,
    "covariance, (1 - K H) P": 16 * 3 + 16 + 16 * 7,
    "distance, r' S^-1 r": 2 * 3 + 3 + 1,
}
"""One step of a Kalman filter with the state (x, y, dx, dy), every matrix written out: what each part costs."""


def count_naive(particles: int, window: int) -> int:
    """Count for every hypothesis its own filters over the whole window, in the plane: N!^K K N filter steps.

    >>> count_naive(2, 1)
    2652
    """
    return int(math.factorial(particles) ** window * window * particles * sum(FILTER.values()))


def count_shared(particles: int, window: int, dimensions: int = 2) -> int:
    """Count `mht`: shared prefixes, one covariance for all; no branch is left, so that it is the most that it costs.

    Each of the N!^k nodes at depth k < K prices N^2 pairs and N! permutations, and below the root had N particles
    updated; then the root is. The deepest nodes go on to their cheapest child only. Gains do not depend on the data and
    are found once.

    >>> count_shared(2, 1)
    77
    """
    orders = math.factorial(particles)
    pairs = particles**2 * (5 * dimensions + 1)
    update = 7 * particles * dimensions
    nodes = sum(orders**depth for depth in range(window))
    left = orders ** (window - 1) * (orders - 1)
    return int(nodes * (pairs + orders * (particles + 1) + update) - left)


def count_merged(window: int, dimensions: int = 2) -> int:
    """Count `merged` for two particles: 2^(w - 1) survivors, each with two children, merged again.

    >>> count_merged(8)
    7811
    """
    return int(2 ** (window - 1) * (22 * dimensions + 17) + 3)
