"""What happens at the edge of the field of view."""

from typing import Literal

import numpy as np
from jaxtyping import Float, Int

Field = Literal["open", "reflecting", "periodic", "crossing"]


def fold(position: Float[np.ndarray, "n d"], side: float, *, field: Field) -> Float[np.ndarray, "n d"]:
    """Bring positions back into the field, a square or a cube centred on the origin.

    A path that is folded point by point is the path itself mirrored at every wall (reflecting) or entering again at
    the opposite side (periodic, crossing).

    >>> outside = np.array([[6.0, -7.0]])
    >>> fold(outside, 10.0, field="reflecting"), fold(outside, 10.0, field="periodic")
    (array([[ 4., -3.]]), array([[-4.,  3.]]))
    """
    if field == "open":
        return position
    if field in {"periodic", "crossing"}:
        return np.mod(position + side / 2, side) - side / 2
    return side / 2 - np.abs(np.mod(position + side / 2, 2 * side) - side)


def end_at_edge(
    track: Int[np.ndarray, " m"], frame: Int[np.ndarray, " m"], path: Float[np.ndarray, "m d"], side: float
) -> tuple[Int[np.ndarray, " m"], Int[np.ndarray, " m"]]:
    """End a particle where its path leaves the field, and begin another where the folded path enters again.

    As many enter as leave, with the directions of those that leave, so that density and directions stay as they are.

    Args:
        track: the particle of each row, sorted; within each the frames in order.
        frame: its frame.
        path: where it would be without edges [length].
        side: the side of the field [length].

    Returns:
        The order of the rows, by new particle and frame, and the new particle of each, numbered in the order of births.

    >>> end_at_edge(np.zeros(3, int), np.arange(3), np.array([[0.0, 0.0], [4.0, 0.0], [6.0, 0.0]]), 10.0)
    (array([0, 1, 2]), array([0, 0, 1]))
    """
    field = np.floor((path + side / 2) / side)
    begins = np.append(True, (np.diff(track) != 0) | (np.diff(field, axis=0) != 0).any(axis=1))[: len(track)]
    piece = np.cumsum(begins) - 1
    number = np.empty(int(begins.sum()), dtype=np.int64)
    number[np.argsort(frame[begins], kind="stable")] = np.arange(len(number))
    renamed = number[piece]
    order = np.lexsort((frame, renamed))
    return order, renamed[order]
