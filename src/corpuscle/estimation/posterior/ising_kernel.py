"""Compiled: the signs of an Ising model, enumerated or sampled."""

import numpy as np

from corpuscle.data.compiled import compiled


@compiled
def enumerate_signs(coupling: np.ndarray) -> np.ndarray:
    """Give the marginals p(s_t = s_{t+1}) of exp(-s'Js/2) by going through all signs in Gray's order, twice."""
    frames = len(coupling)
    count = 1 << (frames - 1)
    same = np.zeros(frames - 1)
    least = np.inf
    total = 0.0
    for turn in range(2):
        s = np.ones(frames)
        field = coupling @ s
        energy = 0.5 * float(np.dot(s, field))
        for g in range(count):
            if g > 0:
                k = 1
                x = g
                while (x & 1) == 0:
                    x >>= 1
                    k += 1
                energy -= 2 * s[k] * (field[k] - coupling[k, k] * s[k])
                s[k] = -s[k]
                for j in range(frames):
                    field[j] += 2 * coupling[j, k] * s[k]
            if turn == 0:
                least = energy if energy < least else least
            elif energy - least < 60:
                weight = np.exp(least - energy)
                total += weight
                for t in range(frames - 1):
                    if s[t] == s[t + 1]:
                        same[t] += weight
    return np.minimum(same / total, 1.0)


@compiled
def sample_signs(
    coupling: np.ndarray, start: np.ndarray, thrown: int, sweeps: int, generator: np.random.Generator
) -> np.ndarray:
    """Give the marginals p(s_t = s_{t+1}) of exp(-s'Js/2) by single, tail and block flips."""
    frames = len(coupling)
    s = start.copy()
    field = coupling @ s
    tail = np.empty(frames)
    same = np.zeros(frames - 1)
    for sweep in range(thrown + sweeps):
        for k in range(frames):
            change = -2 * s[k] * (field[k] - coupling[k, k] * s[k])
            if change <= 0 or generator.random() < np.exp(-change):
                s[k] = -s[k]
                for j in range(frames):
                    field[j] += 2 * coupling[j, k] * s[k]
        cross = 0.0  # of all signs from k on with all before k
        tail[:] = 0.0
        for k in range(frames - 1, 0, -1):
            cross += s[k] * (field[k] - coupling[k, k] * s[k] - 2 * tail[k])
            for j in range(frames):
                tail[j] += coupling[j, k] * s[k]
            flip = 1.0 / (1.0 + np.exp(min(max(-2 * cross, -700.0), 700.0)))
            stays = 1.0 - flip
            if sweep >= thrown:
                same[k - 1] += stays if s[k] == s[k - 1] else flip
            if generator.random() < flip:
                for i in range(k, frames):
                    s[i] = -s[i]
                for j in range(frames):
                    field[j] -= 2 * tail[j]
                    tail[j] = -tail[j]
                cross = -cross
        for _ in range(8):
            first = int(generator.random() * frames)
            last = min(frames, first + 2 + int(generator.random() * 6))
            cross = 0.0
            for i in range(first, last):
                outside = field[i]
                for j in range(first, last):
                    outside -= coupling[i, j] * s[j]
                cross += s[i] * outside
            change = -2 * cross
            if change <= 0 or generator.random() < np.exp(-change):
                for i in range(first, last):
                    s[i] = -s[i]
                    for j in range(frames):
                        field[j] += 2 * coupling[j, i] * s[i]
    return same / sweeps
