"""Bounds on information that are learned: below what is there, and not by much where it is easy."""

import numpy as np
import pytest

from corpuscle.nets.critic import contrast, weigh_densities
from corpuscle.training.bound import PARTS, LearnedBound


def draw(correlation: float) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    one, noise = generator.normal(size=(2, 1000, 1))
    return one, correlation * one + np.sqrt(1 - correlation**2) * noise


@pytest.mark.parametrize("form", ["contrast", "densities"])
@pytest.mark.parametrize("correlation", [0.0, 0.9])
def test_it_is_below_what_is_there(form: str, correlation: float) -> None:
    known = -np.log2(1 - correlation**2) / 2
    found = LearnedBound(form=form, steps=150).measure(*draw(correlation))  # type: ignore[arg-type] # a literal
    assert 0.8 * known - 0.05 < found < known + 0.05


def test_the_same_twice() -> None:
    bound = LearnedBound(steps=5)
    np.testing.assert_array_equal(bound.weigh(*draw(0.5)), bound.weigh(*draw(0.5)))


def test_contrast_cannot_tell_more_than_its_rows() -> None:
    import torch

    score = 1000.0 * torch.eye(PARTS)
    torch.testing.assert_close(contrast(score), torch.full((PARTS,), float(np.log(PARTS))))
    torch.testing.assert_close(weigh_densities(torch.ones(4, 4)), torch.zeros(4))


def test_too_few_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="expected at least 8 pairs of values, not 5"):
        LearnedBound().weigh(np.zeros((5, 1)), np.zeros((5, 1)))
