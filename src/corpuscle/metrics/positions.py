"""Links of believed positions, scored in three ways: by true positions, by detections, by labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from scipy.optimize import linear_sum_assignment

from corpuscle.data.estimates import Estimates
from corpuscle.data.links import Links
from corpuscle.data.scene import Scene, true_links
from corpuscle.data.tracks import ALONE, read_links
from corpuscle.metrics.links import LinkScore, count_links


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionScore:
    """What a method that believes in positions is worth.

    Args:
        paper: links of estimates that are paired with the true positions of each frame, without a gate.
        measured: links of estimates that are paired with the detections of each frame, then read by their labels.
        association: the links themselves, by the labels of their detections; `measured` where a method gives none.
        squared: the sum of the squared distances between estimates and the true positions that they are paired with
            as in `paper` [length squared].
        paired: how many such pairs there are.
        invalid: how many estimates are no numbers.
        estimates: how many there are.
    """

    paper: LinkScore
    measured: LinkScore
    association: LinkScore
    squared: float
    paired: int
    invalid: int
    estimates: int

    @property
    def rmse(self) -> float:
        """Root mean square distance of estimates from the true positions; NaN where nothing is paired [length]."""
        return float(np.sqrt(self.squared / self.paired)) if self.paired else float("nan")

    @property
    def invalid_share(self) -> float:
        """The share of the estimates that are no numbers."""
        return self.invalid / self.estimates if self.estimates else 0.0


def measure_positions(estimates: Estimates, links: Links | None, scene: Scene) -> PositionScore:
    """Score estimates, and the links beside them, in every way.

    `paper`: in each frame estimates are paired with true positions at the least summed Euclidean distance, with no
    bound on it, and a link between consecutive estimates of one track is true when both ends are paired with
    consecutive positions of one particle. Nothing in it asks whether an estimate is near: two points that never move
    score well. `measured` pairs with detections instead, and asks whose they are. An estimate that is no number is
    paired with nothing, and a link with an unpaired end is false.

    Args:
        estimates: where the method believes the particles to be.
        links: its links between detections; None where it gives only positions.
        scene: what was measured, and the truth.

    Raises: ValueError, when the truth does not say which detection is whose.

    Source: Mishra and Roudot, EUSIPCO (2024), section III.D (`paper`).
    """
    detections, truth = scene.detections, scene.truth
    true = true_links(truth)
    seen = np.flatnonzero(truth.detection >= 0) if truth.detection is not None else np.arange(len(truth))
    between = read_links(estimates.track, estimates.frame).pair
    by_truth = pair_nearest(estimates, truth.frame[seen], truth.position[seen])
    paper = count_paired(between, by_truth, read_links(truth.track[seen], truth.frame[seen]).pair)
    by_detection = pair_nearest(estimates, detections.frame, detections.position)
    measured = count_paired(between, by_detection, true.pair)
    paired = np.flatnonzero(by_truth != ALONE)
    apart = estimates.position[paired] - truth.position[seen][by_truth[paired]]
    return PositionScore(
        paper=paper,
        measured=measured,
        association=measured if links is None else count_links(links.pair, true.pair),
        squared=float((apart**2).sum()),
        paired=len(paired),
        invalid=int((~estimates.valid).sum()),
        estimates=len(estimates),
    )


def score_estimates(estimates: Estimates, links: Links | None, scene: Scene) -> dict[str, float]:
    """Score estimates and links in every way, as named values (see `measure_positions`).

    >>> from corpuscle.data.detections import Detections
    >>> from corpuscle.data.scene import Truth
    >>> frame, place = np.arange(2), np.array([[0.0, 0.0], [1.0, 0.0]])
    >>> scene = Scene(Detections(frame, place), Truth(frame * 0, frame, place, frame))
    >>> score_estimates(Estimates(frame * 0, frame, place + 3.0), None, scene)["jaccard_paper"]
    1.0
    """
    return list_scores(measure_positions(estimates, links, scene))


def list_scores(score: PositionScore) -> dict[str, float]:
    """List the values of a score by name."""
    return {
        "jaccard_paper": score.paper.jaccard,
        "jaccard_measured": score.measured.jaccard,
        "jaccard_association": score.association.jaccard,
        "rmse": score.rmse,
        "invalid_share": score.invalid_share,
    }


def pool_links(scores: Sequence[LinkScore]) -> LinkScore:
    """Pool the links of several scenes: its Jaccard weighs every link alike, the mean of Jaccards every scene.

    >>> right = LinkScore(true_positives=9, false_positives=0, false_negatives=0)
    >>> pool_links([right, LinkScore(true_positives=0, false_positives=1, false_negatives=1)]).jaccard
    0.8181818181818182
    """
    return LinkScore(
        true_positives=sum(score.true_positives for score in scores),
        false_positives=sum(score.false_positives for score in scores),
        false_negatives=sum(score.false_negatives for score in scores),
    )


def pool_scores(scores: Sequence[PositionScore]) -> dict[str, float]:
    """Score several scenes: each value pooled over all of them, and under `mean_` the mean over the scenes."""
    pooled = PositionScore(
        paper=pool_links([score.paper for score in scores]),
        measured=pool_links([score.measured for score in scores]),
        association=pool_links([score.association for score in scores]),
        squared=sum(score.squared for score in scores),
        paired=sum(score.paired for score in scores),
        invalid=sum(score.invalid for score in scores),
        estimates=sum(score.estimates for score in scores),
    )
    each = [list_scores(score) for score in scores]
    means = {f"mean_{name}": float(np.mean([values[name] for values in each])) for name in list_scores(pooled)}
    return list_scores(pooled) | (means if each else {})


def pair_nearest(
    estimates: Estimates, frame: Int[np.ndarray, " n"], position: Float[np.ndarray, "n d"]
) -> Int[np.ndarray, " m"]:
    """Pair estimates with positions frame by frame, at the least summed distance, however far.

    Returns:
        The position that each estimate is paired with, -1 for none.
    """
    partner = np.full(len(estimates), ALONE)
    ours = np.flatnonzero(estimates.valid)
    ours = ours[np.argsort(estimates.frame[ours], kind="stable")]
    theirs = np.argsort(frame, kind="stable")
    both = np.intersect1d(estimates.frame[ours], frame)
    first, last = (np.searchsorted(estimates.frame[ours], both, side=side) for side in ("left", "right"))
    start, stop = (np.searchsorted(frame[theirs], both, side=side) for side in ("left", "right"))
    sizes = np.stack([last - first, stop - start], axis=1)
    two = (sizes == 2).all(axis=1)
    if two.any():  # two and two: both ways of all frames at once
        mine = ours[first[two, None] + [0, 1]]
        other = theirs[start[two, None] + [0, 1]]
        distance = np.linalg.norm(estimates.position[mine][:, :, None] - position[other][:, None], axis=3)
        crossed = distance[:, 0, 1] + distance[:, 1, 0] < distance[:, 0, 0] + distance[:, 1, 1]
        partner[mine] = np.where(crossed[:, None], other[:, ::-1], other)
    for k in np.flatnonzero(~two).tolist():
        mine, other = ours[first[k] : last[k]], theirs[start[k] : stop[k]]
        distance = np.linalg.norm(estimates.position[mine][:, None] - position[other], axis=2)
        row, column = linear_sum_assignment(distance)
        partner[mine[row]] = other[column]
    return partner


def count_paired(
    between: Int[np.ndarray, "k 2"], partner: Int[np.ndarray, " m"], true: Int[np.ndarray, "l 2"]
) -> LinkScore:
    """Count the links between estimates whose partners are truly linked; one with an unpaired end is false."""
    both = partner[between]
    whole = (both != ALONE).all(axis=1)
    counted = count_links(both[whole], true)
    return LinkScore(
        true_positives=counted.true_positives,
        false_positives=counted.false_positives + int((~whole).sum()),
        false_negatives=counted.false_negatives,
    )
