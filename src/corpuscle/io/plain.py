"""Values as JSON has them: null in place of what it has no number for."""

import math
from collections.abc import Mapping


def make_plain(value: object) -> object:
    """Put null in place of what JSON has no number for.

    >>> make_plain({"a": [float("nan"), 1.0], "b": float("inf")})
    {'a': [None, 1.0], 'b': None}
    """
    if isinstance(value, Mapping):
        return {name: make_plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [make_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
