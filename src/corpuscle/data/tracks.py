"""Links read as tracks: one label a detection (and a parent where one splits), and back."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.links import Links

ALONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """The track of each detection, and what joins it to the detection before.

    Args:
        label: the track of each row, -1 where it is in none.
        parent: for each row the track that its own track split from, -1 otherwise.
        merged_into: for each row the track that its own track ran into, -1 otherwise.
        probability: how likely the link into each row is; NaN where there is no link or no figure.
        gap: frames missed before each row inside its track; 0 where there is no link.
        runner_up: the row that each row would otherwise continue, the likeliest other one; -1 where there is none.
        runner_up_probability: how likely that is; NaN where there is none.
        identity: how likely each row still shows the particle that its track began as: 1 at the track's first row,
            then the method's own figure or the product of the probabilities so far; NaN where there is no figure.
    """

    label: Int[np.ndarray, " n"]
    parent: Int[np.ndarray, " n"]
    merged_into: Int[np.ndarray, " n"]
    probability: Float[np.ndarray, " n"]
    gap: Int[np.ndarray, " n"]
    runner_up: Int[np.ndarray, " n"]
    runner_up_probability: Float[np.ndarray, " n"]
    identity: Float[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.label)


def join_tracks(links: Links, frame: Int[np.ndarray, " n"]) -> Tracks:
    """Read links as tracks.

    Tracks are numbered from 0 by the frame of their first detection, then by its row. A detection without any link
    is in no track.

    Args:
        links: the pairs; at most one later row continues a row and at most one earlier row precedes it, the further
            ones being splits and merges (see `Links`).
        frame: the frame of each detection.

    Raises: ValueError, when a link does not go forward in time or names a row that does not exist.

    >>> join_tracks(Links(np.array([[0, 2]])), np.array([0, 0, 1])).label
    array([ 0, -1,  0])
    """
    count = len(frame)
    earlier, later = links.pair[:, 0], links.pair[:, 1]
    check_pairs(links, frame)
    main = first_of(earlier) & first_of(later)
    following = np.full(count, ALONE)
    preceding = np.full(count, ALONE)
    following[earlier[main]] = later[main]
    preceding[later[main]] = earlier[main]
    for index in np.flatnonzero(~main).tolist():  # few: the branches, in the order of the links
        if following[earlier[index]] == ALONE and preceding[later[index]] == ALONE:
            main[index] = True
            following[earlier[index]], preceding[later[index]] = later[index], earlier[index]
    linked = np.zeros(count, dtype=bool)
    linked[links.pair.ravel()] = True

    starts = np.flatnonzero(linked & (preceding == ALONE))
    starts = starts[np.lexsort((starts, frame[starts]))]
    label, product = walk(starts, following, spread(links.probability, main, later, count))
    known = links.probability is not None or links.identity is not None
    said = spread(links.identity, main, later, count)
    identity = np.where(np.isnan(said) & known, product, said)

    parent_of = np.full(len(starts) + 1, ALONE)  # the last place stands for detections in no track
    into_of = np.full(len(starts) + 1, ALONE)
    split = ~main & (preceding[later] == ALONE)
    refuse_bridges(links.pair[split][~first_of(later[split])])
    parent_of[label[later[split]]] = label[earlier[split]]
    merge = ~main & ~split
    refuse_bridges(links.pair[merge & (following[earlier] != ALONE)])
    into_of[label[earlier[merge]]] = label[later[merge]]
    joins = main | split
    gap = np.zeros(count, dtype=np.int64)
    gap[later[joins]] = frame[later[joins]] - frame[earlier[joins]] - 1
    runner_up = np.full(count, ALONE)
    if links.runner_up is not None:
        runner_up[later[joins]] = links.runner_up[joins]
    return Tracks(
        label, parent_of[label], into_of[label], spread(links.probability, joins, later, count), gap, runner_up,
        spread(links.runner_up_probability, joins, later, count), identity,
    )  # fmt: skip


def walk(
    starts: Int[np.ndarray, " k"], following: Int[np.ndarray, " n"], probability: Float[np.ndarray, " n"]
) -> tuple[Int[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Follow all tracks at once, step by step, and give each row its track and the product of probabilities so far."""
    label, product = np.full(len(following), ALONE), np.full(len(following), np.nan)
    rows, names, so_far = starts, np.arange(len(starts)), np.ones(len(starts))
    while len(rows):
        label[rows], product[rows] = names, so_far
        rows = following[rows]
        goes = rows != ALONE
        names, rows = names[goes], rows[goes]
        so_far = so_far[goes] * probability[rows]
    return label, product


def spread(
    share: Float[np.ndarray, " m"] | None, kept: Bool[np.ndarray, " m"], later: Int[np.ndarray, " m"], rows: int
) -> Float[np.ndarray, " n"]:
    """Give each row the share of the kept link into it, NaN where there is none."""
    column = np.full(rows, np.nan)
    if share is not None:
        column[later[kept]] = share[kept]
    return column


