"""Compiled: a Markov chain over sets of tracks, each track's likelihood kept as messages from both of its ends."""

from typing import NamedTuple

import numpy as np

from corpuscle.estimation.compiled import compiled

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


@compiled
def accept(generator: np.random.Generator, change: float, forth: int, back: int, cold: float) -> bool:
    """Decide on a proposal, made in `forth` ways of many, and its reverse in `back`; log weights count `cold` times."""
    change *= cold
    if change >= 0.0 and back >= forth:
        return True
    if change < -60.0:
        return False
    return bool(generator.random() * forth < np.exp(min(change, 60.0)) * back)


@compiled
def swap_tails(
    tables: Tables, tracks: Tracks, candidate: int, generator: np.random.Generator, cold: float, now: int
) -> bool:
    """Propose one candidate as a link: split the track there, or let both ends give up what they had for it."""
    head, tail = tables.row[candidate], tables.column[candidate]
    after, ago = tracks.follow[head], tracks.before[tail]
    if tables.complete and (after < 0 or ago < 0):
        return False
    if after == tail:
        if tables.complete:
            return False
        change = meet(tables, tracks, head, -1) + meet(tables, tracks, -1, tail) - tracks.total[head]
        if not accept(generator, change, 1, 1, cold):
            return False
        cut(tracks, head, now)
        refresh(tables, tracks, head, head)
        refresh(tables, tracks, tail, tail)
        return True
    other = -1
    forth, back = tables.share[candidate], 0
    if after >= 0 and ago >= 0:
        other = find(tables, ago, after)
        if other < 0:
            return False
        forth += tables.share[other]
    if after >= 0:
        back += tables.share[tracks.link[head]]
    if ago >= 0:
        back += tables.share[tracks.link[ago]]
    if after < 0 and ago < 0:
        back = forth
    change = meet(tables, tracks, head, tail) + meet(tables, tracks, ago, after)
    change -= tracks.total[head] + tracks.total[tail]
    if not accept(generator, change, forth, back, cold):
        return False
    cut(tracks, head, now)
    if ago >= 0:
        cut(tracks, ago, now)
    tie(tracks, head, tail, candidate, now)
    tie(tracks, ago, after, other, now)
    refresh(tables, tracks, tail, head)
    if ago >= 0 or after >= 0:
        refresh(tables, tracks, after if after >= 0 else ago, ago if ago >= 0 else after)
    return True


@compiled
def swap_places(
    tables: Tables, tracks: Tracks, one: int, two: int, generator: np.random.Generator, cold: float, now: int
) -> bool:
    """Propose that two detections of one frame change places."""
    slot = len(tracks.follow)
    past_one, past_two = tracks.before[one], tracks.before[two]
    next_one, next_two = tracks.follow[one], tracks.follow[two]
    into_one = out_one = into_two = out_two = 0
    if past_one >= 0:
        into_two = find(tables, past_one, two)
    if next_one >= 0:
        out_two = find(tables, two, next_one)
    if past_two >= 0:
        into_one = find(tables, past_two, one)
    if next_two >= 0:
        out_one = find(tables, one, next_two)
    if min(into_one, out_one, into_two, out_two) < 0:
        return False
    alone_one, alone_two = past_one < 0 and next_one < 0, past_two < 0 and next_two < 0
    if alone_one and alone_two:
        return False
    change = -tracks.total[one] - tracks.total[two]
    if alone_one:
        change += tables.seen[two, -1]
    else:
        extend(tables.frame, tables.seen, tables.hop, tables.spread, tracks.ahead, past_one, two, slot, 0)
        change += close(tables, tracks, slot, two, next_one)
    if alone_two:
        change += tables.seen[one, -1]
    else:
        extend(tables.frame, tables.seen, tables.hop, tables.spread, tracks.ahead, past_two, one, slot, 0)
        change += close(tables, tracks, slot, one, next_two)
    if not accept(generator, change, 1, 1, cold):
        return False
    for head in (past_one, past_two, one, two):
        if head >= 0:
            cut(tracks, head, now)
    tie(tracks, past_one, two, into_two, now)
    tie(tracks, two, next_one, out_two, now)
    tie(tracks, past_two, one, into_one, now)
    tie(tracks, one, next_two, out_one, now)
    refresh(tables, tracks, one, one)
    refresh(tables, tracks, two, two)
    return True


