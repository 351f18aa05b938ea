"""Gaussian beliefs about many particles at once: predict, update."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.estimation.motion import Motion


@dataclass(frozen=True, slots=True, eq=False)
class Belief:
    """What is believed of each particle: one Gaussian over the state of each axis.

    Args:
        mean: position, and rate where the motion has one, of each axis.
        covariance: covariance of that state; axes are independent.
    """

    mean: Float[np.ndarray, "n d k"]
    covariance: Float[np.ndarray, "n d k k"]

    def __len__(self) -> int:
        return len(self.mean)

    def take(self, which: Int[np.ndarray, " m"] | Bool[np.ndarray, " n"]) -> "Belief":
        """Give the beliefs about some of the particles."""
        return Belief(self.mean[which], self.covariance[which])


def begin(motion: Motion, measured: Float[np.ndarray, "n d"], variance: Float[np.ndarray, "n d"]) -> Belief:
    """Believe what a first measurement says: its position, and a rate that may be any of the motion's.

    Args:
        motion: how the particles move.
        measured: where each was measured.
        variance: variance of each measured coordinate.

    >>> begin(Motion(kind="walk", step=1.0), np.zeros((1, 2)), np.ones((1, 2))).covariance[0, 0]
    array([[1.]])
    """
    mean = np.zeros((*measured.shape, motion.width))
    mean[..., 0] = measured
    covariance = np.zeros((*measured.shape, motion.width, motion.width))
    covariance[..., 0, 0] = variance
    if motion.width == 2:
        covariance[..., 1, 1] = motion.rate**2
    return Belief(mean, covariance)


def predict(belief: Belief, motion: Motion, elapsed: Float[np.ndarray, " n"]) -> Belief:
    """Carry each belief over its own elapsed time: m = F m, P = F P F' + Q.

    Source: Mishra and Roudot, EUSIPCO (2024), Eq 4, first line.
    """
    carried = motion.transition(elapsed)[:, None]
    mean = (carried @ belief.mean[..., None])[..., 0]
    covariance = carried @ belief.covariance @ np.swapaxes(carried, -1, -2) + motion.noise(elapsed)[:, None]
    return Belief(mean, covariance)


def update(belief: Belief, measured: Float[np.ndarray, "n d"], variance: Float[np.ndarray, "n d"]) -> Belief:
    """Correct each belief by a measurement: gain = P H' / S, m = m + gain r, P = (1 - gain H) P.

    A belief without any doubt (S = 0) stays as it is.

    Source: Mishra and Roudot, EUSIPCO (2024), Eq 4, second line.

    >>> prior = Belief(np.zeros((1, 1, 1)), np.ones((1, 1, 1, 1)))
    >>> update(prior, np.array([[1.0]]), np.array([[1.0]])).mean
    array([[[0.5]]])
    """
    spread = belief.covariance[..., 0, 0] + variance
    gain = belief.covariance[..., 0] / np.where(spread > 0, spread, 1.0)[..., None]
    residual = measured - belief.mean[..., 0]
    mean = belief.mean + gain * residual[..., None]
    covariance = belief.covariance - gain[..., :, None] * belief.covariance[..., None, 0, :]
    return Belief(mean, (covariance + np.swapaxes(covariance, -1, -2)) / 2)


def score_innovation(
    belief: Belief, measured: Float[np.ndarray, "n d"], variance: Float[np.ndarray, "n d"]
) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"]]:
    """Give the squared Mahalanobis distance of each measurement from its prediction, and the log-determinant of S.

    >>> prior = Belief(np.zeros((1, 2, 1)), np.ones((1, 2, 1, 1)))
    >>> score_innovation(prior, np.array([[2.0, 0.0]]), np.zeros((1, 2)))
    (array([4.]), array([0.]))
    """
    spread = belief.covariance[..., 0, 0] + variance
    residual = measured - belief.mean[..., 0]
    return (residual**2 / spread).sum(axis=1), np.log(spread).sum(axis=1)