def read_links(
    label: Int[np.ndarray, " n"],
    frame: Int[np.ndarray, " n"],
    parent: Int[np.ndarray, " n"] | None = None,
    merged_into: Int[np.ndarray, " n"] | None = None,
) -> Links:
    """Read tracks as links: consecutive detections of one track, and the splits and merges between tracks.

    A split joins the parent's last detection before the child's first one to it; a merge joins a track's last
    detection to the first later detection of the track that it ran into.

    >>> read_links(np.array([5, -1, 5]), np.array([0, 0, 1])).pair
    array([[0, 2]])
    """
    rows = np.flatnonzero(label != ALONE)
    rows = rows[np.lexsort((frame[rows], label[rows]))]
    same = label[rows[1:]] == label[rows[:-1]]
    pairs = [np.stack([rows[:-1][same], rows[1:][same]], axis=1)]
    first, last = rows[np.append(True, ~same)[: len(rows)]], rows[np.append(~same, True)[: len(rows)]]
    if parent is not None:
        children = first[parent[first] != ALONE]
        found = find_neighbours(rows, label, frame, parent[children], frame[children], before=True)
        pairs.append(np.stack([found, children], axis=1)[found != ALONE])
    if merged_into is not None:
        ends = last[merged_into[last] != ALONE]
        found = find_neighbours(rows, label, frame, merged_into[ends], frame[ends], before=False)
        pairs.append(np.stack([ends, found], axis=1)[found != ALONE])
    return Links(np.concatenate(pairs).astype(np.int64))


def find_neighbours(
    rows: Int[np.ndarray, " m"],
    label: Int[np.ndarray, " n"],
    frame: Int[np.ndarray, " n"],
    track: Int[np.ndarray, " q"],
    when: Int[np.ndarray, " q"],
    *,
    before: bool,
) -> Int[np.ndarray, " q"]:
    """Find each track's last row before a frame, or its first after; -1 where it has none.

    `rows` are sorted by label and frame.
    """
    span = int(frame.max(initial=0)) + 2
    names, place = np.unique(label[rows], return_inverse=True)
    keys = place * span + frame[rows]
    if not len(rows):
        return np.full(len(track), ALONE)
    known = np.searchsorted(names, track)
    exists = (known < len(names)) & (names[np.minimum(known, len(names) - 1)] == track)
    at = np.searchsorted(keys, known * span + when + (0 if before else 1)) - (1 if before else 0)
    inside = exists & (at >= 0) & (at < len(keys))
    at = np.clip(at, 0, max(len(keys) - 1, 0))
    return np.where(inside & (label[rows[at]] == track), rows[at], ALONE)


def refuse_bridges(pair: Int[np.ndarray, "m 2"]) -> None:
    """Refuse links between tracks that both go on, or a second parent: labels have no place for them."""
    if len(pair):
        message = (
            f"a link continues, splits or merges tracks, but the one of rows {pair[0].tolist()} joins two that go on"
        )
        raise ValueError(message)


def first_of(values: Int[np.ndarray, " m"]) -> Bool[np.ndarray, " m"]:
    """Mark the first occurrence of each value."""
    mark = np.zeros(len(values), dtype=bool)
    mark[np.unique(values, return_index=True)[1]] = True
    return mark


def check_pairs(links: Links, frame: Int[np.ndarray, " n"]) -> None:
    """Check that every link names rows that exist and goes forward in time, and so would its runner-up."""
    if len(links) and int(links.pair.max()) >= len(frame):
        message = f"a link names row {int(links.pair.max())}, but there are {len(frame)} rows"
        raise ValueError(message)
    backward = frame[links.pair[:, 1]] <= frame[links.pair[:, 0]]
    if backward.any():
        earlier, later = links.pair[int(np.argmax(backward))].tolist()
        message = (
            f"a link goes forward in time, but the one from row {earlier} (frame {frame[earlier]}) "
            f"ends in row {later} (frame {frame[later]})"
        )
        raise ValueError(message)
    if links.runner_up is None:
        return
    other = links.runner_up
    if other.max(initial=ALONE) >= len(frame):
        message = f"a runner-up names row {int(other.max())}, but there are {len(frame)} rows"
        raise ValueError(message)
    backward = (other != ALONE) & (frame[other] >= frame[links.pair[:, 1]])
    if backward.any():
        index = int(np.argmax(backward))
        message = (
            f"a runner-up stands before the row that it would go on in, but that of row {links.pair[index, 1]} "
            f"(frame {frame[links.pair[index, 1]]}) is row {other[index]} (frame {frame[other[index]]})"
        )
        raise ValueError(message)
