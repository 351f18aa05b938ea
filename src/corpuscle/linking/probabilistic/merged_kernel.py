"""Compiled: hypotheses that agree over a window of frames, merged frame by frame."""

import numpy as np

from corpuscle.data.compiled import compiled

NEGLIGIBLE = 1e-20
"""A hypothesis this much less likely than the best is left."""


@compiled
def merge_pair(
    difference: np.ndarray, elapsed: np.ndarray, gain: np.ndarray, spread: np.ndarray, window: int
) -> np.ndarray:
    """Give for two particles the probability that each link keeps the places of the two [t - 1].

    In the difference coordinate a link is a sign. A survivor stands for all hypotheses with the same signs of the last
    `window - 1` links (the newest in the lowest bit) and has the mean of their states. A link is decided when it
    leaves the window, by the sum of the weights.
    """
    frames, space = difference.shape
    kept = window - 1
    survivors = 1 << kept
    x = np.zeros((survivors, space))
    v = np.zeros((survivors, space))
    nx = np.zeros((2 * survivors, space))
    nv = np.zeros((2 * survivors, space))
    weight = np.zeros(survivors)
    cost = np.empty(2 * survivors)
    child = np.empty(2 * survivors)
    alive = np.zeros(2 * survivors, np.bool_)
    same = np.empty(frames - 1)
    weight[0] = 1.0
    for d in range(space):
        x[0, d] = gain[0, 0] * difference[0, d]
        v[0, d] = gain[0, 1] * difference[0, d]
    for t in range(1, frames):
        least = np.inf
        half = 0.5 / spread[t]
        for h in range(survivors):
            alive[2 * h] = weight[h] > 0
            if not alive[2 * h]:
                continue
            plus = 0.0
            minus = 0.0
            for d in range(space):
                p = x[h, d] + elapsed[t] * v[h, d]
                e = difference[t, d] - p
                o = difference[t, d] + p
                plus += e * e
                minus += o * o
                nx[2 * h, d] = p + gain[t, 0] * e
                nv[2 * h, d] = v[h, d] + gain[t, 1] * e
                nx[2 * h + 1, d] = -p + gain[t, 0] * o
                nv[2 * h + 1, d] = -v[h, d] + gain[t, 1] * o
            cost[2 * h] = plus * half
            cost[2 * h + 1] = minus * half
            least = min(least, min(plus, minus) * half)
        zero = 0.0
        one = 0.0
        for h in range(survivors):
            if not alive[2 * h]:
                child[2 * h] = 0.0
                child[2 * h + 1] = 0.0
                continue
            for q in range(2 * h, 2 * h + 2):
                child[q] = weight[h] * np.exp(least - cost[q]) if cost[q] - least < 70 else 0.0
                if q < survivors:
                    zero += child[q]
                else:
                    one += child[q]
        whole = zero + one
        if not whole > 0:  # every hypothesis that explains the frame had been left: begin from the frame alone
            whole = 0.0
            zero = 0.0
            for q in range(2 * survivors):
                child[q] = 1.0 if alive[q & ~1] and cost[q] - least < 1.0 else 0.0
                whole += child[q]
                if q < survivors:
                    zero += child[q]
        if t >= window:
            same[t - window] = zero / whole
        for h in range(survivors):
            other = h + survivors
            both = child[h] + child[other]
            weight[h] = both / whole if both > NEGLIGIBLE * whole else 0.0
            if weight[h] == 0:
                continue
            first = child[h] / both
            for d in range(space):
                x[h, d] = nx[other, d] + first * (nx[h, d] - nx[other, d])
                v[h, d] = nv[other, d] + first * (nv[h, d] - nv[other, d])
    for r in range(min(kept, frames - 1)):
        stays = 0.0
        for h in range(survivors):
            if not (h >> r) & 1:
                stays += weight[h]
        same[frames - 2 - r] = min(stays, 1.0)
    return same


@compiled
def choose_order(weight: np.ndarray, orders: np.ndarray, margin: np.ndarray) -> int:
    """Write the probability of each pair and give the permutation with the largest sum of them."""
    count, particles = orders.shape
    margin[:] = 0.0
    whole = weight.sum()
    for p in range(count):
        for i in range(particles):
            margin[i, orders[p, i]] += weight[p] / whole
    best = 0
    most = -1.0
    for p in range(count):
        total = 0.0
        for i in range(particles):
            total += margin[i, orders[p, i]]
        if total > most + 1e-12:
            most = total
            best = p
    return best


