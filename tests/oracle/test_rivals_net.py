"""Rivals settled with gradients equal those settled by the compiled loop."""

import numpy as np
import pytest
import torch

from corpuscle.estimation.marginal import Marginals, weigh_links
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.rivals_kernel import share_out as compiled_share_out
from corpuscle.estimation.posterior.scenery import lay_scenery
from corpuscle.estimation.posterior.soft_kernel import group_links
from corpuscle.nets.rivals import Rivals, share_out
from corpuscle.simulation.worlds import WORLDS

POPULATIONS = {
    "complete": Population(step=1.5),
    "lossy": Population(
        step=1.5, detection_probability=0.9, false_rate=1.0, birth_rate=0.1, death_rate=0.02, measurement_noise=0.3
    ),
}


def weigh(name: str) -> Marginals:
    losses = {} if name == "complete" else {"misses": 0.1, "false_detections": 0.1}
    world = WORLDS["brownian"](particles=12, frames=6, spacing=5.0, **losses)
    return weigh_links(lay_scenery(world.simulate(np.random.default_rng(2)).detections), POPULATIONS[name])


def as_rivals(marginals: Marginals) -> tuple[Rivals, torch.Tensor]:
    chosen, found, count = marginals.choices, marginals.candidates, len(marginals.false)
    rivals = Rivals(
        torch.as_tensor(found.row), torch.as_tensor(found.column), torch.as_tensor(chosen.begins),
        torch.as_tensor(chosen.ends), torch.full((count,), chosen.false, dtype=torch.float64),
        torch.full((len(found),), chosen.share, dtype=torch.float64),
    )  # fmt: skip
    return rivals, torch.as_tensor(chosen.link)


@pytest.mark.parametrize("name", POPULATIONS)
def test_messages_with_gradients_equal_the_compiled_ones(name: str) -> None:
    marginals = weigh(name)
    chosen, found = marginals.choices, marginals.candidates
    into = group_links(found.column, len(marginals.false))
    expected, *_ = compiled_share_out(
        found.row, found.column, *into, chosen.link, chosen.begins, chosen.ends, chosen.false, chosen.share, 12, 0.0,
        np.ones(len(found)),
    )  # fmt: skip
    np.testing.assert_allclose(share_out(*as_rivals(marginals), 12).numpy(), expected, atol=1e-9)


@pytest.mark.parametrize("name", POPULATIONS)
def test_gradients_equal_differences(name: str) -> None:
    rivals, weight = as_rivals(weigh(name))
    weight.requires_grad_()
    (gradient,) = torch.autograd.grad(share_out(rivals, weight, 300).square().sum(), weight)
    link = int(gradient.abs().argmax())
    nudge = torch.zeros_like(weight)
    nudge[link] = 1e-5
    with torch.no_grad():
        above, below = (share_out(rivals, weight + sign * nudge, 300).square().sum() for sign in (1, -1))
    assert float(above - below) / 2e-5 == pytest.approx(float(gradient[link]), rel=1e-3)


@pytest.mark.parametrize("name", POPULATIONS)
def test_a_correction_of_nothing_changes_nothing_and_one_of_much_decides(name: str) -> None:
    marginals = weigh(name)
    nothing = np.zeros(len(marginals.candidates))
    np.testing.assert_allclose(marginals.correct(nothing).probability, marginals.probability, atol=2e-3)
    unlikely = int(np.argmin(marginals.probability))
    assert marginals.correct(nothing + 60.0 * (np.arange(len(nothing)) == unlikely)).probability[unlikely] > 0.9
