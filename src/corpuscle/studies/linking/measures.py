"""What the studies of linking measure of a method on a scene."""

import time
from typing import Any

import numpy as np

from corpuscle.data.detections import Detections, split_frames
from corpuscle.data.links import Links
from corpuscle.data.scene import Scene, true_links
from corpuscle.estimation.assign import assign_sparse
from corpuscle.estimation.gate import find_candidates
from corpuscle.linking.base import Linker
from corpuscle.linking.probabilistic.marginal import PosteriorLinks
from corpuscle.metrics.calibration import score_candidates
from corpuscle.metrics.links import count_links
from corpuscle.studies.posterior import Weighed
from corpuscle.studies.study import Contender

PATIENCE = 2.0
"""Seconds after which a linker is not run again for a better figure of its cost."""

VELOCITIES = "velocities"
"""The name of the reference that knows every velocity."""


def measure_links(method: Contender, linker: Linker, scene: Scene, weighed: Weighed | None = None) -> dict[str, Any]:
    """Score links by identity; where the scene's posterior is there, by what they are expected to be worth as well.

    The ceiling's links are those of the posterior itself, so that they are found once.
    """
    begin = time.perf_counter()
    links = find_links(method, linker, scene, weighed)
    spent = time.perf_counter() - begin
    score = count_links(links.pair, true_links(scene.truth).pair)
    values: dict[str, Any] = {
        "link_jaccard": score.jaccard,
        "links_true_positives": score.true_positives,
        "links_false_positives": score.false_positives,
        "links_false_negatives": score.false_negatives,
        "seconds": spent,
    }
    if weighed is not None:
        values |= {
            "expected_jaccard": weighed.expect_jaccard(links),
            "converged": weighed.converged,
            "agreement": weighed.agreement,
        }
    return values


def find_links(method: Contender, linker: Linker, scene: Scene, weighed: Weighed | None) -> Links:
    """Find a method's links."""
    if method.role == "ceiling" and weighed is not None:
        return Links(weighed.best)
    if method.name == VELOCITIES:
        return link_by_velocity(scene, gate=float(getattr(linker, "gate", None) or np.inf))
    return linker.settle(scene.detections).link(scene.detections)


def measure_probabilities(
    method: Contender, linker: Linker, scene: Scene, weighed: Weighed | None = None
) -> dict[str, Any]:
    """Score links, and give the probability of each link that has one beside whether it is true."""
    settled = linker.settle(scene.detections)
    links = settled.link(scene.detections)
    true = {(a, b) for a, b in true_links(scene.truth).pair.tolist()}
    right = np.array([(a, b) in true for a, b in links.pair.tolist()], dtype=bool)
    score = count_links(links.pair, true_links(scene.truth).pair)
    known = np.zeros(len(links), dtype=bool) if links.probability is None else ~np.isnan(links.probability)
    given = np.empty(0) if links.probability is None else links.probability[known]
    return {
        "link_jaccard": score.jaccard,
        "links_true_positives": score.true_positives,
        "links_false_positives": score.false_positives,
        "links_false_negatives": score.false_negatives,
        "probability": given.round(6).tolist(),
        "right": right[known].tolist(),
        "candidate_surprise": measure_surprise(settled, scene),
    }


def measure_surprise(settled: Linker, scene: Scene) -> float:
    """Give the mean negative log-likelihood of all candidate links of a linker that weighs them; NaN of others."""
    if not isinstance(settled, PosteriorLinks):
        return float("nan")
    candidates = settled.weigh_candidates(scene.detections)
    assert candidates.probability is not None
    return score_candidates(candidates.pair, candidates.probability, scene.truth)


def measure_cost(method: Contender, linker: Linker, scene: Scene, weighed: Weighed | None = None) -> dict[str, Any]:
    """Time a linker after a run on a few frames that is not counted: the least of up to three runs."""
    few = take_frames(scene.detections, 3)
    linker.settle(few).link(few)
    seconds: list[float] = []
    links = Links(np.empty((0, 2), dtype=np.int64))
    while len(seconds) < 3 and sum(seconds) < PATIENCE:
        begin = time.perf_counter()
        links = linker.settle(scene.detections).link(scene.detections)
        seconds.append(time.perf_counter() - begin)
    frames = max(int(scene.detections.frame.max(initial=0)) + 1, 1)
    return {
        "microseconds": 1e6 * min(seconds) / frames,
        "microseconds_detection": 1e6 * min(seconds) / max(len(scene.detections), 1),
        "link_jaccard": count_links(links.pair, true_links(scene.truth).pair).jaccard,
    }


def take_frames(detections: Detections, frames: int) -> Detections:
    """Give the first frames of some detections."""
    seen = detections.frame < frames
    return Detections(detections.frame[seen], detections.position[seen])


def link_by_velocity(scene: Scene, *, gate: float) -> Links:
    """Link frame to frame, each detection carried on by its particle's own velocity, which only the truth knows.

    The velocity for one step is the mean of the particle's other steps, so that no step foretells itself; who has no
    other stays where it is.

    Args:
        scene: a scene without missed detections.
        gate: the farthest that a prediction may be off [length].
    """
    ahead = recall_velocities(scene)
    frames, position = split_frames(scene.detections), scene.detections.position
    pairs = [np.empty((0, 2), dtype=np.int64)]
    for place in range(len(frames) - 1):
        if frames.number[place + 1] != frames.number[place] + 1:
            continue
        earlier, later = frames.rows_of(place), frames.rows_of(place + 1)
        near = find_candidates(position[earlier] + ahead[earlier], position[later], gate)
        made = assign_sparse(
            near.row, near.column, near.distance**2, rows=len(earlier), columns=len(later), unassigned=gate**2
        )
        pairs.append(np.stack([earlier[made[:, 0]], later[made[:, 1]]], axis=1))
    return Links(np.concatenate(pairs))


def recall_velocities(scene: Scene) -> np.ndarray:
    """Give for each detection the mean of its particle's steps but the next; zeros for false detections."""
    truth, detection = scene.truth, scene.truth.detection
    ahead = np.zeros_like(scene.detections.position)
    if detection is None:
        return ahead
    measured = scene.detections.position[detection]
    for track in np.unique(truth.track):
        rows = np.flatnonzero(truth.track == track)
        steps = np.diff(measured[rows], axis=0)
        total, count = steps.sum(axis=0), len(steps)
        own = np.concatenate([steps, np.zeros((1, steps.shape[1]))])
        others = np.append(np.full(count, count - 1), count)
        ahead[detection[rows]] = (total - own) / np.maximum(others, 1)[:, None]
    return ahead
