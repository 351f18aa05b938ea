"""How often the right one of two images ranks higher: the area under the ROC curve, with DeLong's error."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.special import ndtri
from scipy.stats import rankdata

from corpuscle.metrics.interval import LEVEL


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ranking:
    """An area under a ROC curve, a mean of several, or a difference of two, and what each image adds to it.

    Args:
        value: the area, mean or difference.
        influence: of each image: by how much the value is off because of this one; the sum of squares is the variance.
        limits: the least and the most that the value can be.
    """

    value: float
    influence: Float[np.ndarray, " image"]
    limits: tuple[float, float] = (0.0, 1.0)

    @property
    def error(self) -> float:
        """Standard error."""
        return float(np.sqrt((self.influence**2).sum()))

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of a normal value, cut where the value ends; of no width where nothing is confused."""
        reach = float(ndtri((1 + LEVEL) / 2)) * self.error
        return max(self.value - reach, self.limits[0]), min(self.value + reach, self.limits[1])


def rank_images(score: Float[np.ndarray, " image"], positive: Bool[np.ndarray, " image"]) -> Ranking:
    """Give the area under the ROC curve: how often a positive image scores above another one, ties as a half.

    With V10 of a positive image the share of the others below it and V01 of another the share of positives above it,
    AUC = mean V10 = mean V01, and its variance is var(V10) / m + var(V01) / n. The shares come from midranks, in the
    time of a sort.

    Args:
        score: of each image.
        positive: whether it is of the class that the score is for.

    Raises: ValueError, when all images are of one side.

    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 44 (1988) 837, Eq 5; Sun and Xu, IEEE Signal Processing
        Letters 21 (2014) 1389, for the ranks.

    >>> rank_images(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True])).value
    0.875
    """
    count = int(positive.sum()), int((~positive).sum())
    if 0 in count:
        told = "none of them is" if count[0] == 0 else "all of them are"
        message = f"an AUC compares images of two classes; of {len(score)} images {told} of the one that is scored"
        raise ValueError(message)
    part = np.empty(len(score))
    rank = rankdata(score)
    sides = positive, ~positive
    for side, others in zip(sides, reversed(count), strict=True):
        part[side] = (rank[side] - rankdata(score[side])) / others
    part[~positive] = 1 - part[~positive]
    value = float(part[positive].mean())
    influence = part - value
    for side, own in zip(sides, count, strict=True):
        # a sample's variance is that of its population from two images on
        influence[side] /= np.sqrt(own * max(own - 1, 1))
    return Ranking(value=value, influence=influence)


def average(rankings: Sequence[Ranking]) -> Ranking:
    """Give the mean of areas on the same images; that these are the same is part of its error.

    Raises: ValueError, when there are none.
    """
    if not rankings:
        raise ValueError("a mean of areas needs one at least")
    value = float(np.mean([one.value for one in rankings]))
    return Ranking(value=value, influence=np.mean([one.influence for one in rankings], axis=0))


def subtract(one: Ranking, other: Ranking) -> Ranking:
    """Give the difference of two areas on the same images, in one order: paired, so that what they share drops out.

    Raises: ValueError, when they are of different numbers of images.

    >>> score, positive = np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, True, False, True])
    >>> subtract(rank_images(score, positive), rank_images(score, positive)).interval
    (0.0, 0.0)
    """
    if len(one.influence) != len(other.influence):
        message = f"areas of {len(one.influence)} and {len(other.influence)} images cannot be paired"
        raise ValueError(message)
    return Ranking(value=one.value - other.value, influence=one.influence - other.influence, limits=(-1.0, 1.0))
