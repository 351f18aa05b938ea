"""Compiled: sets of tracks, each track's likelihood kept as messages from both of its ends."""

from typing import NamedTuple

import numpy as np

from corpuscle.data.compiled import compiled

LOG_TWO_PI = float(np.log(2.0 * np.pi))
LEAST_DETERMINANT = 1e-12


class Tables(NamedTuple):
    """What stays the same while the chain runs.

    The last two rows of `frame`, and of the messages, are room for tracks that are only proposed.

    Args:
        frame: frame of each detection.
        seen: its position, the variance of its coordinates, and the log weights of a track that begins with it, of one
            that ends with it, and of the detection without any link, a track of its own or a false one.
        hop: for each number of frames: log weight of a continuation; c, f and the added covariance of x and v forward;
            the same backward, with c for the x carried back; all of one axis.
        spread: variance of the velocity.
        first: first candidate link of each detection, and one past the last.
        column: later detection of each candidate link, growing within those of one detection.
        row: its earlier detection.
        share: how many times each candidate stands in `draw`.
        draw: candidates to propose from.
        pair: detections of one frame that may change places, to propose from.
        complete: whether every track runs through all frames.
    """

    frame: np.ndarray
    seen: np.ndarray
    hop: np.ndarray
    spread: float
    first: np.ndarray
    column: np.ndarray
    row: np.ndarray
    share: np.ndarray
    draw: np.ndarray
    pair: np.ndarray
    complete: bool


class Tracks(NamedTuple):
    """The tracks of one chain.

    Args:
        follow: the detection that follows each one, -1 for none.
        before: the one before it, -1 for none.
        link: the candidate that leads to the one that follows.
        ahead: message from the start of the track: mean x, v of each axis, their covariance, log weight so far.
        behind: message from its end: the same of the track reversed.
        total: log weight of the track of each detection.
        since: when its link was made, in proposals.
        spent: for how many proposals each candidate was a link.
    """

    follow: np.ndarray
    before: np.ndarray
    link: np.ndarray
    ahead: np.ndarray
    behind: np.ndarray
    total: np.ndarray
    since: np.ndarray
    spent: np.ndarray


@compiled
def extend(
    frame: np.ndarray, seen: np.ndarray, hop: np.ndarray, spread: float, message: np.ndarray, source: int,
    detection: int, slot: int, back: int,
) -> None:  # fmt: skip
    """Put into a slot the message of a track that goes on from `source` (-1: begins) with a detection.

    The state is carried and updated as in a Kalman filter, and the log density of the innovation added; forward with
    `back` 0, from the track's end with `back` 1.
    """
    space = seen.shape[1] - 4
    noise = seen[detection, space]
    if source < 0:
        for axis in range(space):
            message[slot, 2 * axis] = seen[detection, axis]
            message[slot, 2 * axis + 1] = 0.0
        message[slot, 2 * space] = noise
        message[slot, 2 * space + 1] = 0.0
        message[slot, 2 * space + 2] = spread
        message[slot, 2 * space + 3] = seen[detection, space + 1 + back]
        frame[slot] = frame[detection]
        return
    h = abs(frame[detection] - frame[source]) - 1
    along, kept = hop[h, 1 + 5 * back], hop[h, 2 + 5 * back]
    xx, xv, vv = message[source, 2 * space], message[source, 2 * space + 1], message[source, 2 * space + 2]
    xx += 2.0 * along * xv + along * along * vv + hop[h, 3 + 5 * back]
    xv = kept * (xv + along * vv) + hop[h, 4 + 5 * back]
    vv = kept * kept * vv + hop[h, 5 + 5 * back]
    inverse = 1.0 / (xx + noise)
    gain, pull = xx * inverse, xv * inverse
    squares = 0.0
    for axis in range(space):
        velocity = message[source, 2 * axis + 1]
        predicted = message[source, 2 * axis] + along * velocity
        residual = seen[detection, axis] - predicted
        message[slot, 2 * axis] = predicted + gain * residual
        message[slot, 2 * axis + 1] = kept * velocity + pull * residual
        squares += residual * residual
    message[slot, 2 * space] = gain * noise
    message[slot, 2 * space + 1] = pull * noise
    message[slot, 2 * space + 2] = vv - pull * xv
    density = -0.5 * (space * (LOG_TWO_PI - np.log(inverse)) + squares * inverse)
    message[slot, 2 * space + 3] = message[source, 2 * space + 3] + hop[h, 0] + density
    frame[slot] = frame[detection]


