"""Compiled: hits counted by track and particle, in one pass over each."""

import numpy as np

from corpuscle.data.compiled import compiled


@compiled
def stir(name: int) -> int:
    """Stir 64 bits so that the lowest depend on all: the lowest of identifiers are often 0."""
    mixed = (name ^ (name >> 31)) * -4658895280553007687
    mixed = (mixed ^ (mixed >> 27)) * -7723592293110705685
    return mixed ^ (mixed >> 31)


@compiled
def number(names: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number names from 0 in the order in which they come: the number of each row, and the name of each number."""
    size = 16
    while size < 2 * len(names):
        size *= 2
    table = np.full(size, -1)
    known = np.empty(len(names), np.int64)
    numbers = np.empty(len(names), np.int64)
    count = 0
    for row in range(len(names)):
        place = stir(names[row]) & (size - 1)
        while table[place] >= 0 and known[table[place]] != names[row]:
            place = (place + 1) & (size - 1)
        if table[place] < 0:
            table[place] = count
            known[count] = names[row]
            count += 1
        numbers[row] = table[place]
    return numbers, known[:count].copy()


@compiled
def sort_rows(numbers: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort rows by their number; gives where the rows of each begin, and the rows."""
    begin = np.zeros(count + 1, np.int64)
    for one in numbers:
        begin[one + 1] += 1
    begin = np.cumsum(begin)
    place = begin[:-1].copy()
    rows = np.empty(len(numbers), np.int64)
    for row in range(len(numbers)):
        rows[place[numbers[row]]] = row
        place[numbers[row]] += 1
    return begin, rows


@compiled
def judge_tracks(
    begin: np.ndarray, rows: np.ndarray, particle: np.ndarray, names: np.ndarray, weight: np.ndarray
) -> tuple[float, int]:
    """Give the weight in good tracks, and how many are good.

    `particle` is the number of each hit's particle, `names` what each number stands for: of particles with as many hits
    of a track, the lowest name is its majority.
    """
    held = np.zeros(len(names), np.int64)
    for one in particle:
        held[one] += 1
    shared = np.zeros(len(names), np.int64)
    total, good = 0.0, 0
    for track in range(len(begin) - 1):
        inside = rows[begin[track] : begin[track + 1]]
        for row in inside:
            shared[particle[row]] += 1
        most = particle[inside[0]]
        for row in inside:
            one = particle[row]
            if shared[one] > shared[most] or (shared[one] == shared[most] and names[one] < names[most]):
                most = one
        if 2 * shared[most] > len(inside) and 2 * shared[most] > held[most]:
            good += 1
            for row in inside:
                if particle[row] == most:
                    total += weight[row]
        for row in inside:
            shared[particle[row]] = 0
    return total, good
