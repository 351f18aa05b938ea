"""Bins of transverse momentum, each of them a world of its own."""

import math

EDGES = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Where bins of true transverse momentum begin and end [GeV]."""


def find_middle(low: float, high: float) -> float:
    """Give the geometric middle of a bin, to two digits.

    >>> find_middle(0.5, 1.0), find_middle(50, 100)
    (0.71, 71.0)
    """
    return float(f"{math.sqrt(low * high):.2g}")


def tell_bin(low: float, high: float) -> str:
    """Tell a bin in words.

    >>> tell_bin(0.5, 1.0)
    '0.5-1'
    """
    return f"{low:g}-{high:g}"
