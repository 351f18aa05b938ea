"""Compiled: a Markov chain over sets of tracks."""

import numpy as np

from corpuscle.data.compiled import compiled
from corpuscle.estimation.sampling.moves_kernel import grow_tail, move_one, swap_places, swap_segments, swap_tails
from corpuscle.estimation.sampling.tracks_kernel import Tables, Tracks


@compiled
def run_chain(
    tables: Tables, tracks: Tracks, proposals: int, generator: np.random.Generator, cold: float
) -> np.ndarray:
    """Let the chain make proposals, and count for how long each candidate is a link.

    Returns how many proposals of each kind were made, and how many accepted.
    """
    made = np.zeros((5, 2), np.int64)
    tracks.spent[:] = 0
    tracks.since[:] = 1
    candidates, pairs = len(tables.draw), len(tables.pair)
    for now in range(1, proposals + 1):
        chance = generator.random()
        if chance > 0.96 and not tables.complete:
            kind = 4
            length = 2 + int(generator.random() * 4)
            head = int(generator.random() * len(tracks.follow))
            done = grow_tail(tables, tracks, head, length, generator, cold, now)
        elif chance < 0.3 and pairs > 0:
            kind = 1
            chosen = int(generator.random() * pairs)
            done = swap_places(tables, tracks, tables.pair[chosen, 0], tables.pair[chosen, 1], generator, cold, now)
        else:
            candidate = tables.draw[int(generator.random() * candidates)]
            if chance < 0.5:
                kind = 3
                chance = generator.random()
                longest = 1 if chance < 0.5 else 4 if chance < 0.8 else 16
                length = 1 + int(generator.random() * longest)
                done = swap_segments(tables, tracks, candidate, length, longest, generator, cold, now)
            elif chance < 0.65 and not tables.complete:
                kind = 2
                done = move_one(tables, tracks, candidate, generator, cold, now)
            else:
                kind = 0
                done = swap_tails(tables, tracks, candidate, generator, cold, now)
        made[kind, 0] += 1
        if done:
            made[kind, 1] += 1
    for head in range(len(tracks.follow)):
        if tracks.follow[head] >= 0:
            tracks.spent[tracks.link[head]] += proposals + 1 - tracks.since[head]
    return made


@compiled
def pair_nearest(squared: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Give each row a column, the closest pair first; `order` sorts the flat table."""
    rows, columns = squared.shape
    chosen = np.full(rows, -1, np.int64)
    taken = np.zeros(columns, np.bool_)
    for k in order:
        row, column = k // columns, k % columns
        if chosen[row] < 0 and not taken[column]:
            chosen[row] = column
            taken[column] = True
    return chosen