@compiled
def move_one(
    tables: Tables, tracks: Tracks, candidate: int, generator: np.random.Generator, cold: float, now: int
) -> bool:
    """Propose that one detection leaves the middle of its track, or comes into another one right after a detection."""
    slot = len(tracks.follow)
    head, one = tables.row[candidate], tables.column[candidate]
    after, past, onward = tracks.follow[head], tracks.before[one], tracks.follow[one]
    if after == one:
        if onward < 0:
            return False
        bridge = find(tables, head, onward)
        if bridge < 0:
            return False
        change = meet(tables, tracks, head, onward) + tables.seen[one, -1] - tracks.total[head]
        if not accept(generator, change, 1, 1, cold):
            return False
        cut(tracks, head, now)
        cut(tracks, one, now)
        tie(tracks, head, onward, bridge, now)
        refresh(tables, tracks, onward, head)
        refresh(tables, tracks, one, one)
        return True
    if past < 0 and (onward >= 0 or after < 0):
        return False
    out = bridge = 0
    if after >= 0:
        out = find(tables, one, after)
    if onward >= 0:
        bridge = find(tables, past, onward)
    if out < 0 or bridge < 0:
        return False
    forth = back = tables.share[candidate]
    if past >= 0:
        back = tables.share[tracks.link[past]]
    extend(tables.frame, tables.seen, tables.hop, tables.spread, tracks.ahead, head, one, slot, 0)
    change = close(tables, tracks, slot, one, after) + meet(tables, tracks, past, onward)
    change -= tracks.total[head] + tracks.total[one]
    if not accept(generator, change, forth, back, cold):
        return False
    cut(tracks, head, now)
    cut(tracks, one, now)
    if past >= 0:
        cut(tracks, past, now)
    tie(tracks, head, one, candidate, now)
    tie(tracks, one, after, out, now)
    tie(tracks, past, onward, bridge, now)
    refresh(tables, tracks, one, one)
    if past >= 0:
        refresh(tables, tracks, onward if onward >= 0 else past, past)
    return True


@compiled
def walk_segment(tables: Tables, tracks: Tracks, source: int, first: int, bound: int, slot: int) -> int:
    """Extend a track from `source` over detections from `first` on and before a frame; give the last of them.

    The message comes into the slot; the next slot is worked in.
    """
    here, one = source, first
    turn = 0
    while True:
        extend(tables.frame, tables.seen, tables.hop, tables.spread, tracks.ahead, here, one, slot + turn, 0)
        here = slot + turn
        turn = 1 - turn
        ahead = tracks.follow[one]
        if ahead < 0 or tables.frame[ahead] >= bound:
            break
        one = ahead
    if here != slot:
        tracks.ahead[slot] = tracks.ahead[here]
        tables.frame[slot] = tables.frame[here]
    return one


