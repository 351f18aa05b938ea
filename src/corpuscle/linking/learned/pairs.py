"""Detections as tokens: the nearest candidates before and after each, and how far they are."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.estimation.posterior.candidates import Candidates
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery
from corpuscle.linking.learned.tokens import FAR, list_likeliest, measure_scale, rank

DETECTION_FEATURES = 9
PAIR_FEATURES = 9


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Detections and the nearer candidates between them as a net reads them.

    Args:
        index: which candidate each pair is.
        row: the earlier detection of each.
        column: its later one.
        detection: what is known of each detection.
        pair: what is known of each pair.
        neighbour: the pairs into each detection and out of it, the nearest first; -1 where there is none.
    """

    index: Int[np.ndarray, " e"]
    row: Int[np.ndarray, " e"]
    column: Int[np.ndarray, " e"]
    detection: Float[np.ndarray, "n f"]
    pair: Float[np.ndarray, "e p"]
    neighbour: Int[np.ndarray, "n k"]


def read_pairs(scenery: Scenery, population: Population, candidates: Candidates, *, kept: int, asked: int) -> Pairs:
    """Read the detections of a scene and their candidates: distances alone, over the scene's scale.

    Args:
        scenery: the detections.
        population: how their particles are thought to move.
        candidates: the links that are thought of.
        kept: how many of the nearest candidates at either end of a detection are pairs.
        asked: how many neighbours a detection asks, before and after it.
    """
    scale = measure_scale(scenery, population)
    move = scenery.position[candidates.column] - scenery.position[candidates.row]
    squared = (move**2).sum(axis=1) / (scale**2 * (candidates.gap + 1.0))
    near = -squared - 2.0 * candidates.gap
    place = rank(candidates.row, near), rank(candidates.column, near)
    index = np.flatnonzero((place[0] < kept) | (place[1] < kept))
    row, column, gap, squared = (part[index] for part in (candidates.row, candidates.column, candidates.gap, squared))
    count, frame = len(scenery), scenery.frame
    into, onward = (list_likeliest(end, near[index], count, asked) for end in (column, row))
    pair = [
        np.log(squared + 0.01) / 2.0,
        np.minimum(squared, 30.0) / 10.0,
        np.exp(-0.5 * squared),
        (gap > 0).astype(float),
        gap / 3.0,
        *(np.minimum(part[index], kept) / kept for part in place),
        *(np.minimum(rank(end, -squared), kept) / kept for end in (row, column)),
    ]
    detection = [
        *(np.log1p(np.bincount(end, np.exp(-0.5 * squared), count)) for end in (row, column)),
        *(np.log1p(np.bincount(end, minlength=count)) / 2.0 for end in (row, column)),
        np.minimum(frame, FAR) / FAR,
        np.minimum(scenery.frames - 1 - frame, FAR) / FAR,
        np.full(count, scenery.position.shape[1] - 2.0),
        np.full(count, scenery.measure_noise(population) / scale),
        np.full(count, population.rate / scale),
    ]
    neighbour = np.concatenate([into, onward], axis=1)
    return Pairs(index, row, column, np.stack(detection, axis=1), np.stack(pair, axis=1), neighbour)
