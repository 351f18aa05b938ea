"""Compiled: candidate links that compete for the same detections share them by messages (belief propagation)."""

import numpy as np

from corpuscle.data.compiled import compiled

LEAST = 1e-30
"""The least sum that is divided by."""


@compiled
def share_out(
    source: np.ndarray, target: np.ndarray, first: np.ndarray, listed: np.ndarray, fit: np.ndarray,
    begins: np.ndarray, ends: np.ndarray, false: float, share: float, rounds: int, tolerance: float,
    reply: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:  # fmt: skip
    """Give how likely each candidate link is, among all sets of links that use each end once at most.

    A detection continues an earlier one or starts a track, and leads to a later one or ends it; or it is false. All
    weights are logarithms (`fit` of a link, `begins` of a start at each row, `false` of a false detection) but `ends`,
    the chance of an end at each row. `first` and `listed` group links by their later end. `reply` holds messages to
    begin with, and afterwards the last ones. A link's probability p solves p (1 - share p) = weight / (in * out) with
    `in` and `out` the sums of all choices at its two ends.

    Returns the probability of each link; what its earlier end leaves to it among rivals, and its later end (both as
    logarithms); and the probability that each row is false.
    """
    count, links = len(begins), len(source)
    weight, message, offer, chance = np.empty(links), np.empty(links), np.empty(links), np.zeros(links)
    start, wrong, top = np.empty(count), np.empty(count), np.empty(count)
    come, out = np.zeros(count), np.zeros(count)
    for j in range(count):
        highest = max(begins[j], false)
        for k in range(first[j], first[j + 1]):
            highest = max(highest, fit[listed[k]])
        top[j] = highest
        start[j] = np.exp(begins[j] - highest)
        wrong[j] = np.exp(false - highest)
        for k in range(first[j], first[j + 1]):
            weight[listed[k]] = np.exp(fit[listed[k]] - highest)
            come[j] += weight[listed[k]]
    for _ in range(rounds):
        out[:] = 0.0
        for e in range(links):
            out[source[e]] += weight[e] * reply[e]
        for e in range(links):
            i = source[e]
            slack = ends[i] + wrong[i] / max(start[i] + come[i], LEAST)
            offer[e] = 1.0 / max(slack + out[i] - share * weight[e] * reply[e], LEAST)
            message[e] = weight[e] * offer[e]
        come[:] = 0.0
        for e in range(links):
            come[target[e]] += message[e]
        change = 0.0
        for e in range(links):
            j = target[e]
            total = start[j] + wrong[j] / max(ends[j] + out[j], LEAST) + come[j]
            reply[e] = 1.0 / max(total - share * message[e], LEAST)
            likely = min(message[e] / max(total, LEAST), 1.0)
            change = max(change, abs(likely - chance[e]))
            chance[e] = likely
        if change < tolerance:
            break
    spent = np.zeros(count)
    for e in range(links):
        spent[source[e]] += chance[e]
    for e in range(links):
        chance[e] /= max(spent[source[e]], 1.0)
    asked, false_chance = np.empty(links), np.empty(count)
    for e in range(links):
        offer[e] = np.log(offer[e])
        asked[e] = np.log(reply[e]) - top[target[e]]
    for j in range(count):
        both = (come[j] + start[j]) * (out[j] + ends[j])
        false_chance[j] = wrong[j] / max(both + wrong[j], LEAST)
    return chance, offer, asked, false_chance
