"""Compiled: the least-cost pairing of a sparse table, by shortest augmenting paths."""

import numpy as np

from corpuscle.data.compiled import compiled


@compiled
def push(heap_cost: np.ndarray, heap_item: np.ndarray, size: int, cost: float, item: int) -> int:
    """Put an item on a binary heap and give the new size."""
    i = size
    while i > 0:
        up = (i - 1) >> 1
        if heap_cost[up] <= cost:
            break
        heap_cost[i] = heap_cost[up]
        heap_item[i] = heap_item[up]
        i = up
    heap_cost[i] = cost
    heap_item[i] = item
    return size + 1


@compiled
def pop(heap_cost: np.ndarray, heap_item: np.ndarray, size: int) -> int:
    """Take the cheapest item off a binary heap and give the new size."""
    size -= 1
    cost = heap_cost[size]
    item = heap_item[size]
    i = 0
    while True:
        down = 2 * i + 1
        if down >= size:
            break
        if down + 1 < size and heap_cost[down + 1] < heap_cost[down]:
            down += 1
        if heap_cost[down] >= cost:
            break
        heap_cost[i] = heap_cost[down]
        heap_item[i] = heap_item[down]
        i = down
    heap_cost[i] = cost
    heap_item[i] = item
    return size


@compiled
def solve(first: np.ndarray, column: np.ndarray, gain: np.ndarray, columns: int) -> np.ndarray:
    """Pair rows with columns so that the sum of `gain` (negative is good) over the pairs is least.

    A row or a column may stay alone, which costs nothing; at a tie the pair is made. Rows are added one by one, each
    along the shortest augmenting path (Jonker and Volgenant, Computing 38 (1987) 325), with the duals `u` of rows and
    `v` of columns never above zero, so that staying alone is always a feasible end of a path.

    Returns the column of each row, -1 where it stays alone.
    """
    rows = len(first) - 1
    chosen = np.full(rows, -1, np.int64)
    owner = np.full(columns, -1, np.int64)
    u = np.zeros(rows)
    v = np.zeros(columns)
    distance = np.full(columns, np.inf)
    through = np.empty(columns, np.int64)
    settled = np.zeros(columns, np.bool_)
    touched = np.empty(columns, np.int64)
    heap_cost = np.empty(len(column) + 1, np.float64)
    heap_item = np.empty(len(column) + 1, np.int64)
    arrival = np.zeros(rows)
    visited = np.empty(rows, np.int64)
    for r in range(rows):
        # the first edges decide most rows: nothing worth taking, or the best column is free
        best = np.inf
        target = -1
        for e in range(first[r], first[r + 1]):
            reduced = gain[e] - v[column[e]]
            if reduced < best:
                best = reduced
                target = column[e]
        if target == -1 or best > 0.0:
            continue
        if owner[target] == -1:
            chosen[r] = target
            owner[target] = r
            u[r] = best
            continue
        size = 0
        touches = 0
        visits = 0
        row = r
        base = 0.0
        u[r] = 0.0
        alone = np.inf
        last = -1
        sink = -1
        while True:
            arrival[row] = base
            visited[visits] = row
            visits += 1
            if base - u[row] < alone:
                alone = base - u[row]
                last = row
            for e in range(first[row], first[row + 1]):
                j = column[e]
                if settled[j]:
                    continue
                reduced = base + gain[e] - u[row] - v[j]
                if reduced < distance[j]:
                    if distance[j] == np.inf:
                        touched[touches] = j
                        touches += 1
                    distance[j] = reduced
                    through[j] = row
                    if reduced <= alone:
                        size = push(heap_cost, heap_item, size, reduced, j)
            while size > 0 and (settled[heap_item[0]] or heap_cost[0] > distance[heap_item[0]]):
                size = pop(heap_cost, heap_item, size)
            if size == 0 or heap_cost[0] > alone:
                base = alone
                break
            j = heap_item[0]
            base = heap_cost[0]
            size = pop(heap_cost, heap_item, size)
            settled[j] = True
            if owner[j] == -1:
                sink = j
                break
            row = owner[j]
        for k in range(visits):
            u[visited[k]] += base - arrival[visited[k]]
        for k in range(touches):
            j = touched[k]
            if settled[j]:
                v[j] -= base - distance[j]
                settled[j] = False
            distance[j] = np.inf
        # flip the path that ends in a free column, or in a row that is left alone
        j = sink
        if sink == -1:
            j = chosen[last]
            chosen[last] = -1
            if last == r:
                continue
            owner[j] = -1
        while True:
            row = through[j]
            following = chosen[row]
            chosen[row] = j
            owner[j] = row
            if row == r:
                break
            j = following
    return chosen
