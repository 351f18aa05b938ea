"""What nets lower when they regress, against the laws of scipy and torch and against the numbers they make least."""

from typing import Any

import numpy as np
import pytest
import torch
from scipy import integrate, stats
from torch.distributions import MultivariateNormal

from corpuscle.nets.joint import BEND, BETA, FREEDOM, Law, measure_mass, measure_spread, surprise_joint, whiten
from corpuscle.nets.regression import (
    measure_huber,
    measure_pinball,
    measure_squared,
    order_quantiles,
)

LAWS: tuple[Law, ...] = ("gaussian", "huber", "student")


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.tensor(np.random.default_rng(seed).normal(size=shape))


def draw_factor(count: int, seed: int = 1) -> tuple[torch.Tensor, torch.Tensor, np.ndarray]:
    """Draw factors as a net says them, and the covariances they stand for."""
    sharpness, below = 0.4 * draw(count, 5, seed=seed), 0.5 * draw(count, 10, seed=seed + 1)
    factor = np.zeros((count, 5, 5))
    factor[:, *np.tril_indices(5, -1)] = below.numpy()
    factor = np.exp(sharpness.numpy())[:, :, None] * (factor + np.eye(5))
    return sharpness, below, np.linalg.inv(factor.swapaxes(1, 2) @ factor)


def test_errors_of_numbers_are_those_of_numpy() -> None:
    said, target = draw(50), draw(50, seed=1)
    error = (said - target).numpy()
    np.testing.assert_allclose(measure_squared(said, target), np.mean(error**2))
    bent = np.where(np.abs(error) < 0.7, 0.5 * error**2, 0.7 * (np.abs(error) - 0.35))
    np.testing.assert_allclose(measure_huber(said, target, bend=0.7), bent.mean())


@pytest.mark.parametrize("quantile", [0.1, 0.5, 0.84])
def test_the_pinball_loss_is_least_at_the_quantile(quantile: float) -> None:
    target = draw(20_001)
    at = np.linspace(-2, 2, 401)
    level = torch.tensor([quantile], dtype=target.dtype)
    losses = [float(measure_pinball(torch.full((len(target), 1), x, dtype=target.dtype), target, level)) for x in at]
    assert at[int(np.argmin(losses))] == pytest.approx(np.quantile(target.numpy(), quantile), abs=0.011)


def test_half_of_the_pinball_loss_at_the_median_is_the_absolute_error() -> None:
    said, target = draw(50), draw(50, seed=1)
    loss = measure_pinball(said[:, None], target, torch.tensor([0.5], dtype=said.dtype))
    np.testing.assert_allclose(2 * loss, (said - target).abs().mean())


def test_quantiles_never_cross() -> None:
    assert (order_quantiles(5 * draw(100, 7)).diff(dim=-1) >= 0).all()


def test_the_joint_law_is_that_of_torch_and_scipy() -> None:
    sharpness, below, covariance = draw_factor(20)
    residual = draw(20, 5, seed=9)
    normal: Any = MultivariateNormal(torch.zeros(20, 5, dtype=residual.dtype), torch.tensor(covariance))
    np.testing.assert_allclose(surprise_joint(residual, sharpness, below), -normal.log_prob(residual))
    student = [
        -stats.multivariate_t(shape=each, df=FREEDOM).logpdf(x)
        for each, x in zip(covariance, residual.numpy(), strict=True)
    ]
    np.testing.assert_allclose(surprise_joint(residual, sharpness, below, law="student"), student)


def test_the_joint_law_with_straight_tails_is_a_law() -> None:
    def density(x: float) -> float:
        return float(np.exp(-0.5 * x**2 if abs(x) < BEND else -BEND * (abs(x) - BEND / 2)))

    mass = integrate.quad(density, -60, 60, points=[-BEND, BEND])[0]
    spread = integrate.quad(lambda x: x**2 * density(x), -60, 60, points=[-BEND, BEND])[0] / mass
    np.testing.assert_allclose(measure_mass(), mass)
    np.testing.assert_allclose(measure_spread("huber"), spread)
    np.testing.assert_allclose(measure_spread("student"), stats.t(FREEDOM).var())
    one = torch.tensor([[0.4], [3.0]], dtype=torch.float64)
    none = torch.zeros(2, 0, dtype=torch.float64)
    told = surprise_joint(one, torch.zeros_like(one), none, law="huber")
    np.testing.assert_allclose(told, [-np.log(density(x) / mass) for x in (0.4, 3.0)])


def test_the_joint_beta_nll_weighs_each_number() -> None:
    sharpness, below, _ = draw_factor(10)
    residual = draw(10, 5, seed=9)
    u = whiten(residual, sharpness, below)
    each = 0.5 * u**2 - sharpness + 0.5 * np.log(2 * np.pi)
    wanted = (each * torch.exp(-2 * BETA * sharpness)).sum(1)
    np.testing.assert_allclose(surprise_joint(residual, sharpness, below, law="beta-nll"), wanted)


@pytest.mark.parametrize("law", LAWS)
def test_the_factor_of_a_sample_is_found_again(law: Law) -> None:
    """Minimising the surprise of a normal sample gives its covariance: exactly, or of the law's own scale."""
    generator = np.random.default_rng(3)
    mixing = np.array([[1.0, 0.0], [0.8, 0.5]])
    residual = torch.tensor(generator.normal(size=(20_000, 2)) @ mixing.T)
    sharpness, below = (torch.zeros(1, count, dtype=torch.float64, requires_grad=True) for count in (2, 1))
    optimizer: Any = torch.optim.LBFGS([sharpness, below], max_iter=60, line_search_fn="strong_wolfe")

    def step() -> torch.Tensor:
        optimizer.zero_grad()
        loss = surprise_joint(
            residual, sharpness.expand(len(residual), 2), below.expand(len(residual), 1), law=law
        ).mean()
        torch.autograd.backward(loss)
        return loss

    optimizer.step(step)
    u = whiten(residual, sharpness.expand(len(residual), 2), below.expand(len(residual), 1)).detach().numpy()
    np.testing.assert_allclose(np.corrcoef(u.T)[0, 1], 0, atol=0.01)
    if law == "gaussian":
        np.testing.assert_allclose(u.std(axis=0), 1, atol=0.01)
