"""The decision on links against all sets of links."""

import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from corpuscle.estimation.decide import decide_links, expect_jaccard

seeds = st.integers(0, 2**32 - 1)


@st.composite
def tables(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw link probabilities that sum to at most 1 a row and a column, some exactly 0, in any order."""
    random = np.random.default_rng(draw(seeds))
    table = random.uniform(0, 1, (draw(st.integers(1, 4)), draw(st.integers(1, 4)))) ** draw(st.integers(1, 4))
    table /= max(table.sum(axis=0).max(), table.sum(axis=1).max())
    table *= draw(st.sampled_from([1.0, 0.3]))
    table[random.random(table.shape) < 0.2] = 0.0
    row, column = (part.ravel() for part in np.indices(table.shape))
    order = random.permutation(table.size)
    return row[order], column[order], table.ravel()[order]


def list_choices(row: np.ndarray, column: np.ndarray) -> list[list[int]]:
    """List all sets of pairs in which no row and no column stands twice."""
    every = range(len(row))
    return [
        list(chosen)
        for k in range(min(len(set(row)), len(set(column))) + 1)
        for chosen in itertools.combinations(every, k)
        if len(set(row[list(chosen)])) == k == len(set(column[list(chosen)]))
    ]


@given(table=tables())
def test_without_a_minimum_no_other_links_have_a_higher_expected_jaccard(
    table: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    row, column, probability = table
    chosen, threshold = decide_links(row, column, probability, rows=4, columns=4)
    best = max(expect_jaccard(probability[which], probability.sum()) for which in list_choices(row, column))
    found = expect_jaccard(probability[chosen], float(probability.sum()))
    assert found == pytest.approx(best, abs=1e-12)
    assert threshold == pytest.approx(best / (1 + best), abs=1e-12)
    assert (np.diff(row[chosen]) > 0).all()


@given(table=tables(), minimum=st.floats(0.0, 1.0))
def test_with_a_minimum_the_gain_over_it_is_largest(
    table: tuple[np.ndarray, np.ndarray, np.ndarray], minimum: float
) -> None:
    row, column, probability = table
    chosen, threshold = decide_links(row, column, probability, rows=4, columns=4, minimum=minimum)
    assert threshold == minimum
    best = max((probability[which] - minimum).sum() for which in list_choices(row, column))
    assert (probability[chosen] - minimum).sum() == pytest.approx(best, abs=1e-12)
    assert (probability[chosen] > 0).all()


@pytest.mark.parametrize("minimum", [None, 0.0, 0.5])
def test_nothing_to_choose_from(minimum: float | None) -> None:
    none = np.empty(0, np.int64)
    chosen, _ = decide_links(none, none, np.empty(0), rows=3, columns=3, minimum=minimum)
    assert chosen.tolist() == []
    chosen, _ = decide_links(np.array([1]), np.array([2]), np.zeros(1), rows=3, columns=3, minimum=minimum)
    assert chosen.tolist() == []
