"""Parameters and multiply-adds of layers, by formula and without torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Count:
    """What a layer has and does.

    Args:
        parameters: numbers that training sets.
        multiply_adds: multiplications with an addition for one input; norms and activations are not counted.

    >>> Count(2, 3) + 2 * Count(1, 1)
    Count(parameters=4, multiply_adds=5)
    """

    parameters: int = 0
    multiply_adds: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.parameters + other.parameters, self.multiply_adds + other.multiply_adds)

    def __rmul__(self, times: int) -> "Count":
        return Count(times * self.parameters, times * self.multiply_adds)


def count_linear(inputs: int, outputs: int, *, times: int = 1, bias: bool = True) -> Count:
    """Count a linear map that is done so many times.

    >>> count_linear(3, 2, times=5)
    Count(parameters=8, multiply_adds=30)
    """
    return Count(inputs * outputs + bias * outputs, times * inputs * outputs)


def count_norm(width: int) -> Count:
    """Count a norm, which scales and shifts."""
    return Count(2 * width)


def count_attention(
    width: int, *, query: int, key: int, inner: int | None = None, asked: int | None = None, known: bool = True
) -> int:
    """Count the multiply-adds of one attention.

    Q: query d i, K and V: 2 key a i, Q K^T and its product with V: 2 query key i, the mixing: query i d.

    Args:
        width: numbers a token has (d).
        query: tokens that ask.
        key: tokens that are asked.
        inner: numbers of a query, a key and a value, all heads together (i); the width where None.
        asked: numbers that a key and a value are made from (a); the width where None.
        known: whether the keys and values are made here.

    >>> count_attention(2, query=1, key=1)
    20
    """
    inner, asked = inner or width, asked or width
    return 2 * query * width * inner + known * 2 * key * asked * inner + 2 * query * key * inner


def count_feed_forward(width: int, hidden: int, *, token: int) -> int:
    """Count the multiply-adds of the two linear maps.

    >>> count_feed_forward(2, 3, token=1)
    12
    """
    return 2 * token * width * hidden
