"""Whether links are as likely as they are said to be: reliability, expected calibration error, log-likelihood."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.scene import Truth, true_links
from corpuscle.metrics.base import Result, Score
from corpuscle.metrics.links import judge_links, number_pairs
from corpuscle.metrics.reliability import Reliability, bin_equally, find_floor, find_reliability, mean_surprise


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
        return self.curve().expected_error

    @property
    def floor(self) -> float:
        """The expected calibration error of right probabilities, from chance alone, of as many independent links.

        The sum over bins of sqrt(2 / pi * sum of p (1 - p)) over all links: the mean distance of a normal sum.
        """
        return find_floor(self.probability)

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

    def curve(self) -> Reliability:
        """Give what was said and what is true, bin by bin."""
        return find_reliability(self.probability, self.right, group=self.scene)

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
        number = bin_equally(self.probability)
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