@compiled
def swap_segments(
    tables: Tables,
    tracks: Tracks,
    candidate: int,
    length: int,
    longest: int,
    generator: np.random.Generator,
    cold: float,
    now: int,
) -> bool:
    """Propose that two tracks exchange what they have over some frames, the one after `head` and the one from `tail`.

    Where the track of `head` has nothing there, it only receives.
    """
    slot = len(tracks.follow)
    head, tail = tables.row[candidate], tables.column[candidate]
    after, ago = tracks.follow[head], tracks.before[tail]
    bound = tables.frame[head] + 1 + length
    if after == tail or tables.frame[tail] >= bound:
        return False
    gives = after >= 0 and tables.frame[after] < bound
    if not gives:
        if ago < 0:
            return False
        reverse = bound - 1 - tables.frame[ago]
        if reverse < 1 or reverse > longest:
            return False
    into = 0
    if gives and ago >= 0:
        into = find(tables, ago, after)
        if into < 0:
            return False
    last = walk_segment(tables, tracks, head, tail, bound, slot)
    rest = tracks.follow[last]
    if gives:
        given = after
        while tracks.follow[given] >= 0 and tables.frame[tracks.follow[given]] < bound:
            given = tracks.follow[given]
        own = tracks.follow[given]
    else:
        given, own = ago, after
    out = bridge = 0
    if own >= 0:
        out = find(tables, last, own)
    if rest >= 0:
        bridge = find(tables, given, rest)
    if out < 0 or bridge < 0:
        return False
    change = close(tables, tracks, slot, last, own) - tracks.total[head] - tracks.total[tail]
    if not gives:
        change += meet(tables, tracks, ago, rest)
        back = tables.share[tracks.link[ago]]
    else:
        walk_segment(tables, tracks, ago, after, bound, slot)
        if ago < 0 and given == after and rest < 0:
            change += tables.seen[after, -1]
        else:
            change += close(tables, tracks, slot, given, rest)
        back = tables.share[tracks.link[head]]
    if not accept(generator, change, tables.share[candidate], back, cold):
        return False
    for one in (head, last, ago, given):
        if one >= 0:
            cut(tracks, one, now)
    tie(tracks, head, tail, candidate, now)
    tie(tracks, last, own, out, now)
    tie(tracks, given, rest, bridge, now)
    if gives:
        tie(tracks, ago, after, into, now)
        refresh(tables, tracks, after, given)
    else:
        refresh(tables, tracks, rest if rest >= 0 else ago, ago)
    refresh(tables, tracks, tail, last)
    return True


@compiled
def grow_tail(
    tables: Tables, tracks: Tracks, head: int, length: int, generator: np.random.Generator, cold: float, now: int
) -> bool:
    """Propose that a track goes on with so many detections that have no links, or that it loses so many at its end.

    They are drawn one after the other, by the weight of each under the prediction from all before.
    """
    frame, seen, hop, spread = tables.frame, tables.seen, tables.hop, tables.spread
    ahead, follow, before = tracks.ahead, tracks.follow, tracks.before
    slot, last = len(follow), ahead.shape[1] - 1
    tail = np.full(length, -1, np.int64)
    loses = follow[head] >= 0
    one = head
    if loses:
        for k in range(length):
            one = follow[one]
            if one < 0:
                return False
            tail[k] = one
        if follow[one] >= 0:
            return False
    candidates = np.empty(length, np.int64)
    chosen, source, turn, log_chance, alone = head, head, 0, 0.0, 0.0
    for k in range(length):
        whole, picked, weight, here = 0.0, -1, 0.0, chosen
        for e in range(tables.first[here], tables.first[here + 1]):
            one = tables.column[e]
            free = before[one] < 0 and follow[one] < 0
            for j in range(k, length):
                free = free or tail[j] == one
            if not free:
                continue
            extend(frame, seen, hop, spread, ahead, source, one, slot + turn, 0)
            likely = np.exp(min(ahead[slot + turn, last] - ahead[source, last], 300.0))
            whole += likely
            if tail[k] == one or (not loses and likely > 0.0 and generator.random() * whole < likely):
                picked, weight, candidates[k] = one, likely, e
        if picked < 0 or not weight > 0.0:
            return False
        log_chance += np.log(weight / whole)
        alone += seen[picked, -1]
        extend(frame, seen, hop, spread, ahead, source, picked, slot + turn, 0)
        source, turn, chosen = slot + turn, 1 - turn, picked
        tail[k] = picked
    grown = ahead[source, last] + seen[chosen, -2]
    if loses:
        change = cold * (meet(tables, tracks, head, -1) + alone - tracks.total[head]) + log_chance
        if not accept(generator, change, 1, 1, 1.0):
            return False
        cut(tracks, head, now)
        for k in range(length):
            cut(tracks, tail[k], now)
        refresh(tables, tracks, head, head)
        for k in range(length):
            refresh(tables, tracks, tail[k], tail[k])
        return True
    change = cold * (grown - tracks.total[head] - alone) - log_chance
    if not accept(generator, change, 1, 1, 1.0):
        return False
    one = head
    for k in range(length):
        tie(tracks, one, tail[k], candidates[k], now)
        one = tail[k]
    refresh(tables, tracks, tail[0], head)
    return True


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
