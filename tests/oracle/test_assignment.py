"""The sparse assignment against scipy and against all ways to pair."""

import itertools

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from corpuscle.estimation.assign import assign, assign_sparse

seeds = st.integers(0, 2**32 - 1)


@st.composite
def tables(draw: st.DrawFn, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Draw costs, some forbidden, some equal, and the price of each row."""
    random = np.random.default_rng(draw(seeds))
    shape = draw(st.integers(0, most)), draw(st.integers(0, most))
    cost = random.uniform(-2, 10, shape)
    price = random.uniform(0, 12, shape[0])
    if draw(st.booleans()):
        cost, price = np.round(cost / 3), np.round(price / 3)
    cost[random.random(shape) < draw(st.sampled_from([0.0, 0.3, 0.8]))] = np.inf
    return cost, price


def spread_out(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    row, column = np.nonzero(cost < np.inf)
    return row, column, cost[row, column]


def pay(cost: np.ndarray, price: np.ndarray, pairs: np.ndarray) -> float:
    """Add up the pairs made and the rows left alone, after checking that no row or column stands twice."""
    row, column = pairs[:, 0], pairs[:, 1]
    assert len(set(row.tolist())) == len(set(column.tolist())) == len(pairs)
    assert (np.diff(row) > 0).all()
    return float(cost[row, column].sum() + np.delete(price, row).sum())


def pay_least(cost: np.ndarray, price: np.ndarray) -> float:
    """Let scipy solve it: every row has a column of its own that stands for being left alone."""
    own = np.full((len(cost), len(cost)), np.inf)
    np.fill_diagonal(own, price)
    padded = np.concatenate([cost, own], axis=1)
    return float(padded[linear_sum_assignment(padded)].sum())


def pay_least_by_trying(cost: np.ndarray, price: np.ndarray) -> float:
    """Try every way to give each row a column or none."""
    rows, columns = cost.shape
    best = np.inf
    for places in itertools.permutations([*range(columns), *[-1] * rows], rows):
        total = sum(price[row] if place < 0 else cost[row, place] for row, place in enumerate(places))
        best = min(best, total)
    return float(best)


@given(table=tables(most=12))
def test_it_costs_what_scipy_pays(table: tuple[np.ndarray, np.ndarray]) -> None:
    cost, price = table
    row, column, known = spread_out(cost)
    pairs = assign_sparse(row, column, known, rows=cost.shape[0], columns=cost.shape[1], unassigned=price)
    assert pay(cost, price, pairs) == pytest.approx(pay_least(cost, price))
    assert (cost[pairs[:, 0], pairs[:, 1]] <= price[pairs[:, 0]] + 1e-9).all() or (cost < 0).any()


@given(table=tables(most=12), price=st.sampled_from([0.0, 1.0, 5.0, 100.0]))
def test_the_dense_form_costs_what_scipy_pays(table: tuple[np.ndarray, np.ndarray], price: float) -> None:
    cost = table[0]
    prices = np.full(len(cost), price)
    pairs = assign(cost, price)
    assert pay(cost, prices, pairs) == pytest.approx(pay_least(cost, prices))
    assert (cost[pairs[:, 0], pairs[:, 1]] <= price).all()


@given(table=tables(most=4))
def test_it_costs_the_least_of_all_ways(table: tuple[np.ndarray, np.ndarray]) -> None:
    cost, price = table
    row, column, known = spread_out(cost)
    pairs = assign_sparse(row, column, known, rows=cost.shape[0], columns=cost.shape[1], unassigned=price)
    assert pay(cost, price, pairs) == pytest.approx(pay_least_by_trying(cost, price))


@given(table=tables(most=12), price=st.sampled_from([0.0, 1.0, 2.0, 3.0]))
def test_no_pair_worth_its_price_is_left_apart(table: tuple[np.ndarray, np.ndarray], price: float) -> None:
    cost = np.round(table[0])
    pairs = assign(cost, price)
    apart = np.delete(np.delete(cost, pairs[:, 0], axis=0), pairs[:, 1], axis=1)
    assert not (apart <= price).any()


@given(table=tables(most=12), seed=seeds)
def test_the_order_of_the_pairs_is_irrelevant(table: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    cost, price = table
    row, column, known = spread_out(cost)
    order = np.random.default_rng(seed).permutation(len(row))
    rows, columns = cost.shape
    once = assign_sparse(row, column, known, rows=rows, columns=columns, unassigned=price)
    again = assign_sparse(row[order], column[order], known[order], rows=rows, columns=columns, unassigned=price)
    assert pay(cost, price, again) == pytest.approx(pay(cost, price, once))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(("rows", "columns", "each"), [(2_000, 2_000, 6), (3_000, 1_000, 4), (500, 4_000, 30)])
def test_large_sparse_tables_cost_what_scipy_pays(rows: int, columns: int, each: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    row = np.repeat(np.arange(rows), each)
    column = random.integers(0, columns, len(row))
    _, first = np.unique(row * columns + column, return_index=True)
    row, column = row[first], column[first]
    cost = random.uniform(0, 10, len(row)) if seed else random.integers(0, 5, len(row)).astype(np.float64)
    price = random.uniform(0, 8, rows)
    pairs = assign_sparse(row, column, cost, rows=rows, columns=columns, unassigned=price)
    table = {(r, c): each for r, c, each in zip(row.tolist(), column.tolist(), cost.tolist(), strict=True)}
    ours = sum(table[r, c] for r, c in pairs.tolist()) + np.delete(price, pairs[:, 0]).sum()
    # every row is paired once, with a column or with its own, so that 1 more on every pair changes nothing
    edges = (
        np.append(row, np.arange(rows)),
        np.append(column, columns + np.arange(rows)),
    )
    weights = coo_array((np.append(cost, price) + 1.0, edges), shape=(rows, columns + rows)).tocsr()
    chosen = min_weight_full_bipartite_matching(weights)
    theirs = float(weights[chosen].sum()) - rows
    assert ours == pytest.approx(theirs)


def test_nothing_to_pair() -> None:
    for shape in ((0, 0), (0, 3), (3, 0)):
        assert assign(np.zeros(shape), 1.0).shape == (0, 2)
    assert assign(np.full((2, 2), np.inf), np.inf).shape == (0, 2)


def test_a_pair_that_costs_its_price_is_made() -> None:
    assert assign(np.array([[5.0]]), 5.0).tolist() == [[0, 0]]
    assert assign(np.array([[5.0 + 1e-9]]), 5.0).tolist() == []


def test_a_cost_that_is_no_number_is_refused() -> None:
    row = np.array([0, 3])
    with pytest.raises(ValueError, match="a cost is a number, but that of row 3 is NaN"):
        assign_sparse(row, row, np.array([1.0, np.nan]), rows=4, columns=4, unassigned=1.0)


def test_the_dense_form_refuses_what_is_no_number() -> None:
    with pytest.raises(ValueError, match="a cost is a number, but that of row 1 is NaN"):
        assign(np.array([[1.0, 2.0], [1.0, np.nan]]), 5.0)
