"""What every perturbation of images promises, run over the registry, and how much each does."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpuscle.data.settings import build_method, describe_line, list_settings
from corpuscle.simulation.perturbations import PERTURBATIONS
from corpuscle.simulation.perturbed import Perturbation

NAMES = list(PERTURBATIONS)
every_perturbation = pytest.mark.parametrize("name", NAMES)
shapes = st.tuples(st.integers(0, 4), st.integers(1, 3), st.integers(8, 12), st.integers(8, 12))


def make(name: str, **settings: Any) -> Perturbation:
    perturbation: Perturbation = build_method(PERTURBATIONS[name], settings, name=name)
    return perturbation


def draw(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Draw sparse images, the first of them empty."""
    generator = np.random.default_rng(seed)
    image = (generator.exponential(1.0, shape) * (generator.random(shape) < 0.3)).astype(np.float32)
    image[:1] = 0
    return image


@every_perturbation
@given(shape=shapes, kind=st.sampled_from([np.float32, np.float64]), seed=st.integers(0, 99))
def test_strength_zero_changes_nothing(name: str, shape: tuple[int, ...], kind: type, seed: int) -> None:
    image: np.ndarray = draw(shape, seed).astype(kind)
    weakest = make(name, **{PERTURBATIONS[name].strength: 0})
    np.testing.assert_array_equal(weakest.apply(image, np.random.default_rng(seed)), image)


@every_perturbation
@given(shape=shapes, kind=st.sampled_from([np.float32, np.float64]), seed=st.integers(0, 99))
def test_shape_and_type_stay_and_what_was_given_too(name: str, shape: tuple[int, ...], kind: type, seed: int) -> None:
    image: np.ndarray = draw(shape, seed).astype(kind)
    before = image.copy()
    found = make(name).apply(image, np.random.default_rng(seed))
    assert (found.shape, found.dtype) == (image.shape, image.dtype)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(image, before)


@every_perturbation
def test_the_same_seed_does_the_same(name: str) -> None:
    image = draw((6, 2, 16, 16))
    first, again = (make(name).apply(image, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, image)


@every_perturbation
def test_other_channels_stay(name: str) -> None:
    image = draw((6, 3, 16, 16))
    found = make(name, channels="1").apply(image, np.random.default_rng(0))
    np.testing.assert_array_equal(found[:, [0, 2]], image[:, [0, 2]])
    assert not np.array_equal(found[:, 1], image[:, 1])
    with pytest.raises(ValueError, match="channels: expected numbers from 0 to 2, not 3"):
        make(name, channels=(3,)).apply(image, np.random.default_rng(0))


@every_perturbation
@pytest.mark.parametrize("value", [-1, "much", float("nan")])
def test_nonsense_is_refused(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=PERTURBATIONS[name].strength if value != "much" else "much"):
        make(name, **{PERTURBATIONS[name].strength: value})


@every_perturbation
def test_settings_are_told(name: str) -> None:
    assert describe_line(PERTURBATIONS[name]).endswith(".")
    assert all(setting.meaning for setting in list_settings(PERTURBATIONS[name]))


@pytest.mark.parametrize("which", ["active", "all"])
def test_noise_has_its_standard_deviation_where_it_belongs(which: str) -> None:
    image = draw((40, 2, 32, 32))
    added = make("noise", sigma=0.3, pixels=which).apply(image, np.random.default_rng(1)) - image
    where = image != 0 if which == "active" else np.ones(image.shape, bool)
    assert not added[~where].any()
    count = where.sum()
    assert abs(added[where].std() - 0.3) < 4 * 0.3 / np.sqrt(2 * count)
    assert abs(added[where].mean()) < 4 * 0.3 / np.sqrt(count)


@pytest.mark.parametrize("fixed", [True, False])
@pytest.mark.parametrize("joint", [True, False])
def test_dead_cells_are_as_many_as_said_and_the_same_or_not(fixed: bool, joint: bool) -> None:
    image = np.ones((30, 2, 32, 32), np.float32)
    perturbation = make("dead", share=0.2, fixed=fixed, joint=joint)
    dead = perturbation.apply(image, np.random.default_rng(1)) == 0
    drawn = 1024 * (1 if fixed else 30) * (1 if joint else 2)
    assert abs(dead.mean() - 0.2) < 4 * np.sqrt(0.16 / drawn)
    assert (dead == dead[:1]).all() == fixed
    assert (dead == dead[:, :1]).all() == joint
    # images perturbed piece by piece have met one detector
    later = perturbation.apply(image, np.random.default_rng(2)) == 0
    assert np.array_equal(later, dead) == fixed
    assert not np.array_equal(make("dead", share=0.2, detector=1).apply(image, np.random.default_rng(1)) == 0, dead)


def test_gains_have_mean_one_and_their_spread() -> None:
    image = np.ones((1, 1, 300, 300))
    gain = make("miscalibration", spread=0.3).apply(image, np.random.default_rng(0))
    assert abs(gain.mean() - 1) < 4 * 0.3 / 300
    assert abs(gain.std() - 0.3) < 4 * 0.3 / 300
    assert (gain > 0).all()


def test_a_mask_is_a_square_of_its_side() -> None:
    image = np.ones((50, 2, 9, 12), np.float32)
    blank = make("mask", side=5).apply(image, np.random.default_rng(0)) == 0
    assert (blank.sum(axis=(2, 3)) == 25).all()
    assert (blank.any(axis=3).sum(axis=2) == 5).all()
    assert len(np.unique(blank[:, 0].reshape(50, -1), axis=0)) > 10
    middle = make("mask", side=5, place="middle").apply(image, np.random.default_rng(0)) == 0
    assert middle[:, :, 2:7, 3:8].all()
    with pytest.raises(ValueError, match="side: expected a square within an image of 9 x 12 pixels, not 10"):
        make("mask", side=10).apply(image, np.random.default_rng(0))


def test_pile_up_is_as_many_events_as_said() -> None:
    image = np.zeros((3000, 1, 9, 9), np.float32)
    image[:, :, 4, 4] = 1  # a middle stays in the image wherever it goes
    laid = make("pile-up", mean=2.5, scale=0.5).apply(image, np.random.default_rng(0)) - image
    count = laid.sum(axis=(1, 2, 3)) / 0.5
    assert abs(count.mean() - 2.5) < 4 * np.sqrt(2.5 / 3000)
    assert abs(count.var() - 2.5) < 0.3
    where = laid.sum(axis=(0, 1)) / 0.5
    assert (abs(where - where.mean()) < 5 * np.sqrt(where.mean())).all()


def test_deposits_have_their_number_and_energy() -> None:
    image = np.zeros((2000, 1, 8, 8))
    added = make("deposits", mean=6, energy=0.2).apply(image, np.random.default_rng(0)).sum(axis=(1, 2, 3))
    # a compound Poisson sum of exponential terms: mean n e, variance 2 n e^2
    assert abs(added.mean() - 1.2) < 4 * np.sqrt(2 * 6 * 0.04 / 2000)
    assert abs(added.var() / (2 * 6 * 0.04) - 1) < 0.15
