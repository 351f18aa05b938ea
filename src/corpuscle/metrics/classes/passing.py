"""What passes a cut on a score: the ROC curve, and how much background is rejected at a share of the signal."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Num

from corpuscle.metrics.classes.share import find_share_interval
from corpuscle.metrics.interval import LEVEL

REPLICATES = 2000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Roc:
    """A ROC curve: from the hardest cut, which nothing passes, to none.

    Args:
        cut: images of at least this score pass; infinite in the first row.
        background: the share of other images that passes.
        signal: the share of positive images that passes.
    """

    cut: Float[np.ndarray, " step"]
    background: Float[np.ndarray, " step"]
    signal: Float[np.ndarray, " step"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Passing:
    """How much background passes where some share of the signal does.

    Args:
        signal: the shares of the signal.
        background: the share of the background that passes with each.
        low: where its 95 % interval begins.
        high: where it ends.
    """

    signal: Float[np.ndarray, " share"]
    background: Float[np.ndarray, " share"]
    low: Float[np.ndarray, " share"]
    high: Float[np.ndarray, " share"]

    @property
    def rejection(self) -> Float[np.ndarray, " share"]:
        """One image of how many of the background passes; infinite where none does."""
        return invert(self.background)

    @property
    def interval(self) -> Float[np.ndarray, "share 2"]:
        """The 95 % interval of the rejection."""
        return np.stack([invert(self.high), invert(self.low)], axis=1)


def invert(share: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Give one over each share, infinite of nothing."""
    return np.asarray(np.divide(1.0, share, out=np.full(len(share), np.inf), where=share > 0))


def draw_roc(score: Float[np.ndarray, " image"], positive: Bool[np.ndarray, " image"]) -> Roc:
    """Give the ROC curve, a row a score that occurs.

    Raises: ValueError, when all images are of one side.

    >>> curve = draw_roc(np.array([0.1, 0.4, 0.4, 0.8]), np.array([False, False, True, True]))
    >>> curve.background.tolist(), curve.signal.tolist()
    ([0.0, 0.0, 0.5, 1.0], [0.0, 0.5, 1.0, 1.0])
    """
    order = np.argsort(-score, kind="stable")
    last = find_last(score[order])
    right = positive[order]
    if not right.any() or right.all():
        message = f"a ROC curve compares images of two classes, and all {len(score)} images are of one"
        raise ValueError(message)
    background, signal = (follow(side.astype(float), last) for side in (~right, right))
    return Roc(cut=np.append(np.inf, score[order][last]), background=background, signal=signal)


def find_last(score: Float[np.ndarray, " image"]) -> Num[np.ndarray, " step"]:
    """Give the last row of each run of equal scores."""
    return np.flatnonzero(np.append(np.diff(score) != 0, True))


def follow(weight: Float[np.ndarray, " image"], last: Num[np.ndarray, " step"]) -> Float[np.ndarray, " step_and_1"]:
    """Give which share of the weight has passed after each run of equal scores, from nothing on."""
    passed = np.append(0.0, np.cumsum(weight)[last])
    return np.asarray(passed / passed[-1])


def find_passing(
    score: Float[np.ndarray, " image"],
    positive: Bool[np.ndarray, " image"],
    signal: Float[np.ndarray, " share"],
    generator: np.random.Generator,
    *,
    replicates: int = REPLICATES,
) -> Passing:
    """Give how much background passes where some shares of the signal do; between two cuts the curve is straight.

    The interval is the wider of two at either end: that of images drawn anew, each class by itself, which knows that
    the cut is uncertain, too; and Wilson's, which knows that none of few is not none of all. Images need not be drawn
    one by one: the share of m signals beyond a cut that passes s of m drawn from them is distributed as
    Beta(s m, (1 - s) m + 1), and what passes there of n others is binomial.

    Args:
        score: of each image.
        positive: whether it is of the signal.
        signal: the shares, between 0 and 1.
        generator: where the chances of drawing anew come from.
        replicates: how often.

    Raises: ValueError, when all images are of one side.

    Source: David and Nagaraja, Order statistics (2003), section 2.1, for the distribution of a drawn quantile.
    """
    curve = draw_roc(score, positive)
    signals, others = int(positive.sum()), int((~positive).sum())
    passing = np.interp(signal, curve.signal, curve.background)
    reached = generator.beta(signal * signals, (1 - signal) * signals + 1, (replicates, len(signal)))
    drawn = generator.binomial(others, np.interp(reached, curve.signal, curve.background)) / others
    share = (1 - LEVEL) / 2
    low, high = np.quantile(drawn, [share, 1 - share], axis=0)
    wilson = np.array([find_share_interval(one * others, others) for one in passing])
    low, high = np.minimum(low, wilson[:, 0]), np.maximum(high, wilson[:, 1])
    return Passing(signal=signal, background=passing, low=low, high=high)
