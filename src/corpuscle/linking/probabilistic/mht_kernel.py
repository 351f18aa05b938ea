"""Compiled: multiple hypotheses, every permutation of a window with shared prefixes."""

import numpy as np

from corpuscle.data.compiled import compiled


@compiled
def price_pairs(state: np.ndarray, measured: np.ndarray, elapsed: float, spread: float, cost: np.ndarray) -> None:
    """Write the squared Mahalanobis distance of each detection from each prediction."""
    particles, space = measured.shape
    for i in range(particles):
        for j in range(particles):
            total = 0.0
            for d in range(space):
                e = measured[j, d] - state[i, d, 0] - elapsed * state[i, d, 1]
                total += e * e
            cost[i, j] = total / spread


@compiled
def update_states(
    state: np.ndarray,
    measured: np.ndarray,
    order: np.ndarray,
    elapsed: float,
    gain: np.ndarray,
    updated: np.ndarray,
) -> None:
    """Write the states after each particle has taken its detection."""
    particles, space = measured.shape
    for i in range(particles):
        for d in range(space):
            x = state[i, d, 0] + elapsed * state[i, d, 1]
            v = state[i, d, 1]
            e = measured[order[i], d] - x
            updated[i, d, 0] = x + gain[0] * e
            updated[i, d, 1] = v + gain[1] * e


@compiled
def search_windows(
    measured: np.ndarray,
    elapsed: np.ndarray,
    gain: np.ndarray,
    spread: np.ndarray,
    orders: np.ndarray,
    window: int,
) -> np.ndarray:
    """Give the detection of each particle in each frame [t n].

    In each frame the tree of all permutations over the next `window` frames is searched depth first, cheapest child
    first; a branch that already costs as much as the best hypothesis is left. The best hypothesis's first frame is
    committed, in the last window all of it.
    """
    frames, particles, space = measured.shape
    count = len(orders)
    place = np.zeros((frames, particles), np.int64)
    place[0] = np.arange(particles)
    states = np.zeros((window + 1, particles, space, 2))
    states[0, :, :, 0] = measured[0]
    cost = np.empty((particles, particles))
    total = np.zeros(window + 1)
    price = np.empty((window + 1, count))
    rank = np.empty((window + 1, count), np.int64)
    at = np.zeros(window + 1, np.int64)
    path = np.zeros(window, np.int64)
    best_path = np.zeros(window, np.int64)
    root = np.empty((particles, space, 2))
    t = 1
    while t < frames:
        width = min(window, frames - t)
        best = np.inf
        depth = 0
        fresh = True
        while depth >= 0:
            if fresh:
                price_pairs(states[depth], measured[t + depth], elapsed[t + depth], spread[t + depth], cost)
                for p in range(count):
                    c = 0.0
                    for i in range(particles):
                        c += cost[i, orders[p, i]]
                    price[depth, p] = c
                if count <= 24:
                    for p in range(count):
                        k = p
                        while k > 0 and price[depth, rank[depth, k - 1]] > price[depth, p]:
                            rank[depth, k] = rank[depth, k - 1]
                            k -= 1
                        rank[depth, k] = p
                else:
                    rank[depth] = np.argsort(price[depth])
                at[depth] = 0
                fresh = False
            if at[depth] == count:
                depth -= 1
                continue
            p = rank[depth, at[depth]]
            at[depth] += 1
            c = total[depth] + price[depth, p]
            if c >= best:
                depth -= 1
                continue
            path[depth] = p
            if depth == width - 1:
                best = c
                best_path[:width] = path[:width]
                depth -= 1
                continue
            update_states(
                states[depth], measured[t + depth], orders[p], elapsed[t + depth], gain[t + depth], states[depth + 1]
            )
            total[depth + 1] = c
            depth += 1
            fresh = True
        committed = width if t + width == frames else 1
        for k in range(committed):
            update_states(states[0], measured[t], orders[best_path[k]], elapsed[t], gain[t], root)
            states[0] = root
            place[t] = orders[best_path[k]]
            t += 1
    return place


@compiled
def price_hypotheses(states: np.ndarray, measured: np.ndarray, elapsed: float, spread: float) -> np.ndarray:
    """Give the table of squared Mahalanobis distances of each hypothesis [h n n]."""
    count, particles = states.shape[:2]
    tables = np.empty((count, particles, particles))
    for h in range(count):
        price_pairs(states[h], measured, elapsed, spread, tables[h])
    return tables


@compiled
def advance_hypotheses(
    states: np.ndarray, parent: np.ndarray, orders: np.ndarray, measured: np.ndarray, elapsed: float, gain: np.ndarray
) -> np.ndarray:
    """Give the states of the children [k n d 2]."""
    updated = np.empty((len(parent), *states.shape[1:]))
    for k in range(len(parent)):
        update_states(states[parent[k]], measured, orders[k], elapsed, gain, updated[k])
    return updated
