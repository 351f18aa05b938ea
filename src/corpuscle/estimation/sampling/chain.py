"""What a Markov chain over sets of tracks works on: weights, candidate links, and tracks to begin with."""

import dataclasses
from itertools import pairwise

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.detections import Detections
from corpuscle.estimation.assign import assign, assign_sparse
from corpuscle.estimation.posterior.population import Population, measure_volume
from corpuscle.estimation.sampling.tracks_kernel import Tables, Tracks, settle

DEVIATIONS = 6.0
"""Links longer than so many standard deviations of a link without history are left out: one in 10^7 true ones."""

NEAREST = 4
"""So many of the nearest detections are candidates however far they are."""

SHARES = 32
"""How many times as often the likeliest candidate is proposed as the least likely one."""

LEAST = 1e-300
"""The least chance of anything: what the population excludes is as good as impossible, and its logarithm a number."""

SHARPEST = 1e-8
"""The least variance of a measured coordinate, in squares of the unit: step, velocity or noise, the largest."""

FARTHEST = 1e12
"""Positions are clipped to so many units, so that no square overflows."""

STEADY = 10_000
"""Frames after which the expected number of beginning tracks no longer changes."""


def sort_rows(detections: Detections) -> Int[np.ndarray, " n"]:
    """Sort rows by frame, then by what was measured, so that the order of the table has no part in a chain."""
    columns = [*detections.position.T[::-1], detections.frame]
    if detections.deviation is not None:
        columns = [*detections.deviation.T, *columns]
    return np.lexsort(columns).astype(np.int64)


def is_complete(frame: Int[np.ndarray, " n"]) -> bool:
    """Tell whether every frame from the first to the last has as many detections.

    >>> is_complete(np.array([0, 0, 1, 1])), is_complete(np.array([0, 2]))
    (True, False)
    """
    number, count = np.unique(frame, return_counts=True)
    span = 0 if not len(number) else number[-1] - number[0] + 1
    return bool(span == len(number) and (not span or count.min() == count.max()))


def lay_tables(
    detections: Detections,
    rows: Int[np.ndarray, " n"],
    population: Population,
    generator: np.random.Generator,
    *,
    gap: int | None = None,
    particles: float | None = None,
) -> tuple[Tables, list[Int[np.ndarray, " n"]]]:
    """Lay out what a chain works on, and two sets of tracks to begin with: of each detection the one that follows.

    Lengths are measured in steps (or in velocities or noise, where those are larger), from the mean position.

    Args:
        detections: two frames or more.
        rows: their order, by frame.
        population: how particles move and are seen.
        generator: where the chances of the second beginning come from.
        gap: the most missed frames that a link bridges.
        particles: how many there are in the first frame.
    """
    frame = detections.frame[rows].astype(np.int64)
    frame -= frame[0]
    complete = population.complete and is_complete(frame)
    unit = max(population.step, population.rate, population.measurement_noise) or 1.0
    population = rescale(population, unit)
    position = (detections.position[rows] - detections.position.mean(axis=0)) / unit
    position = np.ascontiguousarray(np.clip(position, -FARTHEST, FARTHEST))
    noise = np.full(len(rows), population.measurement_noise**2)
    if detections.deviation is not None:
        noise = (np.minimum(detections.deviation[rows] / unit, FARTHEST) ** 2).mean(axis=1)
    noise = np.maximum(noise, SHARPEST)
    gap = 0 if complete else min(population.choose_gap() if gap is None else gap, int(frame[-1]) - 1)
    hop = lay_hops(population, gap)
    reach = hop[:, 3] + hop[:, 1] ** 2 * population.rate**2
    row, column, likeness = find_near(frame, position, noise, np.append(2.0 * reach[0], reach))
    same = frame[row] == frame[column]
    pair = np.repeat(np.stack([row, column], axis=1)[same], share_out(likeness[same]), axis=0)
    row, column, likeness = row[~same], column[~same], likeness[~same]
    if complete:
        jolt = 0.5 * generator.normal(size=position.shape) * np.sqrt(reach[0] + 2.0 * noise)[:, None]
        starts = [follow_all(frame, position), follow_all(frame, position + jolt)]
    else:
        starts = [follow_near(frame, position, row, column), np.full(len(rows), -1)]
    row, column, likeness = add_links(row, column, likeness, starts)
    share = share_out(likeness)
    weights = weigh_tracks(frame, measure_volume(position, 1.0), population, gap, particles)
    tables = Tables(
        frame=np.append(frame, [0, 0]),
        seen=np.column_stack([position, noise, weights]),
        hop=hop,
        spread=population.rate**2,
        first=np.searchsorted(row, np.arange(len(rows) + 1)),
        column=column,
        row=row,
        share=share,
        draw=np.repeat(np.arange(len(row)), share),
        pair=pair,
        complete=complete,
    )
    return tables, starts


