"""How likely several numbers are at once, by a net that says how they vary together."""

import math
from typing import Literal

import torch
from jaxtyping import Float
from scipy.stats import norm
from torch import Tensor

Law = Literal["gaussian", "huber", "student", "beta-nll"]

HALF_LOG = 0.5 * math.log(2 * math.pi)
"""What a standard normal law adds to its own exponent."""

FREEDOM = 4.0
"""Degrees of freedom of Student's law (nu)."""

BEND = 1.5
"""Standard deviations beyond which Huber's law has straight tails."""

BETA = 0.5
"""How much of a variance the beta-NLL weighs by."""


def whiten(
    residual: Float[Tensor, "batch p"], log_sharpness: Float[Tensor, "batch p"], below: Float[Tensor, "batch pair"]
) -> Float[Tensor, "batch p"]:
    """Give u = D (1 + L) residual, which has unit variances and no correlations if the covariance is as said.

    The inverse of the covariance is (1 + L)' D^2 (1 + L): its Cholesky factor, the diagonal D = exp(log_sharpness)
    taken out, L strictly below it. So u_k is what is left of number k when those before it are known.

    Args:
        residual: target less what was said.
        log_sharpness: the logarithm of D.
        below: the numbers of L, row by row.

    >>> whiten(torch.tensor([[1.0, 2.0]]), torch.zeros(1, 2), torch.tensor([[-0.5]]))
    tensor([[1.0000, 1.5000]])
    """
    rows: list[Tensor] = []
    first = 0
    for row in range(residual.shape[1]):
        known = residual[:, :row]
        rows.append(residual[:, row] + (below[:, first : first + row] * known).sum(1))
        first += row
    return torch.stack(rows, dim=1) * log_sharpness.exp()


def surprise_joint(
    residual: Float[Tensor, "batch p"],
    log_sharpness: Float[Tensor, "batch p"],
    below: Float[Tensor, "batch pair"],
    *,
    law: Law = "gaussian",
) -> Float[Tensor, " batch"]:
    """Give -log of the density at what came, of a law whose scale is the factor (see `whiten`).

    Args:
        residual: target less what was said.
        log_sharpness: the logarithm of the diagonal of the inverse's factor.
        below: what stands below the diagonal, row by row.
        law: gaussian: normal; huber: normal with straight tails in each u; student: Student's law of several variables
            with 4 degrees of freedom; beta-nll: normal, each u weighed by the root of its variance, which no longer is
            a likelihood.
    """
    u = whiten(residual, log_sharpness, below)
    count = u.shape[1]
    if law == "student":
        constant = math.lgamma(FREEDOM / 2) + 0.5 * count * math.log(FREEDOM * math.pi)
        tail = 0.5 * (FREEDOM + count) * torch.log1p(u.square().sum(1) / FREEDOM)
        return tail + constant - math.lgamma((FREEDOM + count) / 2) - log_sharpness.sum(1)
    if law == "huber":
        far = u.abs()
        each = torch.where(far < BEND, 0.5 * far.square(), BEND * (far - 0.5 * BEND)) + math.log(measure_mass())
    else:
        each = 0.5 * u.square() + HALF_LOG
    each = each - log_sharpness
    return (each * (-2 * BETA * log_sharpness.detach()).exp() if law == "beta-nll" else each).sum(1)


def measure_spread(law: Law) -> float:
    """Give the variance of one number whose law has a scale of 1.

    >>> measure_spread("gaussian"), measure_spread("student")
    (1.0, 2.0)
    """
    if law == "student":
        return FREEDOM / (FREEDOM - 2)
    if law != "huber":
        return 1.0
    density = math.exp(-0.5 * BEND**2)
    inside = math.sqrt(2 * math.pi) * float(2 * norm.cdf(BEND) - 1) - 2 * BEND * density
    outside = 2 * density * (BEND**2 / BEND + 2 * BEND / BEND**2 + 2 / BEND**3)
    return (inside + outside) / measure_mass()


def measure_mass() -> float:
    """Give the integral of exp(-huber(u)) over all u."""
    return math.sqrt(2 * math.pi) * float(2 * norm.cdf(BEND) - 1) + 2 * math.exp(-0.5 * BEND**2) / BEND
