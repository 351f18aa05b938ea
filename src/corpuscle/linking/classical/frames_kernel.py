"""Compiled: linking from frame to frame over a run of frames."""

import numpy as np

from corpuscle.data.compiled import compiled
from corpuscle.estimation.assign_kernel import solve
from corpuscle.estimation.gate_kernel import find_pairs


@compiled
def take_nearest(first: np.ndarray, column: np.ndarray, cost: np.ndarray, columns: int) -> np.ndarray:
    """Pair rows with columns, closest pair first, until no pair is left.

    Equal to sorting all pairs by cost (then row, then column): a pair is next in that order as soon as it is the best
    of its row and of its column among those still free, so that such pairs can be taken together.

    Returns the column of each row, -1 for none.
    """
    rows = len(first) - 1
    chosen = np.full(rows, -1, np.int64)
    taken = np.zeros(columns, np.bool_)
    best_row = np.empty(columns, np.int64)
    best_cost = np.empty(columns, np.float64)
    asked = np.zeros(columns, np.int64)  # the round in which a column was last wished for
    open_rows = np.empty(rows, np.int64)
    wish = np.empty(rows, np.int64)
    left = 0
    for i in range(rows):
        if first[i + 1] > first[i]:
            open_rows[left] = i
            left += 1
    turn = 0
    while left > 0:
        turn += 1
        for r in range(left):
            i = open_rows[r]
            best = -1
            least = np.inf
            for e in range(first[i], first[i + 1]):
                j = column[e]
                if taken[j]:
                    continue
                if cost[e] < least or (cost[e] == least and j < best):
                    least = cost[e]
                    best = j
                if asked[j] != turn or cost[e] < best_cost[j]:
                    asked[j] = turn
                    best_cost[j] = cost[e]
                    best_row[j] = i
            wish[i] = best
        kept = 0
        for r in range(left):
            i = open_rows[r]
            j = wish[i]
            if j == -1:
                continue
            if best_row[j] == i:
                chosen[i] = j
                taken[j] = True
            else:
                open_rows[kept] = i
                kept += 1
        left = kept
    return chosen


@compiled
def pair_frames(
    position: np.ndarray,
    start: np.ndarray,
    number: np.ndarray,
    clock: np.ndarray,
    run: tuple[int, int],
    gate: float,
    growth: float,
    unassigned: float,
    greedy: bool,
    limit: int,
    following: np.ndarray,
) -> int:
    """Pair each frame with the next one, at least total squared distance or (`greedy`) closest pair first.

    Writes into `following` the later of each pair, for the frames from `run[0]` to before `run[1]`. Returns the
    largest number of candidate pairs of two frames.
    """
    most = 0
    for k in range(run[0], min(run[1], len(number) - 1)):
        if number[k + 1] - number[k] != 1:
            continue
        grown = (clock[k + 1] - clock[k]) ** growth
        before = position[start[k] : start[k + 1]]
        after = position[start[k + 1] : start[k + 2]]
        reach = np.full(len(before), gate * grown)
        first, column, squared, count = find_pairs(before, after, reach, limit)
        most = max(most, int(count[0]))
        if count[0] > limit:
            return most
        if greedy:
            chosen = take_nearest(first, column, squared, len(after))
        else:
            cost = squared / (grown * grown)
            # a higher price than this would change nothing but round the costs away
            ceiling = (min(len(before), len(after)) + 2) * (cost.max() if len(cost) else 0.0)
            chosen = solve(first, column, cost - min(unassigned, ceiling), len(after))
        for i in range(len(before)):
            if chosen[i] >= 0:
                following[start[k] + i] = start[k + 1] + chosen[i]
    return most


@compiled
def nearest_frames(
    position: np.ndarray,
    start: np.ndarray,
    number: np.ndarray,
    clock: np.ndarray,
    run: tuple[int, int],
    gate: float,
    growth: float,
    gap: int,
    limit: int,
    following: np.ndarray,
    tips: np.ndarray,
    tip_frame: np.ndarray,
    open_tips: int,
) -> tuple[int, int]:
    """Continue every open track with the closest detection, closest pair first, frame by frame.

    `tips[:open_tips]` are the last detections of the open tracks and `tip_frame` the index of their frames; both are
    rewritten. Returns the new number of open tracks and the largest number of candidate pairs.
    """
    most = 0
    space = position.shape[1]
    for k in range(run[0], run[1]):
        kept = 0
        for t in range(open_tips):
            if number[k] - number[tip_frame[t]] <= gap + 1:
                tips[kept] = tips[t]
                tip_frame[kept] = tip_frame[t]
                kept += 1
        open_tips = kept
        before = np.empty((open_tips, space))
        grown = np.empty(open_tips)
        for t in range(open_tips):
            for d in range(space):
                before[t, d] = position[tips[t], d]
            if t > 0 and tip_frame[t] == tip_frame[t - 1]:
                grown[t] = grown[t - 1]
            else:
                grown[t] = (clock[k] - clock[tip_frame[t]]) ** growth
        after = position[start[k] : start[k + 1]]
        first, column, squared, count = find_pairs(before, after, grown * gate, limit)
        most = max(most, int(count[0]))
        if count[0] > limit:
            return open_tips, most
        for t in range(open_tips):
            for e in range(first[t], first[t + 1]):
                squared[e] /= grown[t] * grown[t]
        chosen = take_nearest(first, column, squared, len(after))
        kept = 0
        for t in range(open_tips):
            if chosen[t] >= 0:
                following[tips[t]] = start[k] + chosen[t]
            else:
                tips[kept] = tips[t]
                tip_frame[kept] = tip_frame[t]
                kept += 1
        for j in range(start[k], start[k + 1]):
            tips[kept] = j
            tip_frame[kept] = k
            kept += 1
        open_tips = kept
    return open_tips, most