@compiled
def write_links(
    margin: np.ndarray, order: np.ndarray, step: np.ndarray, probability: np.ndarray, other: np.ndarray,
    doubt: np.ndarray,
) -> None:  # fmt: skip
    """Write the chosen links of one frame, and for each the likeliest other row that its detection would continue."""
    for i in range(len(order)):
        j = order[i]
        step[i] = j
        probability[i] = min(margin[i, j], 1.0)
        for k in range(len(order)):
            if k != i and (other[i] < 0 or margin[k, j] > doubt[i]):
                other[i] = k
                doubt[i] = min(margin[k, j], 1.0 - probability[i])


@compiled
def merge_many(
    measured: np.ndarray, elapsed: np.ndarray, gain: np.ndarray, spread: np.ndarray, orders: np.ndarray, window: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Give the detection that follows each detection, how likely, its runner-up, and how likely that is [t - 1, n].

    As `merge_pair`, for any number of particles: the digits of a survivor are the permutations of the last
    `window - 1` links; its states stand in the order of the newest frame's detections.
    """
    frames, particles, space = measured.shape
    count = len(orders)
    kept = window - 1
    survivors = count**kept
    state = np.zeros((survivors, particles, space, 2))
    after = np.zeros((survivors, particles, space, 2))
    weight = np.zeros(survivors)
    summed = np.zeros(survivors)
    table = np.empty((particles, particles))
    cost = np.empty((survivors, count))
    leaving = np.zeros(count)
    margin = np.zeros((particles, particles))
    step = np.empty((frames - 1, particles), np.int64)
    probability = np.empty((frames - 1, particles))
    other = np.full((frames - 1, particles), -1)
    doubt = np.full((frames - 1, particles), np.nan)
    weight[0] = 1.0
    for i in range(particles):
        for d in range(space):
            state[0, i, d, 0] = gain[0, 0] * measured[0, i, d]
            state[0, i, d, 1] = gain[0, 1] * measured[0, i, d]
    for t in range(1, frames):
        least = np.inf
        for h in range(survivors):
            if weight[h] <= 0:
                continue
            for i in range(particles):
                for j in range(particles):
                    total = 0.0
                    for d in range(space):
                        e = measured[t, j, d] - state[h, i, d, 0] - elapsed[t] * state[h, i, d, 1]
                        total += e * e
                    table[i, j] = 0.5 * total / spread[t]
            for p in range(count):
                c = 0.0
                for i in range(particles):
                    c += table[i, orders[p, i]]
                cost[h, p] = c - np.log(weight[h])
                least = min(least, cost[h, p])
        summed[:] = 0.0
        after[:] = 0.0
        leaving[:] = 0.0
        whole = 0.0
        for h in range(survivors):
            if weight[h] <= 0:
                continue
            for p in range(count):
                w = np.exp(least - cost[h, p])
                if w < NEGLIGIBLE:
                    continue
                key = h * count + p
                old = key // survivors
                key = key % survivors
                whole += w
                leaving[old] += w
                summed[key] += w
                for i in range(particles):
                    j = orders[p, i]
                    for d in range(space):
                        x = state[h, i, d, 0] + elapsed[t] * state[h, i, d, 1]
                        rate = state[h, i, d, 1]
                        e = measured[t, j, d] - x
                        after[key, j, d, 0] += w * (x + gain[t, 0] * e)
                        after[key, j, d, 1] += w * (rate + gain[t, 1] * e)
        for h in range(survivors):
            if summed[h] > 0:
                after[h] /= summed[h]
        state, after = after, state
        for h in range(survivors):
            weight[h] = summed[h] / whole
        if t >= window:
            p = choose_order(leaving, orders, margin)
            r = t - window
            write_links(margin, orders[p], step[r], probability[r], other[r], doubt[r])
    power = 1
    for r in range(min(kept, frames - 1)):
        leaving[:] = 0.0
        for h in range(survivors):
            leaving[(h // power) % count] += weight[h]
        power *= count
        p = choose_order(leaving, orders, margin)
        q = frames - 2 - r
        write_links(margin, orders[p], step[q], probability[q], other[q], doubt[q])
    return step, probability, other, doubt
