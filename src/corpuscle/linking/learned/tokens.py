"""Candidate links as tokens: what a net reads of each, and which others lead to it and on from it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.estimation.marginal import Marginals
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery

LEAST = 1e-4
"""A candidate that is less likely is no token."""

SURE = 12.0
"""Log-odds beyond this are read as this."""

FAR = 4
"""Frames to the first or last beyond this are read as this."""

FEATURES = 20
SCENE_FEATURES = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Moves:
    """What the likely links of a scene say of its motion, each counted by its probability.

    Args:
        squared: mean squared way of a link over its frames, over the scene's scale.
        tail: mean fourth power over the squared mean square, over that of a normal way; 1 where all are alike.
        turn: mean product of a way with the one before, over the mean square; more than 0 where velocities last.
        alike: mean product of a squared way with the one before, over that of the means; 1 where all are alike.
        pairs: expected number of such pairs of links.
    """

    squared: float
    tail: float
    turn: float
    alike: float
    pairs: float


@dataclass(frozen=True, slots=True, eq=False)
class Tokens:
    """The likelier candidates of a scene as a net reads them; no length has a unit, no number depends on the axes.

    Args:
        index: which candidate each token is.
        feature: what is known of each.
        scene: what is known of the whole scene.
        move: the way a frame of each, over the scene's scale.
        before: tokens that end where each begins, the likeliest first; -1 where there is none.
        after: tokens that begin where each ends.
        moves: what the likely ones say of the motion.
    """

    index: Int[np.ndarray, " e"]
    feature: Float[np.ndarray, "e feature"]
    scene: Float[np.ndarray, " s"]
    move: Float[np.ndarray, "e d"]
    before: Int[np.ndarray, "e k"]
    after: Int[np.ndarray, "e k"]
    moves: Moves

    def __len__(self) -> int:
        return len(self.index)


def read_tokens(scenery: Scenery, population: Population, marginals: Marginals, *, kept: int, asked: int) -> Tokens:
    """Read the candidates of a scene.

    Args:
        scenery: the detections.
        population: how their particles are thought to move.
        marginals: how likely each candidate is, so far.
        kept: how many of the likeliest candidates at either end of a detection are tokens.
        asked: how many tokens on either side a token asks.
    """
    found, likely = marginals.candidates, marginals.probability
    index = np.flatnonzero((likely > LEAST) & ((rank(found.row, likely) < kept) | (rank(found.column, likely) < kept)))
    row, column, gap = found.row[index], found.column[index], found.gap[index]
    move = scenery.position[column] - scenery.position[row]
    move /= measure_scale(scenery, population) * (gap + 1.0)[:, None]
    likely = np.minimum(likely[index], 1.0)
    into, onward = list_likeliest(column, likely, len(scenery), asked), list_likeliest(row, likely, len(scenery), asked)
    before, after = into[row], onward[column]
    moves = judge_moves(move, gap, likely, before[:, 0])
    return Tokens(
        index=index,
        feature=describe_links(scenery, marginals, index, move),
        scene=describe_scene(scenery, population, marginals, moves),
        move=move,
        before=before,
        after=after,
        moves=moves,
    )


def measure_scale(scenery: Scenery, population: Population) -> float:
    """Give how far a detection typically lies from that of the frame before, along one axis [length]."""
    slow = population.slow_share
    step = (1.0 - slow) * (population.step**2 + population.rate**2) + slow * population.slow_step**2
    return max(float(np.sqrt(step + 2.0 * scenery.measure_noise(population) ** 2)), 1e-100)


def rank(group: Int[np.ndarray, " e"], likely: Float[np.ndarray, " e"]) -> Int[np.ndarray, " e"]:
    """Give each the number of likelier ones in its group.

    >>> rank(np.array([0, 1, 0]), np.array([0.2, 0.5, 0.8]))
    array([1, 0, 0])
    """
    order = np.lexsort((-likely, group))
    first = np.searchsorted(group[order], group[order], side="left")
    place = np.empty(len(group), dtype=np.int64)
    place[order] = np.arange(len(group)) - first
    return place


def list_likeliest(
    end: Int[np.ndarray, " e"], likely: Float[np.ndarray, " e"], count: int, most: int
) -> Int[np.ndarray, "n k"]:
    """List for each detection its likeliest tokens at one end, -1 where there are no more.

    >>> list_likeliest(np.array([0, 0, 1]), np.array([0.2, 0.8, 0.5]), 2, 2)
    array([[ 1,  0],
           [ 2, -1]])
    """
    place = rank(end, likely)
    listed = np.full((count, most), -1)
    near = np.flatnonzero(place < most)
    listed[end[near], place[near]] = near
    return listed


def to_odds(likely: Float[np.ndarray, " e"]) -> Float[np.ndarray, " e"]:
    """Give log-odds, bounded."""
    safe = np.clip(likely, 1e-9, 1.0 - 1e-9)
    odds: Float[np.ndarray, " e"] = np.clip(np.log(safe / (1.0 - safe)), -SURE, SURE)
    return odds


def find_rival(
    end: Int[np.ndarray, " e"], likely: Float[np.ndarray, " e"], index: Int[np.ndarray, " k"], count: int
) -> Float[np.ndarray, " k"]:
    """Give how likely the best rival of some candidates at one end is."""
    order = np.lexsort((likely, end))
    best, second = np.zeros(count), np.zeros(count)
    last = np.append(np.diff(end[order]) != 0, True)[: len(order)]
    best[end[order[last]]] = likely[order[last]]
    before = np.flatnonzero(last)
    before = before[(before > 0) & (end[order[before - 1]] == end[order[before]])]
    second[end[order[before]]] = likely[order[before - 1]]
    here = end[index]
    found: Float[np.ndarray, " k"] = np.where(likely[index] >= best[here], second[here], best[here])
    return found


def describe_links(
    scenery: Scenery, marginals: Marginals, index: Int[np.ndarray, " k"], move: Float[np.ndarray, "k d"]
) -> Float[np.ndarray, "k feature"]:
    """Describe some candidates: how far they lead, how likely they are so far, and their rivals."""
    found, likely, count = marginals.candidates, marginals.probability, len(scenery)
    row, column, gap = found.row[index], found.column[index], found.gap[index]
    starts, ends, frame = marginals.starts, marginals.ends, scenery.frame
    squared = (move**2).sum(axis=1) * (gap + 1.0)
    fit = marginals.choices.link - marginals.choices.begins[found.column]
    many = [np.bincount(end, likely > LEAST, count) for end in (found.row, found.column)]
    columns = [
        to_odds(likely[index]) / 5.0,
        likely[index],
        np.log(squared + 0.01) / 2.0,
        np.minimum(squared, 30.0) / 10.0,
        (gap > 0).astype(float),
        gap / 3.0,
        np.clip(fit[index], -20.0, 20.0) / 8.0,
        to_odds(find_rival(found.row, likely, index, count)) / 5.0,
        to_odds(find_rival(found.column, likely, index, count)) / 5.0,
        starts[column],
        ends[row],
        starts[row],
        ends[column],
        marginals.false[row],
        marginals.false[column],
        np.log1p(many[0][row]) / 2.0,
        np.log1p(many[1][column]) / 2.0,
        np.minimum(frame[row], FAR) / FAR,
        np.minimum(scenery.frames - 1 - frame[column], FAR) / FAR,
        np.full(len(index), scenery.position.shape[1] - 2.0),
    ]
    described: Float[np.ndarray, "k feature"] = np.stack(columns, axis=1)
    return described


def judge_moves(
    move: Float[np.ndarray, "k d"],
    gap: Int[np.ndarray, " k"],
    likely: Float[np.ndarray, " k"],
    before: Int[np.ndarray, " k"],
) -> Moves:
    """Say what ways, each likely to some degree, tell of the motion; `before` is the likeliest one that leads to each.

    >>> one = np.ones(2)
    >>> judge_moves(np.ones((2, 2)), np.zeros(2, int), one, np.array([-1, 0])).turn
    1.0
    """
    space = move.shape[1]
    squared = (move**2).sum(axis=1) * (gap + 1.0)
    mean = measure_mean(squared, likely)
    here = np.flatnonzero(before >= 0)
    there = before[here]
    both = likely[here] * likely[there]
    alike = measure_mean(squared[here] * squared[there], both)
    apart = measure_mean(squared[here], both) * measure_mean(squared[there], both)
    return Moves(
        squared=mean / space,
        tail=measure_mean(squared**2, likely) / max(mean**2, 1e-12) * space / (space + 2.0),
        turn=measure_mean((move[here] * move[there]).sum(axis=1), both) / max(mean, 1e-12),
        alike=alike / max(apart, 1e-12),
        pairs=float(both.sum()),
    )


def describe_scene(
    scenery: Scenery, population: Population, marginals: Marginals, moves: Moves
) -> Float[np.ndarray, " s"]:
    """Describe a scene: what is thought of its particles, and how well their likely ways agree with that."""
    scale, noise = measure_scale(scenery, population), scenery.measure_noise(population)
    doubt = float((marginals.probability * (1.0 - np.minimum(marginals.probability, 1.0))).sum())
    detections = max(len(scenery), 1)
    values = [
        population.rate / scale,
        population.persistence if population.rate > 0 else 0.0,
        noise / scale,
        population.slow_share,
        population.slow_step / max(population.step, 1e-100) if population.slow_share > 0 else 1.0,
        5.0 * (1.0 - population.detection_probability),
        5.0 * float(marginals.false.sum()) / detections,
        5.0 * float(marginals.starts.sum()) / detections,
        np.log(moves.squared + 1e-3),
        np.log(moves.tail + 1e-3),
        moves.turn,
        np.log(moves.alike + 1e-3),
        4.0 * doubt / detections,
        np.log(detections) / 4.0,
    ]
    return np.clip(np.array(values, dtype=np.float64), -5.0, 5.0)


def measure_mean(value: Float[np.ndarray, " k"], weight: Float[np.ndarray, " k"]) -> float:
    """Give a weighted mean; 0 where nothing weighs."""
    total = float(weight.sum())
    return float(value @ weight) / total if total > 0 else 0.0


def mark_true(
    marginals: Marginals, index: Int[np.ndarray, " k"], following: Int[np.ndarray, " n"]
) -> Bool[np.ndarray, " k"]:
    """Mark the tokens that are true, where it is known which detection follows each (-1: none)."""
    found = marginals.candidates
    true: Bool[np.ndarray, " k"] = following[found.row[index]] == found.column[index]
    return true