def rescale(population: Population, unit: float) -> Population:
    """Give the same population in another unit of length."""
    return dataclasses.replace(
        population,
        step=population.step / unit,
        rate=population.rate / unit,
        measurement_noise=population.measurement_noise / unit,
    )


def lay_hops(population: Population, gap: int) -> Float[np.ndarray, "g 11"]:
    """Give what a link over 1, 2, ... frames does.

    With x' = x + c v + e, v' = f v + h forward, and v ~ N(0, r^2) at any time, the same seen backward is
    x = x' - k v' - e', v = f v' + h' with k = (c f r^2 + cov(e, h)) / r^2.

    Returns:
        The log weight of the link; c, f and the covariance of (e, h) as xx, xv, vv; -k, f and that of (-e', h').
    """
    along, kept, here, both, there = population.carry(gap + 1).T
    here = here + population.step**2 * np.arange(1, gap + 2)
    prior = population.rate**2
    back = np.zeros_like(along) if prior == 0.0 else (along * kept * prior + both) / prior
    behind = along**2 * prior + here - back**2 * prior
    weight = np.log(np.maximum(population.weigh_continuations(gap), LEAST))
    across = back * kept * prior - along * prior
    return np.stack([weight, along, kept, here, both, there, -back, kept, behind, across, there], axis=1)


def weigh_tracks(
    frame: Int[np.ndarray, " n"], volume: float, population: Population, gap: int, particles: float | None
) -> Float[np.ndarray, "n 3"]:
    """Give the log weights of a track that begins with each detection, of one that ends with it, and of it alone.

    Alone it is a track of its own or a false detection.
    """
    frames = int(frame[-1]) + 1
    if particles is None:
        particles = (len(frame) / frames - population.false_rate) / max(population.detection_probability, LEAST)
    starts = population.weigh_starts(min(frames, STEADY), max(particles, 0.0))
    start = np.log(np.maximum(starts[np.minimum(frame, STEADY - 1)], LEAST)) - np.log(volume)
    end = np.log(np.maximum(population.weigh_ends(frames - 1 - frame, gap), LEAST))
    false = np.log(max(population.false_rate, LEAST)) - np.log(volume)
    return np.stack([start, end, np.logaddexp(start + end, false)], axis=1)


def find_near(
    frame: Int[np.ndarray, " n"],
    position: Float[np.ndarray, "n d"],
    noise: Float[np.ndarray, " n"],
    reach: Float[np.ndarray, " h"],
) -> tuple[Int[np.ndarray, " e"], Int[np.ndarray, " e"], Float[np.ndarray, " e"]]:
    """Find pairs of detections that are near for the frames between them, sorted; `reach` is the variance for each.

    Returns:
        The earlier one, the later one, and how near they are: 1 at one place, 0 far apart.
    """
    number, first = np.unique(frame, return_index=True)
    rows = dict(zip(number.tolist(), np.split(np.arange(len(frame)), first[1:]), strict=True))
    found: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
    for here, before in rows.items():
        for hop, variance in enumerate(reach.tolist()):
            after = rows.get(here + hop)
            if after is None:
                continue
            squared = ((position[before, None] - position[after]) ** 2).sum(axis=2)
            share = squared / (variance + noise[before, None] + noise[after])
            near = (share <= DEVIATIONS**2) | is_nearest(squared) | is_nearest(squared.T).T
            if hop == 0:
                near = np.triu(near, 1)
            row, column = np.nonzero(near)
            found.append((before[row], after[column], np.exp(-share[row, column] / 4.0)))
    row, column, likeness = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.lexsort((column, row))
    return row[order], column[order], likeness[order]


