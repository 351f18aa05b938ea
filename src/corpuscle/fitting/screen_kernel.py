"""Compiled: one pass over the hits of each track for what no fit can use."""

import numpy as np

from corpuscle.data.compiled import compiled

FEW, INFINITE, ON_AXIS, COINCIDENT, STRAIGHT, LOOPING, TWICE = 1, 2, 3, 4, 5, 6, 9
AXIS = 1e-6
"""A hit as near to the axis as this lies on it [mm]."""
SAME = 1e-9
"""Two hits lie at the same place, three on a line, to this share of the distance."""


@compiled
def screen_tracks(position: np.ndarray, offset: np.ndarray, reason: np.ndarray) -> None:
    """Write the number of each track's reason; 0: none."""
    for t in range(len(reason)):
        reason[t] = screen_track(position[offset[t] : offset[t + 1]])


@compiled
def screen_track(position: np.ndarray) -> int:
    """Give the first reason that a track's hits give.

    Whether it turns back is told by the circle through three hits: the innermost, the outermost and the one farthest
    from the chord between these. Along the direction of flight at its perigee all hits lie ahead, unless it does.
    """
    if len(position) < 3:
        return FEW
    low, high = 0, 0
    least, most = np.inf, -np.inf
    for i in range(len(position)):
        x, y, z = position[i, 0], position[i, 1], position[i, 2]
        if not (np.isfinite(x) and np.isfinite(y) and np.isfinite(z)):
            return INFINITE
        squared = x * x + y * y
        if squared < least:
            low, least = i, squared
        if squared > most:
            high, most = i, squared
    if least < AXIS * AXIS:
        return ON_AXIS
    if count_places(position, SAME * SAME * most) < 3:
        return COINCIDENT
    if has_twin(position):
        return TWICE
    if most - least <= SAME * most:
        return LOOPING
    x, y = position[low, 0], position[low, 1]
    bx, by = position[high, 0] - x, position[high, 1] - y
    area, far = 0.0, low
    for i in range(len(position)):
        off = (position[i, 0] - x) * by - (position[i, 1] - y) * bx
        if abs(off) > abs(area):
            area, far = off, i
    if abs(area) <= SAME * (bx * bx + by * by):
        return STRAIGHT
    ax, ay = position[far, 0] - x, position[far, 1] - y
    a2, b2 = ax * ax + ay * ay, bx * bx + by * by
    middle_x = x + (by * a2 - ay * b2) / (2.0 * area)
    middle_y = y + (ax * b2 - bx * a2) / (2.0 * area)
    ahead, behind = False, False
    for i in range(len(position)):
        along = position[i, 1] * middle_x - position[i, 0] * middle_y
        ahead = ahead or along >= 0.0
        behind = behind or along <= 0.0
    return LOOPING if ahead and behind else 0


@compiled
def has_twin(position: np.ndarray) -> bool:
    """Tell whether two hits have the same coordinates to the last digit: one that was written twice counts twice."""
    for i in range(len(position)):
        for j in range(i):
            if (
                position[i, 0] == position[j, 0]
                and position[i, 1] == position[j, 1]
                and position[i, 2] == position[j, 2]
            ):
                return True
    return False


@compiled
def count_places(position: np.ndarray, squared: float) -> int:
    """Count the different places of hits across the field, up to three."""
    second = -1
    for i in range(1, len(position)):
        if measure(position, 0, i) <= squared:
            continue
        if second < 0:
            second = i
        elif measure(position, second, i) > squared:
            return 3
    return 1 if second < 0 else 2


@compiled
def measure(position: np.ndarray, i: int, j: int) -> float:
    """Give the squared distance of two hits across the field."""
    dx, dy = position[i, 0] - position[j, 0], position[i, 1] - position[j, 1]
    return float(dx * dx + dy * dy)
