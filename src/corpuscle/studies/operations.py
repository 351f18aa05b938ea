"""Floating-point operations of three ways to search hypotheses, counted by hand.

An addition, a subtraction, a multiplication, a division and an exponential are one operation each; comparisons,
look-ups and signs are none. Every count is for one frame in the middle of a long sequence.
"""

import math

STATE = 4
MEASURED = 2
"""Numbers in the published state (x, y, dx, dy) and in a measurement."""


def count_product(rows: int, inner: int, columns: int) -> int:
    """Count a product of two matrices.

    >>> count_product(4, 4, 1)
    28
    """
    return rows * columns * (2 * inner - 1)


def count_filter_step() -> int:
    """Count one step of one Kalman filter with full matrices, as Eq 4 writes it, and its Mahalanobis distance.

    x = F x; P = F P F' + Q; e = z - H x; S = H P H' + R; its inverse; K = P H' S^-1; e' S^-1 e; x + K e; (I - K H) P.
    """
    n, m = STATE, MEASURED
    predict = count_product(n, n, 1) + 2 * count_product(n, n, n) + n * n
    innovate = count_product(m, n, 1) + m
    spread = count_product(m, n, n) + count_product(m, n, m) + m * m
    invert = 3 + m * m  # the determinant and four divisions
    gain = count_product(n, n, m) + count_product(n, m, m)
    distance = count_product(m, m, 1) + count_product(1, m, 1)
    update = count_product(n, m, 1) + n + count_product(n, m, n) + n * n + count_product(n, n, n)
    return predict + innovate + spread + invert + gain + distance + update


def count_naive(particles: int, window: int) -> int:
    """Count multiple hypotheses as they are described: every hypothesis filters its whole window anew.

    N!^K hypotheses, K frames, N filters each; the distances are added up.

    >>> count_naive(2, 1)
    2644
    """
    hypotheses = math.factorial(particles) ** window
    return hypotheses * window * particles * (count_filter_step() + 1)


def count_shared(particles: int, window: int, *, space: int = 2) -> int:
    """Count a tree over the window: hypotheses share the filters of what they have in common, and one covariance.

    Every node prices all pairs of particles and detections once, adds up the distances of each permutation, and
    updates the states of each of its children. No branch is left early, as `mht` does: this is the most it costs.

    >>> count_shared(2, 1)
    104
    """
    orders = math.factorial(particles)
    price = particles**2 * (5 * space + 1)
    child = particles + 7 * particles * space
    parents = sum(orders**depth for depth in range(window))
    return parents * (price + orders * child)


def count_merged(window: int, *, space: int = 2) -> int:
    """Count merged hypotheses of two particles, in the difference of their positions, as `merged` does it.

    Each of the 2^(w - 1) survivors is continued in two ways; each two that come to agree are made one.

    >>> count_merged(1)
    52
    """
    survivors = 2 ** (window - 1)
    continued = 16 * space + 2
    weighed = 2 * 4
    merged = 4 + 3 * space
    return survivors * (continued + weighed + merged)
