"""Whether links are as likely as they are said to be: reliability, expected calibration error, log-likelihood."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.scene import Truth, true_links
from corpuscle.metrics.base import Result, Score
from corpuscle.metrics.links import judge_links, number_pairs

BINS = 10
LEAST = 1e-12
"""A probability is at least this, and at most 1 less this, where its logarithm is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """Links in bins of equal count, from the least to the most likely; equally likely links stay together.

    Args:
        said: mean probability of the links of each bin.
        true: share of them that are true.
        links: how many they are.
        error: standard error of the share: over scenes where there are several, else that of independent links.
    """

    said: Float[np.ndarray, " b"]
    true: Float[np.ndarray, " b"]
    links: Int[np.ndarray, " b"]
    error: Float[np.ndarray, " b"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Calibration(Score):
    """Chosen links with the probability that was said of each, and whether it is true.

    Args:
        probability: what was said of each link.
        right: whether it is true.
        scene: the number of the scene that it is of, from 0 without holes.
    """

    probability: Float[np.ndarray, " m"]
    right: Bool[np.ndarray, " m"]
    scene: Int[np.ndarray, " m"]

    @property
    def expected_error(self) -> float:
        """Expected calibration error: sum over bins of their share of the links times |mean probability - true share|.

        Source: Naeini, Cooper and Hauskrecht, AAAI (2015), with bins of equal count; NaN without links.
        """
        curve = self.curve()
        return mean_of(np.abs(curve.said - curve.true), curve.links)

    @property
    def floor(self) -> float:
        """The expected calibration error of right probabilities, from chance alone, of as many independent links.

        The sum over bins of sqrt(2 / pi * sum of p (1 - p)) over all links: the mean distance of a normal sum.
        """
        spread = np.bincount(self.bin(), self.probability * (1 - self.probability))
        return float(np.sqrt(2 / np.pi * spread).sum() / len(self.right)) if len(self.right) else math.nan

    @property
    def negative_log_likelihood(self) -> float:
        """Mean over the links of -log p where true and -log(1 - p) where not, p clipped to 1e-12; NaN without links."""
        return mean_surprise(self.probability, self.right)

    @classmethod
    def measure(cls, truth: Truth, result: Result, *, gate: float) -> "Calibration":
        """Judge the links that have a probability, by identity or by position as `LinkScore` does."""
        if result.probability is None:
            nothing = np.empty(0)
            return cls(probability=nothing, right=nothing.astype(bool), scene=nothing.astype(np.int64))
        pair, right = judge_links(result, truth, gate=gate)
        said = result.probability[pair[:, 1]]
        said = np.where(continues(result, pair), said, np.nan)
        known = ~np.isnan(said)
        return cls(probability=said[known], right=right[known], scene=np.zeros(int(known.sum()), dtype=np.int64))

    @classmethod
    def pool(cls, scenes: "Sequence[Calibration]") -> "Calibration":
        """Put the links of several scenes together; a scene without links counts for nothing."""
        filled = [one for one in scenes if len(one.right)]
        first = np.cumsum([0] + [int(one.scene.max()) + 1 for one in filled])
        empty = [np.empty(0, dtype=kind) for kind in (np.float64, bool, np.int64)]
        return cls(
            probability=np.concatenate([empty[0], *(one.probability for one in filled)]),
            right=np.concatenate([empty[1], *(one.right for one in filled)]),
            scene=np.concatenate([empty[2], *(one.scene + start for one, start in zip(filled, first, strict=False))]),
        )

    def list_values(self) -> dict[str, float | int]:
        """List error, floor, log-likelihood and the number of links; nothing where no link has a probability."""
        if not len(self.right):
            return {}
        return {
            "calibration_error": self.expected_error,
            "calibration_floor": self.floor,
            "calibration_links": len(self.right),
            "link_negative_log_likelihood": self.negative_log_likelihood,
        }

    def bin(self) -> Int[np.ndarray, " m"]:
        """Give each link the number of its bin: that of its rank among all, equal ones together."""
        rank = np.searchsorted(np.sort(self.probability), self.probability)
        return np.unique(rank * BINS // max(len(rank), 1), return_inverse=True)[1]

    def curve(self) -> Reliability:
        """Give what was said and what is true, bin by bin."""
        number = self.bin()
        links = np.bincount(number)
        said = np.bincount(number, self.probability) / links
        true = np.bincount(number, self.right) / links
        return Reliability(said, true, links, self.find_errors(number, links, true))

    def find_errors(
        self, number: Int[np.ndarray, " m"], links: Int[np.ndarray, " b"], true: Float[np.ndarray, " b"]
    ) -> Float[np.ndarray, " b"]:
        """Give the standard error of each bin's share: of a ratio over scenes, or of independent links in one scene.

        Of S scenes with n_s links, r_s of them true: sqrt(S / (S - 1) sum (r_s - true n_s)^2) / sum n_s.
        """
        scenes = int(self.scene.max(initial=-1)) + 1
        if scenes < 2:
            return np.asarray(np.sqrt(true * (1 - true) / links))
        place = self.scene * len(links) + number
        off = np.bincount(place, self.right - true[number], minlength=scenes * len(links)).reshape(scenes, -1)
        return np.asarray(np.sqrt(scenes / (scenes - 1) * (off**2).sum(axis=0)) / links)

    def standard_error(self, generator: np.random.Generator, *, replicates: int = 500) -> float:
        """Give the standard error of the expected calibration error, by drawing scenes anew; NaN of a single scene.

        The bins stay those of all links.

        Args:
            generator: where the chances come from.
            replicates: how often the scenes are drawn.
        """
        scenes = int(self.scene.max(initial=-1)) + 1
        if scenes < 2:
            return math.nan
        number = self.bin()
        bins = int(number.max()) + 1
        off = np.bincount(self.scene * bins + number, self.probability - self.right, minlength=scenes * bins)
        drawn = generator.multinomial(scenes, np.full(scenes, 1 / scenes), size=replicates)
        errors = np.abs(drawn @ off.reshape(scenes, bins)).sum(axis=1) / (drawn @ np.bincount(self.scene))
        return float(errors.std(ddof=1))


def continues(result: Result, pair: Int[np.ndarray, "m 2"]) -> Bool[np.ndarray, " m"]:
    """Tell which links a row's probability is of: those inside a track or from a parent, not a merge."""
    track = result.track
    own: Bool[np.ndarray, " m"] = track[pair[:, 0]] == track[pair[:, 1]]
    return own if result.parent is None else own | (result.parent[pair[:, 1]] == track[pair[:, 0]])


def score_candidates(pair: Int[np.ndarray, "m 2"], probability: Float[np.ndarray, " m"], truth: Truth) -> float:
    """Score the probabilities of all candidate links, chosen or not: their mean negative log-likelihood.

    The mean over candidates of -log p where a true link joins the two rows and -log(1 - p) where none does, with p
    clipped to 1e-12 from 0 and 1. True links that are no candidates count for nothing, so that two methods compare on
    the same candidates only.

    Args:
        pair: row number of the earlier and of the later detection of each candidate.
        probability: how likely each is.
        truth: the truth, whose `detection` column says which row shows which particle.

    Raises: ValueError, when the truth has no `detection` column.

    >>> truth = Truth(np.zeros(2, int), np.arange(2), np.zeros((2, 2)), np.array([0, 2]))
    >>> round(score_candidates(np.array([[0, 2], [1, 2]]), np.array([0.5, 0.0]), truth), 4)
    0.3466
    """
    right = np.isin(number_pairs(pair), number_pairs(true_links(truth).pair))
    return mean_surprise(probability, right)


def mean_surprise(probability: Float[np.ndarray, " m"], right: Bool[np.ndarray, " m"]) -> float:
    """Give the mean of -log p where right and -log(1 - p) where not; NaN of nothing."""
    held = np.clip(np.where(right, probability, 1 - probability), LEAST, 1.0)
    return float(-np.log(held).mean()) if len(held) else math.nan


def mean_of(values: Float[np.ndarray, " b"], weights: Int[np.ndarray, " b"]) -> float:
    """Give a weighted mean; NaN of nothing."""
    return float((values * weights).sum() / weights.sum()) if weights.sum() else math.nan
