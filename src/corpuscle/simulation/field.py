"""What happens at the edge of the field of view."""

from typing import Literal

import numpy as np
from jaxtyping import Float

Field = Literal["open", "reflecting", "periodic"]


def fold(position: Float[np.ndarray, "n d"], side: float, *, field: Field) -> Float[np.ndarray, "n d"]:
    """Bring positions back into the field, a square or a cube centred on the origin.

    A path that is folded point by point is the path itself mirrored at every wall (reflecting) or entering again at
    the opposite side (periodic).

    >>> outside = np.array([[6.0, -7.0]])
    >>> fold(outside, 10.0, field="reflecting"), fold(outside, 10.0, field="periodic")
    (array([[ 4., -3.]]), array([[-4.,  3.]]))
    """
    if field == "open":
        return position
    if field == "periodic":
        return np.mod(position + side / 2, side) - side / 2
    return side / 2 - np.abs(np.mod(position + side / 2, 2 * side) - side)
