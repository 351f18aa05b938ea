"""Two equal particles that nobody names: the exact posterior of who is who, an Ising model."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from corpuscle.estimation.posterior.ising_kernel import enumerate_signs, sample_signs

ENUMERABLE = 16
"""The most frames whose signs are enumerated: 32,768 of them."""

DIGITS = 6
"""Decimal places of a coupling, which is a logarithm of a probability: far finer than any sampling."""


@dataclass(frozen=True, slots=True, eq=False)
class LinkPosterior:
    """How likely the two particles keep their places from each frame to the next.

    Args:
        same: probability that the first detection of a frame continues in the first of the next one.
        disagreement: the largest difference between chains that began apart; 0 where the signs were enumerated.
    """

    same: Float[np.ndarray, " links"]
    disagreement: float

    def expect_accuracy(self, chosen: Float[np.ndarray, " links"] | None = None) -> float:
        """Give the expected share of right links, of some choice (above 0: same) or of the best one.

        >>> LinkPosterior(np.array([0.9, 0.1]), 0.0).expect_accuracy()
        0.9
        """
        if not len(self.same):
            return 1.0
        right = np.maximum(self.same, 1 - self.same)
        if chosen is not None:
            right = np.where(chosen > 0, self.same, 1 - self.same)
        return float(right.mean())


def turn_jaccard(accuracy: float) -> float:
    """Turn a share of right links into a Jaccard, where all links are made and none is false: a / (2 - a).

    >>> turn_jaccard(0.5)
    0.3333333333333333
    """
    return accuracy / (2 - accuracy)


def couple(
    difference: Float[np.ndarray, "t d"],
    clock: Float[np.ndarray, " t"],
    *,
    step: float,
    measurement_noise: float,
    drift: float = 0.0,
    start: float | None = None,
) -> Float[np.ndarray, "t t"]:
    """Give the couplings J of the signs s: log p(s | z) = -1/2 s' J s + const.

    The sum of the two positions says nothing about who is who; their difference d = (z_1 - z_2) / sqrt(2) is one walk
    seen up to a sign: J = P * (d d') with P the inverse of C = start^2 + step^2 min(t, t') + drift^2 t t' +
    measurement_noise^2 I. Where nothing is known of the start, P is its limit for start -> infinity,
    P - P 1 1' P / (1' P 1).

    Args:
        difference: first minus second detection of each frame, over sqrt(2) [length].
        clock: time of each frame [frames].
        step: standard deviation of one step (mu) [length].
        measurement_noise: standard deviation of a measured coordinate (sigma) [length].
        drift: standard deviation of each particle's drift [length per frame].
        start: standard deviation of the first positions [length]; None where nothing is known.

    >>> couple(np.ones((2, 1)), np.arange(2.0), step=1.0, measurement_noise=0.0).round(3)
    array([[ 1., -1.], [-1.,  1.]])
    """
    t = clock - clock[0]
    jitter = 1e-9 * max(step, measurement_noise, drift, 1e-100) ** 2
    noise = measurement_noise**2 + jitter
    spread = step**2 * np.minimum.outer(t, t) + drift**2 * np.outer(t, t) + noise * np.eye(len(t))
    precision = np.linalg.inv(spread + (start or 0.0) ** 2)
    if start is None:
        total = precision.sum(axis=1)
        precision -= np.outer(total, total) / total.sum()
    coupled: Float[np.ndarray, "t t"] = (precision + precision.T) / 2 * (difference @ difference.T)
    return coupled


def find_posterior(
    coupling: Float[np.ndarray, "t t"], generator: np.random.Generator, *, sweeps: int = 1000
) -> LinkPosterior:
    """Give the marginals of s_t s_{t+1}: by enumeration up to 16 frames, beyond by sampling.

    The sampler flips single signs, blocks of 2 to 7 and tails (all signs from a frame on); a tail flip is one link, so
    its conditional probability is averaged instead of its outcome. Two chains begin apart, one with every frame beside
    the one before, one with random links; their marginals are averaged.

    Args:
        coupling: the couplings J.
        generator: where the sampler's chances come from.
        sweeps: sweeps of each chain that count; a sixth as many are thrown away before.

    >>> find_posterior(np.zeros((3, 3)), np.random.default_rng(0)).same
    array([0.5, 0.5])
    """
    frames = len(coupling)
    if frames < 2:
        return LinkPosterior(np.empty(0), 0.0)
    if frames <= ENUMERABLE:
        return LinkPosterior(enumerate_signs(coupling), 0.0)
    # the gauge: turn every frame so that it lies beside the one before, and the names of the rows do not matter
    near = np.append(1.0, np.cumprod(np.where(np.diagonal(coupling, 1) <= 0, 1.0, -1.0)))
    # rounded: the last bits of an inverse depend on the machine, and a chain that differs in one step differs in all
    turned = np.ascontiguousarray(np.round(coupling, DIGITS) * np.outer(near, near))
    random = np.cumprod(generator.choice([-1.0, 1.0], frames))
    chains = [sample_signs(turned, start, sweeps // 6, sweeps, generator) for start in (np.ones(frames), random)]
    same = np.mean(chains, axis=0)
    apart = float(np.abs(chains[0] - chains[1]).max())
    return LinkPosterior(np.where(near[1:] * near[:-1] > 0, same, 1 - same), apart)