@compiled
def join(
    frame: np.ndarray, hop: np.ndarray, spread: float, ahead: np.ndarray, behind: np.ndarray, head: int, tail: int
) -> float:
    """Give the log weight of a track from its two messages: up to `head`, and from `tail` on.

    The density of both under one path, integrated over the state s = (x, v) at the tail: of the head's prediction
    N(m, P) and the tail's N(b, B), which has the velocity's prior N(0, spread) in it a second time,
    integral of N(s; m, P) N(s; b, B) / N(v; 0, spread) ds.
    """
    space = (ahead.shape[1] - 4) // 2
    h = frame[tail] - frame[head] - 1
    weight = ahead[head, 2 * space + 3] + behind[tail, 2 * space + 3] + hop[h, 0]
    squares = 0.0
    if spread <= 0.0:
        whole = ahead[head, 2 * space] + hop[h, 3] + behind[tail, 2 * space]
        for axis in range(space):
            apart = ahead[head, 2 * axis] - behind[tail, 2 * axis]
            squares += apart * apart
        return float(weight - 0.5 * (space * (LOG_TWO_PI + np.log(whole)) + squares / whole))
    along, kept = hop[h, 1], hop[h, 2]
    xx, xv, vv = ahead[head, 2 * space], ahead[head, 2 * space + 1], ahead[head, 2 * space + 2]
    xx += 2.0 * along * xv + along * along * vv + hop[h, 3]
    xv = kept * (xv + along * vv) + hop[h, 4]
    vv = kept * kept * vv + hop[h, 5]
    sxx, sxv, svv = xx + behind[tail, 2 * space], xv + behind[tail, 2 * space + 1], vv + behind[tail, 2 * space + 2]
    determinant = max(sxx * svv - sxv * sxv, LEAST_DETERMINANT * sxx * svv)
    pull = (xv * svv - vv * sxv) / determinant
    gain = (vv * sxx - xv * sxv) / determinant
    left = max(spread - (vv - pull * xv - gain * vv), 0.5 * spread)
    for axis in range(space):
        velocity = ahead[head, 2 * axis + 1]
        dx = behind[tail, 2 * axis] - ahead[head, 2 * axis] - along * velocity
        velocity *= kept
        dv = behind[tail, 2 * axis + 1] - velocity
        mean = velocity + pull * dx + gain * dv
        squares += (svv * dx * dx - 2.0 * sxv * dx * dv + sxx * dv * dv) / determinant - mean * mean / left
    determinant *= left / (spread * spread)
    return float(weight - 0.5 * (space * (LOG_TWO_PI + np.log(determinant)) + squares))


@compiled
def meet(tables: Tables, tracks: Tracks, head: int, tail: int) -> float:
    """Give the log weight of the track of which `head` ends the first part and `tail` begins the rest; -1: no part."""
    seen, ahead, behind = tables.seen, tracks.ahead, tracks.behind
    space = seen.shape[1] - 4
    if head >= 0 and tail >= 0:
        return join(tables.frame, tables.hop, tables.spread, ahead, behind, head, tail)
    weight = 0.0
    if head >= 0:
        weight = seen[head, space + 3]
        if tracks.before[head] >= 0:
            weight = ahead[head, 2 * space + 3] + seen[head, space + 2]
    elif tail >= 0:
        weight = seen[tail, space + 3]
        if tracks.follow[tail] >= 0:
            weight = behind[tail, 2 * space + 3] + seen[tail, space + 1]
    return weight


@compiled
def close(tables: Tables, tracks: Tracks, slot: int, detection: int, tail: int) -> float:
    """Give the log weight of a proposed track of two or more detections, up to a slot and from `tail` on."""
    if tail >= 0:
        return join(tables.frame, tables.hop, tables.spread, tracks.ahead, tracks.behind, slot, tail)
    space = tables.seen.shape[1] - 4
    return float(tracks.ahead[slot, 2 * space + 3] + tables.seen[detection, space + 2])


@compiled
def find(tables: Tables, head: int, tail: int) -> int:
    """Find the candidate link from one detection to another, -1 where there is none."""
    low, high = tables.first[head], tables.first[head + 1]
    while low < high:
        middle = (low + high) >> 1
        if tables.column[middle] < tail:
            low = middle + 1
        else:
            high = middle
    return low if low < tables.first[head + 1] and tables.column[low] == tail else -1


@compiled
def cut(tracks: Tracks, head: int, now: int) -> None:
    """Remove the link that leaves a detection, if any."""
    tail = tracks.follow[head]
    if tail >= 0:
        tracks.spent[tracks.link[head]] += now - tracks.since[head]
        tracks.follow[head] = -1
        tracks.before[tail] = -1


@compiled
def tie(tracks: Tracks, head: int, tail: int, candidate: int, now: int) -> None:
    """Make a link between two detections that are free; nothing where either is -1."""
    if head >= 0 and tail >= 0:
        tracks.follow[head] = tail
        tracks.before[tail] = head
        tracks.link[head] = candidate
        tracks.since[head] = now


@compiled
def refresh(tables: Tables, tracks: Tracks, onward: int, backward: int) -> None:
    """Renew the messages of a track: from its start at `onward` and later, from its end at `backward` and earlier."""
    frame, seen, hop, spread = tables.frame, tables.seen, tables.hop, tables.spread
    ahead, behind, follow, before = tracks.ahead, tracks.behind, tracks.follow, tracks.before
    space = seen.shape[1] - 4
    one = onward
    while True:
        extend(frame, seen, hop, spread, ahead, before[one], one, one, 0)
        if follow[one] < 0:
            break
        one = follow[one]
    total = seen[one, space + 3]
    if before[one] >= 0:
        total = ahead[one, 2 * space + 3] + seen[one, space + 2]
    while one != backward:
        tracks.total[one] = total
        one = before[one]
    while one >= 0:
        extend(frame, seen, hop, spread, behind, follow[one], one, one, 1)
        tracks.total[one] = total
        one = before[one]


@compiled
def settle(tables: Tables, tracks: Tracks) -> None:
    """Find all messages anew."""
    for one in range(len(tracks.follow)):
        if tracks.before[one] < 0:
            last = one
            while tracks.follow[last] >= 0:
                last = tracks.follow[last]
            refresh(tables, tracks, one, last)
