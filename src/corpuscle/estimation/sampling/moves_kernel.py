"""Compiled: proposals that change a set of tracks, each accepted or taken back."""

import numpy as np

from corpuscle.data.compiled import compiled
from corpuscle.estimation.sampling.tracks_kernel import Tables, Tracks, close, cut, extend, find, meet, refresh, tie


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
