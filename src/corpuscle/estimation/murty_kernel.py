"""Compiled: the best assignments of several square tables, in order."""

import numpy as np

from corpuscle.data.compiled import compiled
from corpuscle.estimation.assign_kernel import pop, push


@compiled
def augment(
    cost: np.ndarray,
    row: int,
    fixed: int,
    forbidden: np.ndarray,
    chosen: np.ndarray,
    owner: np.ndarray,
    v: np.ndarray,
    work: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> bool:
    """Assign one more row along the shortest augmenting path, among the rows from `fixed` on.

    `chosen` is the column of each row and `owner` the row of each column (-1: free; -2: out of reach); `forbidden`
    marks the columns that `row` itself may not have. Dijkstra over reduced costs, as Jonker and Volgenant (1987).

    Returns whether there is such a path.
    """
    count = len(cost)
    distance, via, done, order = work
    for j in range(count):
        distance[j] = np.inf
        done[j] = 0
        via[j] = row
    base = 0.0
    i = row
    reached = 0
    end = -1
    while end < 0:
        shift = 0.0 if i == row else cost[i, chosen[i]] - v[chosen[i]]
        best = -1
        least = np.inf
        for j in range(count):
            if done[j] or owner[j] == -2:
                continue
            if not (i == row and forbidden[j]):
                through = base + cost[i, j] - v[j] - shift
                if through < distance[j]:
                    distance[j] = through
                    via[j] = i
            if distance[j] < least:
                least = distance[j]
                best = j
        if best < 0 or least == np.inf:
            return False
        base = least
        done[best] = 1
        order[reached] = best
        reached += 1
        if owner[best] == -1:
            end = best
        else:
            i = owner[best]
    for k in range(reached - 1):
        j = order[k]
        v[j] += distance[j] - base
    j = end
    while True:
        i = via[j]
        owner[j] = i
        before = chosen[i]
        chosen[i] = j
        j = before
        if i == row:
            break
    return True


@compiled
def rank_tables(tables: np.ndarray, offset: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give the `count` cheapest pairs of a table and a complete assignment of it, cheapest first.

    `tables` is [h n n], `offset` [h] is added to the cost of every assignment of a table; `inf` forbids a pair.

    Returns the table, the assignment [k n] and the cost of each.
    """
    size = tables.shape[1]
    room = len(tables) + count * max(size, 1)
    table = np.empty(room, np.int64)
    fixed = np.empty(room, np.int64)
    chosen = np.empty((room, size), np.int64)
    v = np.empty((room, size))
    forbidden = np.zeros((room, size), np.bool_)
    heap_cost = np.empty(room)
    heap_item = np.empty(room, np.int64)
    queued = 0
    known = np.full(count, np.inf)  # the cheapest costs met so far, in order: the last is the bound
    work = (np.empty(size), np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64))
    owner = np.empty(size, np.int64)
    free = np.zeros(size, np.bool_)
    nodes = 0
    for h in range(len(tables)):
        chosen[nodes] = -1
        v[nodes] = 0.0
        owner[:] = -1
        whole = True
        for i in range(size):
            if not augment(tables[h], i, 0, free, chosen[nodes], owner, v[nodes], work):
                whole = False
                break
        if not whole:
            continue
        total = offset[h]
        for i in range(size):
            total += tables[h, i, chosen[nodes, i]]
        if total >= known[count - 1]:
            continue
        table[nodes] = h
        fixed[nodes] = 0
        queued = push(heap_cost, heap_item, queued, total, nodes)
        k = count - 1
        while k > 0 and known[k - 1] > total:
            known[k] = known[k - 1]
            k -= 1
        known[k] = total
        nodes += 1
    found = 0
    out_table = np.empty(count, np.int64)
    out_chosen = np.empty((count, size), np.int64)
    out_cost = np.empty(count)
    while queued > 0 and found < count:
        total = heap_cost[0]
        node = heap_item[0]
        queued = pop(heap_cost, heap_item, queued)
        out_table[found] = table[node]
        out_chosen[found] = chosen[node]
        out_cost[found] = total
        found += 1
        if found == count:
            break
        cost = tables[table[node]]
        for r in range(fixed[node], size - 1):
            chosen[nodes] = chosen[node]
            v[nodes] = v[node]
            forbidden[nodes] = False
            if r == fixed[node]:
                forbidden[nodes] = forbidden[node]
            forbidden[nodes, chosen[node, r]] = True
            for i in range(size):
                owner[chosen[node, i]] = -2 if i < r else i
            owner[chosen[node, r]] = -1
            chosen[nodes, r] = -1
            if not augment(cost, r, r, forbidden[nodes], chosen[nodes], owner, v[nodes], work):
                continue
            price = offset[table[node]]
            for i in range(size):
                price += cost[i, chosen[nodes, i]]
            if price >= known[count - 1]:
                continue
            table[nodes] = table[node]
            fixed[nodes] = r
            queued = push(heap_cost, heap_item, queued, price, nodes)
            k = count - 1
            while k > 0 and known[k - 1] > price:
                known[k] = known[k - 1]
                k -= 1
            known[k] = price
            nodes += 1
    return out_table[:found], out_chosen[:found], out_cost[:found]
