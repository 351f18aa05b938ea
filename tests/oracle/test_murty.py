"""The best assignments, against every permutation."""

import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import linear_sum_assignment

from corpuscle.estimation.murty import rank_assignments
from corpuscle.estimation.murty_kernel import rank_tables

seeds = st.integers(0, 2**32 - 1)


def price_all(cost: np.ndarray) -> np.ndarray:
    """Price every permutation, cheapest first; those that are forbidden are left out."""
    size = len(cost)
    orders = np.array(list(itertools.permutations(range(size))))
    prices = np.sort(cost[np.arange(size), orders].sum(axis=1))
    finite: np.ndarray = prices[np.isfinite(prices)]
    return finite


@given(seed=seeds, size=st.integers(1, 5), count=st.integers(1, 150), forbidden=st.floats(0, 0.6))
def test_they_are_those_of_brute_force_in_order(seed: int, size: int, count: int, forbidden: float) -> None:
    random = np.random.default_rng(seed)
    cost = random.normal(0, 10, (size, size))
    cost[random.random((size, size)) < forbidden] = np.inf
    chosen, price = rank_assignments(cost, count)
    np.testing.assert_allclose(price, price_all(cost)[:count], atol=1e-9)
    np.testing.assert_allclose(cost[np.arange(size), chosen].sum(axis=1), price, atol=1e-9)
    assert len({tuple(order) for order in chosen.tolist()}) == len(chosen)


@given(seed=seeds, count=st.integers(1, 60))
def test_several_tables_are_ranked_as_one(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    tables, offset = random.exponential(1, (3, 4, 4)), random.exponential(2, 3)
    table, chosen, price = rank_tables(tables, offset, count)
    every = np.sort(np.concatenate([price_all(cost) + more for cost, more in zip(tables, offset, strict=True)]))
    np.testing.assert_allclose(price, every[:count])
    np.testing.assert_allclose(tables[table[:, None], np.arange(4), chosen].sum(axis=1) + offset[table], price)


def test_the_first_of_a_large_table_is_that_of_scipy() -> None:
    cost = np.random.default_rng(3).exponential(1, (60, 60))
    row, column = linear_sum_assignment(cost)
    price = rank_assignments(cost, 20)[1]
    assert price[0] == pytest.approx(cost[row, column].sum())
    assert (np.diff(price) >= 0).all()


def test_a_cost_that_is_no_number_is_refused() -> None:
    with pytest.raises(ValueError, match="a cost is a number, but that of row 1 is NaN"):
        rank_assignments(np.array([[1.0, 2.0], [np.nan, 1.0]]), 2)
    with pytest.raises(ValueError, match="at least one assignment is wanted, not 0"):
        rank_assignments(np.ones((2, 2)), 0)