def is_nearest(squared: Float[np.ndarray, "a b"]) -> Bool[np.ndarray, "a b"]:
    """Tell of each row which columns are among its nearest."""
    place = min(NEAREST, squared.shape[1]) - 1
    near: Bool[np.ndarray, "a b"] = squared <= np.partition(squared, place, axis=1)[:, place, None]
    return near


def share_out(likeness: Float[np.ndarray, " e"]) -> Int[np.ndarray, " e"]:
    """Give how many times each candidate stands among those to draw from."""
    return 1 + (likeness * (SHARES - 1)).astype(np.int64)


def follow_all(frame: Int[np.ndarray, " n"], position: Float[np.ndarray, "n d"]) -> Int[np.ndarray, " n"]:
    """Assign all detections of each frame to those of the next one, at the least summed squared distance."""
    follow = np.full(len(frame), -1)
    rows = np.arange(len(frame)).reshape(int(frame[-1]) + 1, -1)
    for before, after in pairwise(rows):
        squared = ((position[before, None] - position[after]) ** 2).sum(axis=2)
        made = assign(squared, np.inf)
        follow[before[made[:, 0]]] = after[made[:, 1]]
    return follow


def follow_near(
    frame: Int[np.ndarray, " n"],
    position: Float[np.ndarray, "n d"],
    row: Int[np.ndarray, " e"],
    column: Int[np.ndarray, " e"],
) -> Int[np.ndarray, " n"]:
    """Assign detections to candidates of the next frame, as many as there may be."""
    follow = np.full(len(frame), -1)
    step = frame[column] - frame[row] == 1
    squared = ((position[row[step]] - position[column[step]]) ** 2).sum(axis=1)
    n = len(frame)
    made = assign_sparse(row[step], column[step], squared, rows=n, columns=n, unassigned=np.inf)
    follow[made[:, 0]] = made[:, 1]
    return follow


def add_links(
    row: Int[np.ndarray, " e"],
    column: Int[np.ndarray, " e"],
    likeness: Float[np.ndarray, " e"],
    starts: list[Int[np.ndarray, " n"]],
) -> tuple[Int[np.ndarray, " k"], Int[np.ndarray, " k"], Float[np.ndarray, " k"]]:
    """Add the links that chains begin with to the candidates."""
    for follow in starts:
        made = np.flatnonzero(follow >= 0)
        row, column = np.append(row, made), np.append(column, follow[made])
        likeness = np.append(likeness, np.zeros(len(made)))
    _, which = np.unique(row * len(starts[0]) + column, return_index=True)
    return row[which], column[which], likeness[which]


def begin_tracks(tables: Tables, follow: Int[np.ndarray, " n"]) -> Tracks:
    """Lay out the tracks of one chain, with their messages."""
    n, width = len(follow), 2 * (tables.seen.shape[1] - 4) + 4
    made = np.flatnonzero(follow >= 0)
    before = np.full(n, -1)
    before[follow[made]] = made
    link = np.full(n, -1)
    key = tables.row * n + tables.column
    link[made] = np.searchsorted(key, made * n + follow[made])
    tracks = Tracks(
        follow=follow.copy(),
        before=before,
        link=link,
        ahead=np.zeros((n + 2, width)),
        behind=np.zeros((n + 2, width)),
        total=np.zeros(n),
        since=np.zeros(n, np.int64),
        spent=np.zeros(len(tables.row), np.int64),
    )
    settle(tables, tracks)
    return tracks
