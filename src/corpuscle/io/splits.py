"""Tracks split by generator event, and events that must stay together."""

from itertools import pairwise

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components


def split_groups(
    group: Int[np.ndarray, " track"], *, seed: int = 0, shares: tuple[float, ...] = (0.8, 0.1, 0.1)
) -> tuple[Int[np.ndarray, " part"], ...]:
    """Split rows so that no group stands on two sides: groups are shuffled, then dealt out by shares of their number.

    Args:
        group: the group of each row: its event.
        seed: of the shuffle.
        shares: of the groups, for each side; they add up to 1.

    Raises: ValueError, when the shares are none.

    >>> [rows.tolist() for rows in split_groups(np.array([4, 4, 5, 6]), seed=0, shares=(0.5, 0.5))]
    [[0, 1, 3], [2]]
    """
    check_shares(shares)
    names, place = np.unique(group, return_inverse=True)
    rank = np.empty(len(names), dtype=np.int64)
    rank[np.random.default_rng(seed).permutation(len(names))] = np.arange(len(names))
    bounds = np.round(np.cumsum(shares) * len(names)).astype(np.int64)
    side = np.searchsorted(bounds, rank, side="right")[place]
    return tuple(np.flatnonzero(side == k) for k in range(len(shares)))


def split_classes(
    label: Int[np.ndarray, " row"], *, seed: int = 0, shares: tuple[float, ...] = (0.8, 0.1, 0.1)
) -> tuple[Int[np.ndarray, " part"], ...]:
    """Split rows by shares so that each side has its share of every class, as nearly as whole rows can.

    Raises: ValueError, when the shares are none.

    >>> [rows.tolist() for rows in split_classes(np.array([0, 0, 0, 0, 1, 1]), shares=(0.5, 0.5))]
    [[2, 3, 5], [0, 1, 4]]
    """
    check_shares(shares)
    order = mix_classes(label, seed=seed)
    bounds = np.round(np.cumsum(shares) * len(label)).astype(np.int64)
    return tuple(np.sort(order[first:last]) for first, last in pairwise([0, *bounds]))


def mix_classes(label: Int[np.ndarray, " row"], *, seed: int) -> Int[np.ndarray, " row"]:
    """Shuffle rows so that any first part of them has its share of every class."""
    shuffled = np.random.default_rng(seed).permutation(len(label))
    count = np.bincount(label, minlength=1)
    by_class = np.argsort(label[shuffled], kind="stable")
    first = np.concatenate([[0], np.cumsum(count)[:-1]])
    own = label[shuffled][by_class]
    place = np.empty(len(label))
    place[by_class] = (np.arange(len(label)) - first[own] + 0.5) / count[own]
    return np.asarray(shuffled[np.argsort(place, kind="stable")])


def check_shares(shares: tuple[float, ...]) -> None:
    """Refuse what are no shares."""
    if not shares or min(shares) < 0 or abs(sum(shares) - 1) > 1e-9:
        message = f"shares are numbers from 0 that add up to 1, not {shares}"
        raise ValueError(message)


def group_events(event: Int[np.ndarray, " track"], origin: Int[np.ndarray, " track"]) -> Int[np.ndarray, " track"]:
    """Give each row a group, so that events that have an origin in common, directly or through others, are in one.

    >>> group_events(np.array([0, 1, 1, 2, 3]), np.array([7, 7, 8, 8, 9]))
    array([0, 0, 0, 0, 1])
    """
    _, row = np.unique(event, return_inverse=True)
    _, column = np.unique(origin, return_inverse=True)
    events = int(row.max(initial=-1)) + 1
    size = events + int(column.max(initial=-1)) + 1
    joined = coo_matrix((np.ones(len(row), dtype=bool), (row, events + column)), shape=(size, size))
    return np.asarray(connected_components(joined, directed=False)[1][row], np.int64)


def count_shared(event: Int[np.ndarray, " track"], origin: Int[np.ndarray, " track"]) -> int:
    """Count the tracks whose origin stands in another event, too.

    >>> count_shared(np.array([0, 1, 1, 2]), np.array([7, 7, 8, 9]))
    2
    """
    order = np.lexsort((event, origin))
    name, number = origin[order], event[order]
    begins = np.flatnonzero(np.concatenate([[True], name[1:] != name[:-1]])) if len(name) else np.zeros(0, np.int64)
    ends = np.append(begins[1:], len(name))
    several = number[begins] != number[ends - 1]
    return int((ends - begins)[several].sum())


def name_origins(momentum: Float[np.ndarray, "track some"]) -> Int[np.ndarray, " track"]:
    """Give each generated momentum a number of its own, the same in every file: a hash of its single-precision digits.

    Two momenta share a number by chance once in 2^63 pairs; -0 counts as 0.

    >>> origin = name_origins(np.array([[1.5, 2.0], [1.5, 2.0], [2.0, 1.5]]))
    >>> bool(origin[0] == origin[1]), bool(origin[0] == origin[2])
    (True, False)
    """
    bits = (momentum.astype(np.float32) + np.float32(0)).view(np.uint32).astype(np.uint64)
    name = np.full(len(momentum), 0x9E3779B97F4A7C15, np.uint64)
    for column in range(bits.shape[1]):
        name = stir(name ^ bits[:, column])
    return (name >> np.uint64(1)).astype(np.int64)


def stir(bits: np.ndarray) -> np.ndarray:
    """Stir 64 bits so that each depends on all.

    Source: Steele et al., OOPSLA 2014 (SplitMix64).
    """
    bits = bits + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(bits ^ (bits >> np.uint64(31)))
