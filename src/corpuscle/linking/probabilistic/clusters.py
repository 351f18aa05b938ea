"""Clusters of detections that share no candidate link with others, and the pairs among them that are solved exactly."""

import itertools
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.estimation.marginal import Marginals
from corpuscle.estimation.movement.series import find_gains
from corpuscle.estimation.posterior.candidates import Candidates
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery
from corpuscle.linking.probabilistic.merged_kernel import merge_pair

WINDOW = 8
"""Links over which the hypotheses of a pair are told apart; see `merged`."""

NEARLY = 1e-3
"""Where less than this share is missed, false, born or dying, two detections in every frame are two particles."""


@dataclass(frozen=True, slots=True, eq=False)
class Clusters:
    """The clusters of a scene.

    Args:
        label: the cluster of each detection.
        size: how many detections each cluster has.
        pair: which clusters have two detections in each of at least two neighbouring frames.
    """

    label: Int[np.ndarray, " n"]
    size: Int[np.ndarray, " c"]
    pair: Bool[np.ndarray, " c"]

    def count_alone(self, candidates: Candidates) -> int:
        """Count the detections that have one candidate at most on either side: nothing is to be decided about them."""
        rivals = np.zeros(len(self.label), dtype=bool)
        for end in (candidates.row, candidates.column):
            crowded = np.bincount(end, minlength=len(self.label))[end] > 1
            rivals[candidates.row[crowded]] = rivals[candidates.column[crowded]] = True
        return int(len(rivals) - rivals.sum())


def find_clusters(scenery: Scenery, candidates: Candidates) -> Clusters:
    """Find the clusters.

    >>> scenery = Scenery(np.zeros((4, 2)), np.array([0, 2, 4]), np.arange(2))
    >>> find_clusters(scenery, Candidates(np.array([0, 1]), np.array([2, 3]), np.zeros(2, int))).label
    array([0, 1, 0, 1])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(scenery)
    graph = coo_array((np.ones(len(candidates), dtype=bool), (candidates.row, candidates.column)), shape=(count, count))
    clusters, label = connected_components(graph, directed=False)
    frame = scenery.frame
    key, amount = np.unique(label.astype(np.int64) * (scenery.frames + 1) + frame, return_counts=True)
    owner, when = key // (scenery.frames + 1), key % (scenery.frames + 1)
    pair = np.bincount(owner, amount != 2, clusters) == 0
    first, last = np.full(clusters, scenery.frames), np.full(clusters, -1)
    np.minimum.at(first, owner, when)
    np.maximum.at(last, owner, when)
    spans = last - first + 1
    label = label.astype(np.int64)
    return Clusters(label, np.bincount(label, minlength=clusters), pair & (spans == np.bincount(owner)) & (spans > 1))


def can_solve_pairs(scenery: Scenery, population: Population) -> bool:
    """Tell whether a pair's hypotheses are those of `merged`: two particles that are always seen, and walk or drift."""
    whole = population.weigh_continuations(0)[0] > 1.0 - NEARLY
    rare = population.false_rate + population.birth_rate < NEARLY * scenery.count_particles(population)
    plain = population.slow_share == 0 and (population.rate == 0 or population.persistence > 1.0 - NEARLY)
    return bool(whole and rare and plain) and scenery.variance is None


def solve_pairs(scenery: Scenery, marginals: Marginals, population: Population) -> Marginals:
    """Replace the probabilities of clusters that are pairs by those of their merged hypotheses."""
    if not can_solve_pairs(scenery, population):
        return marginals
    candidates = marginals.candidates
    clusters = find_clusters(scenery, candidates)
    rows = np.flatnonzero(clusters.pair[clusters.label])
    rows = rows[np.argsort(clusters.label[rows], kind="stable")]
    if not len(rows):
        return marginals
    same, slot = np.zeros(len(scenery)), np.full(len(scenery), -1)
    slot[rows] = np.arange(len(rows)) % 2
    edges = np.flatnonzero(np.diff(clusters.label[rows], prepend=-1, append=-1))
    for low, high in itertools.pairwise(edges):
        place = rows[low:high].reshape(-1, 2)
        keeps = keep_places(scenery.position[place[:, 0]] - scenery.position[place[:, 1]], population)
        same[place[:-1]] = keeps[:, None]
    ours = slot[candidates.row] >= 0
    stays = slot[candidates.row] == slot[candidates.column]
    found = np.where(stays, same[candidates.row], 1.0 - same[candidates.row]) * (candidates.gap == 0)
    return replace(marginals, probability=np.where(ours, found, marginals.probability))


def keep_places(apart: Float[np.ndarray, "t d"], population: Population) -> Float[np.ndarray, " links"]:
    """Give for two particles the probability that each link keeps their places."""
    frames = len(apart)
    gains = find_gains(
        np.arange(float(frames)), np.full(frames, population.measurement_noise**2), slot="position",
        process_noise=population.step, rate=population.rate,
    )  # fmt: skip
    window = min(WINDOW, frames)
    return merge_pair(np.ascontiguousarray(apart / np.sqrt(2.0)), gains.elapsed, gains.gain, gains.spread, window)
