"""What scores are expected to be, against scenes drawn with the probabilities that are said."""

import math

import numpy as np
import pytest

from corpuscle.metrics.expected import expect


def test_the_expected_number_of_wrong_links_is_that_of_drawn_ones() -> None:
    random = np.random.default_rng(0)
    said = random.uniform(0.2, 1, 400)
    wrong = (random.random((4000, 400)) > said).sum(axis=1)
    found = expect(said)
    assert found.wrong == pytest.approx(wrong.mean(), rel=0.01)
    assert found.spread == pytest.approx(wrong.std(), rel=0.05)


def test_each_wrong_link_stands_in_the_place_of_a_true_one() -> None:
    """Of 100 links 90 are right: 90 found, 10 false, 10 missed."""
    found = expect(np.append(np.full(100, 0.9), np.nan))
    assert found.links == 100
    assert found.precision == pytest.approx(0.9)
    assert found.jaccard == pytest.approx(90 / 110)


def test_of_no_links_nothing_is_expected() -> None:
    found = expect(np.array([np.nan]))
    assert (found.links, found.wrong) == (0, 0.0)
    assert math.isnan(found.jaccard)
