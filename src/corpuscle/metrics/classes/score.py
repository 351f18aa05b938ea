"""Every score of labels at once: ranking, accuracy, rejection, calibration, with 95 % intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.labels import Labels
from corpuscle.metrics.classes.passing import REPLICATES, Passing, find_passing
from corpuscle.metrics.classes.ranking import Ranking, average, rank_images
from corpuscle.metrics.classes.share import find_share_interval
from corpuscle.metrics.reliability import LEAST, Reliability, find_floor, find_reliability

EFFICIENCIES = (0.3, 0.5, 0.8)
"""Shares of the signal at which the rejection of background is told."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ClassScore:
    """One class against the rest.

    Args:
        name: of the class.
        images: how many are of it.
        ranking: the area under its ROC curve.
        passing: how much of the rest passes at some shares of it.
    """

    name: str
    images: int
    ranking: Ranking
    passing: Passing

    def list_values(self) -> dict[str, Any]:
        """List everything by name, each interval behind its score."""
        ranking = {"auc": self.ranking.value, "auc_interval": self.ranking.interval, "auc_error": self.ranking.error}
        listed: dict[str, Any] = {"images": self.images, **ranking}
        for signal, value, interval in zip(
            self.passing.signal, self.passing.rejection, self.passing.interval, strict=True
        ):
            listed[f"rejection_{100 * signal:.0f}"] = float(value)
            listed[f"rejection_{100 * signal:.0f}_interval"] = tuple(map(float, interval))
        return listed


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LabelScores:
    """Labels, scored.

    Args:
        classes: the scores of each class against the rest: of two classes, of the second only.
        ranking: of two classes, the area of the second; of more, the mean of all that have images.
        counts: images of each class.
        right: images whose likeliest class is the true one.
        reliability: of two classes, of the second's probability; of more, of the likeliest class's.
        floor: the calibration error of right probabilities, from chance alone.
        log_loss: mean -log of the true class's probability.
        brier: half the mean sum over classes of (probability - truth)^2.
    """

    classes: tuple[ClassScore, ...]
    ranking: Ranking
    counts: Mapping[str, int]
    right: int
    reliability: Reliability
    floor: float
    log_loss: float
    brier: float

    @property
    def images(self) -> int:
        """How many images were scored."""
        return sum(self.counts.values())

    def list_values(self) -> dict[str, Any]:
        """List everything by name, as `corpuscle score --json` writes it."""
        binary = len(self.counts) == 2
        ranking = {"auc": self.ranking.value, "auc_interval": self.ranking.interval, "auc_error": self.ranking.error}
        own = {"signal": self.classes[0].name, **self.classes[0].list_values()} if binary else ranking
        return {
            "images": self.images, "classes": dict(self.counts),
            **{name: value for name, value in own.items() if name != "images"},
            "accuracy": self.right / self.images, "accuracy_interval": find_share_interval(self.right, self.images),
            "calibration_error": self.reliability.expected_error, "calibration_floor": self.floor,
            "log_loss": self.log_loss, "brier": self.brier, "reliability": self.reliability.list_rows(),
            **({} if binary else {"one_against_rest": {one.name: one.list_values() for one in self.classes}}),
        }  # fmt: skip


def score_labels(
    labels: Labels, truth: Int[np.ndarray, " image"], *, seed: int = 0, replicates: int = REPLICATES
) -> LabelScores:
    """Score labels against the classes that images are of.

    Args:
        labels: the probability of each class.
        truth: the number of each image's class.
        seed: where the chances of the intervals of rejections come from.
        replicates: how often images are drawn anew for them.

    Raises: ValueError, when all images are of one class, or their numbers differ.

    >>> sure = np.array([[0.9, 0.1], [0.6, 0.4], [0.6, 0.4], [0.2, 0.8]])
    >>> scores = score_labels(Labels(probability=sure, names=("photon", "electron")), np.array([0, 0, 1, 1]))
    >>> scores.ranking.value, scores.right
    (0.875, 3)
    """
    said, names = labels.probability, labels.names
    if len(said) != len(truth):
        message = f"expected the class of each of {len(said)} images, not of {len(truth)}"
        raise ValueError(message)
    count = np.bincount(truth, minlength=len(names))
    check_classes(count, names)
    shown = [1] if len(names) == 2 else [int(k) for k in np.flatnonzero((count > 0) & (count < len(truth)))]
    generator = np.random.default_rng(seed)
    classes = tuple(score_class(names[k], said[:, k], truth == k, generator, replicates) for k in shown)
    right = labels.likeliest == truth
    probability, true = (said[:, 1], truth == 1) if len(names) == 2 else (said.max(axis=1), right)
    held = said[np.arange(len(truth)), truth]
    return LabelScores(
        classes=classes,
        ranking=average([one.ranking for one in classes]),
        counts={name: int(number) for name, number in zip(names, count, strict=True)},
        right=int(right.sum()),
        reliability=find_reliability(probability, true),
        floor=find_floor(probability),
        log_loss=float(-np.log(np.maximum(held, LEAST)).mean()),
        brier=float(((said**2).sum(axis=1) - 2 * held + 1).mean() / 2),
    )


def check_classes(count: Int[np.ndarray, " klass"], names: tuple[str, ...]) -> None:
    """Refuse images of one class, or none.

    Raises: ValueError, naming it.
    """
    if (count > 0).sum() < 2:
        there = f"all {int(count.sum())} images are {names[int(count.argmax())]!r}" if count.sum() else "there is none"
        message = f"an AUC needs images of two classes at least, of {', '.join(map(repr, names[:10]))}, and {there}"
        raise ValueError(message)


def score_class(
    name: str,
    said: Float[np.ndarray, " image"],
    positive: Bool[np.ndarray, " image"],
    generator: np.random.Generator,
    replicates: int,
) -> ClassScore:
    """Score one class against the rest."""
    return ClassScore(
        name=name,
        images=int(positive.sum()),
        ranking=rank_images(said, positive),
        passing=find_passing(said, positive, np.array(EFFICIENCIES), generator, replicates=replicates),
    )
