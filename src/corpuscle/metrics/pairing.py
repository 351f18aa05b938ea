"""Which positions of a result stand for which of the truth: one to one, frame by frame, within a gate."""

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from corpuscle.estimation.assign import assign_sparse
from corpuscle.estimation.gate import Candidates, find_candidates


def pair_positions(
    truth_frame: Int[np.ndarray, " m"],
    truth_position: Float[np.ndarray, "m d"],
    frame: Int[np.ndarray, " n"],
    position: Float[np.ndarray, "n d"],
    *,
    gate: float,
) -> Int[np.ndarray, "k 2"]:
    """Pair the rows of the truth with those of a result: as many pairs as possible, then the least summed distance.

    Args:
        truth_frame: the frame of each row of the truth.
        truth_position: where its particle was [length].
        frame: the frame of each row of the result.
        position: its position [length].
        gate: the distance from which on a pair is none [length].

    Returns:
        The pairs, as (row of the truth, row of the result), in the order of the truth's rows.

    >>> zero = np.zeros(2, int)
    >>> pair_positions(zero, np.array([[0.0, 0.0], [2.0, 0.0]]), zero, np.array([[1.0, 0.0], [9.0, 0.0]]), gate=5.0)
    array([[0, 0]])
    """
    near = find_near(truth_frame, truth_position, frame, position, gate=gate)
    chosen = choose_pairs(near.row, near.column, near.distance)
    chosen = chosen[np.argsort(near.row[chosen])]
    return np.stack([near.row[chosen], near.column[chosen]], axis=1)


def find_near(
    truth_frame: Int[np.ndarray, " m"],
    truth_position: Float[np.ndarray, "m d"],
    frame: Int[np.ndarray, " n"],
    position: Float[np.ndarray, "n d"],
    *,
    gate: float,
) -> Candidates:
    """Find every pair of a row of the truth and a row of the result in one frame and within the gate.

    Returns:
        The pairs (row of the truth, row of the result, distance), frame after frame.
    """
    before, after = np.argsort(truth_frame, kind="stable"), np.argsort(frame, kind="stable")
    both = np.intersect1d(truth_frame, frame)
    first, last = np.searchsorted(truth_frame[before], both), np.searchsorted(truth_frame[before], both, side="right")
    start, stop = np.searchsorted(frame[after], both), np.searchsorted(frame[after], both, side="right")
    rows, columns, distances = [before[:0]], [after[:0]], [np.empty(0)]
    for k in range(len(both)):
        ours, theirs = before[first[k] : last[k]], after[start[k] : stop[k]]
        near = find_candidates(truth_position[ours], position[theirs], gate)
        rows.append(ours[near.row])
        columns.append(theirs[near.column])
        distances.append(near.distance)
    row, column, distance = np.concatenate(rows), np.concatenate(columns), np.concatenate(distances)
    inside = distance < gate
    return Candidates(row[inside], column[inside], distance[inside])


def choose_pairs(
    row: Int[np.ndarray, " e"], column: Int[np.ndarray, " e"], distance: Float[np.ndarray, " e"]
) -> Int[np.ndarray, " k"]:
    """Choose pairs one to one: as many as possible, then those of the least summed distance.

    A row left alone is priced above what any chain of exchanges can save: the widest distance times the most rows
    that compete with each other, directly or through others.

    Returns:
        Which of the possible pairs are made.
    """
    ours, row = np.unique(row, return_inverse=True)
    theirs, column = np.unique(column, return_inverse=True)
    rows, columns = len(ours), len(theirs)
    if rows == columns == len(distance):
        return np.arange(rows)
    joins = coo_array((np.ones(len(row), dtype=bool), (row, rows + column)), shape=(rows + columns,) * 2)
    group = connected_components(joins, directed=False)[1]
    widest = float(distance.max(initial=0.0)) or 1.0
    price = widest * (1 + int(np.bincount(group[:rows]).max(initial=0)))
    pairs = assign_sparse(row, column, distance, rows=rows, columns=columns, unassigned=price)
    keys = row * columns + column
    order = np.argsort(keys)
    chosen: Int[np.ndarray, " k"] = order[np.searchsorted(keys[order], pairs[:, 0] * columns + pairs[:, 1])]
    return chosen
