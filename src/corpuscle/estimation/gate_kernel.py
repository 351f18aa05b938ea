"""Compiled: which positions lie within reach of which, by a hashed grid."""

import numpy as np

from corpuscle.data.compiled import compiled


@compiled
def cell_of(value: float, side: float) -> int:
    """Number the cell of a coordinate."""
    return int(np.floor(value / side))


@compiled
def hash_cell(x: int, y: int, z: int, mask: int) -> int:
    """Hash a cell into a table of `mask + 1` places."""
    return int((x * 73856093) ^ (y * 19349663) ^ (z * 83492791)) & mask


@compiled
def fill_grid(position: np.ndarray, side: float) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Sort positions into the places of a hash table of cells.

    Returns the cell of each position, the start of each place, the positions in the order of the places, and the
    table's mask.
    """
    count, space = position.shape
    size = 16
    while size < 2 * count:
        size *= 2
    mask = size - 1
    cell = np.zeros((count, 3), np.int64)
    place = np.empty(count, np.int64)
    start = np.zeros(size + 1, np.int64)
    for i in range(count):
        for d in range(space):
            cell[i, d] = cell_of(position[i, d], side)
        place[i] = hash_cell(cell[i, 0], cell[i, 1], cell[i, 2], mask)
        start[place[i] + 1] += 1
    for p in range(size):
        start[p + 1] += start[p]
    order = np.empty(count, np.int64)
    cursor = start[:-1].copy()
    for i in range(count):
        order[cursor[place[i]]] = i
        cursor[place[i]] += 1
    return cell, start, order, mask


@compiled
def choose_side(position: np.ndarray, reach: np.ndarray) -> float:
    """Choose the side of a cell: the widest reach, or twice that where cells would be nearly empty."""
    count, space = position.shape
    widest = 0.0
    for i in range(len(reach)):
        widest = max(widest, reach[i])
    if widest <= 0.0 or count == 0:
        return 1e-9 if widest <= 0.0 else widest
    cells = 1.0
    for d in range(space):
        least = position[0, d]
        most = position[0, d]
        for i in range(count):
            least = min(least, position[i, d])
            most = max(most, position[i, d])
        cells *= (most - least) / (2.0 * widest) + 1.0
    return 2.0 * widest if count < 2.0 * cells else widest


@compiled
def find_pairs(
    before: np.ndarray, after: np.ndarray, reach: np.ndarray, limit: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Find every position of `after` within `reach[i]` of `before[i]`.

    Returns row starts, columns and squared distances, as compressed rows, and the count (one element): beyond `limit`
    the search ends early, at the next time that the arrays would grow, and the others are not complete.
    """
    rows, space = before.shape
    first = np.zeros(rows + 1, np.int64)
    room = max(16, 4 * rows)
    column = np.empty(room, np.int64)
    squared = np.empty(room, np.float64)
    found = 0
    side = choose_side(after, reach)
    cell, start, order, mask = fill_grid(after, side)
    low = np.zeros(3, np.int64)
    high = np.zeros(3, np.int64)
    for i in range(rows):
        for d in range(space):
            low[d] = cell_of(before[i, d] - reach[i], side)
            high[d] = cell_of(before[i, d] + reach[i], side)
        bound = reach[i] * reach[i]
        for x in range(low[0], high[0] + 1):
            for y in range(low[1], high[1] + 1):
                for z in range(low[2], high[2] + 1):
                    place = hash_cell(x, y, z, mask)
                    for k in range(start[place], start[place + 1]):
                        j = order[k]
                        if cell[j, 0] != x or cell[j, 1] != y or cell[j, 2] != z:
                            continue
                        total = 0.0
                        for d in range(space):
                            step = after[j, d] - before[i, d]
                            total += step * step
                        if total > bound:
                            continue
                        if found == room:
                            if found >= limit:
                                return first, column, squared, np.array([found + 1])
                            room *= 2
                            wider = np.empty(room, np.int64)
                            wider[:found] = column[:found]
                            column = wider
                            deeper = np.empty(room, np.float64)
                            deeper[:found] = squared[:found]
                            squared = deeper
                        column[found] = j
                        squared[found] = total
                        found += 1
        first[i + 1] = found
    return first, column[:found], squared[:found], np.array([found])


@compiled
def collect_pairs(
    position: np.ndarray,
    start: np.ndarray,
    number: np.ndarray,
    clock: np.ndarray,
    leaves: np.ndarray,
    enters: np.ndarray,
    span: tuple[int, int],
    gate: float,
    growth: float,
    limit: int,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int]:
    """Find the pairs of rows that may be linked, over frame differences from `span[0]` to `span[1]`.

    Rows are sorted by frame; `leaves` and `enters` mark the rows that may be the earlier and the later of a pair. The
    gate grows with the elapsed time to the power `growth`, and the cost is the squared distance over that growth
    squared, so that the gate's edge always costs `gate ** 2`.

    Returns earlier rows, later rows, costs, and how many there are (above `limit`: more than were kept).
    """
    frames = len(number)
    room = 1024
    row = np.empty(room, np.int64)
    column = np.empty(room, np.int64)
    cost = np.empty(room, np.float64)
    found = 0
    for k in range(frames):
        sources = np.flatnonzero(leaves[start[k] : start[k + 1]]) + start[k]
        if len(sources) == 0:
            continue
        before = position[sources]
        m = k + 1
        while m < frames and number[m] - number[k] <= span[1]:
            if number[m] - number[k] >= span[0]:
                goals = np.flatnonzero(enters[start[m] : start[m + 1]]) + start[m]
                if len(goals):
                    grown = (clock[m] - clock[k]) ** growth
                    reach = np.full(len(sources), gate * grown)
                    first, to, squared, count = find_pairs(before, position[goals], reach, limit - found)
                    if count[0] > limit - found:
                        return row, column, cost, limit + 1
                    extra = len(to)
                    if found + extra > room:
                        while found + extra > room:
                            room *= 2
                        row = np.concatenate((row[:found], np.empty(room - found, np.int64)))
                        column = np.concatenate((column[:found], np.empty(room - found, np.int64)))
                        cost = np.concatenate((cost[:found], np.empty(room - found, np.float64)))
                    for i in range(len(sources)):
                        for e in range(first[i], first[i + 1]):
                            row[found] = sources[i]
                            column[found] = goals[to[e]]
                            cost[found] = squared[e] / (grown * grown)
                            found += 1
            m += 1
    return row[:found], column[:found], cost[:found], found
