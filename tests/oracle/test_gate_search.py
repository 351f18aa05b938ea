"""The hashed grid against a kd-tree, and against looking at every pair."""

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.spatial import KDTree
from scipy.spatial.distance import cdist

from corpuscle.estimation.gate import find_candidates

seeds = st.integers(0, 2**32 - 1)


@st.composite
def clouds(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw two clouds of positions: spread, clustered, on a lattice, some in the same place, one perhaps far away."""
    random = np.random.default_rng(draw(seeds))
    space = draw(st.sampled_from([2, 3]))
    sizes = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    centre = random.uniform(-20, 20, (3, space))
    kind = draw(st.sampled_from(["spread", "clustered", "lattice"]))
    offset = draw(st.sampled_from([0.0, -1e6, 3e7]))
    both = []
    for size in sizes:
        place = random.uniform(-20, 20, (size, space))
        if kind == "clustered":
            place = centre[random.integers(0, 3, size)] + random.normal(0, 0.5, (size, space))
        if kind == "lattice":
            place = np.round(place / 10)
        if size and draw(st.booleans()):
            place[0] = 1e9
        both.append(place + offset)
    return both[0], both[1]


def look_at_all(before: np.ndarray, after: np.ndarray, gate: np.ndarray) -> set[tuple[int, int]]:
    squared = ((after[None] - before[:, None]) ** 2).sum(axis=2)
    return {(int(row), int(column)) for row, column in zip(*np.nonzero(squared <= gate[:, None] ** 2), strict=True)}


def search(before: np.ndarray, after: np.ndarray, gate: float | np.ndarray) -> set[tuple[int, int]]:
    found = find_candidates(before, after, gate)
    assert (np.diff(found.row) >= 0).all()
    np.testing.assert_allclose(found.distance, np.linalg.norm(after[found.column] - before[found.row], axis=1))
    pairs = set(zip(found.row.tolist(), found.column.tolist(), strict=True))
    assert len(pairs) == len(found)
    return pairs


@given(cloud=clouds(), gate=st.sampled_from([0.0, 1e-3, 0.5, 1.0, 5.0, 100.0, 1e10]))
def test_one_gate_for_all(cloud: tuple[np.ndarray, np.ndarray], gate: float) -> None:
    before, after = cloud
    assert search(before, after, gate) == look_at_all(before, after, np.full(len(before), gate))


@given(cloud=clouds(), seed=seeds)
def test_a_gate_for_each_row(cloud: tuple[np.ndarray, np.ndarray], seed: int) -> None:
    before, after = cloud
    random = np.random.default_rng(seed)
    gate = random.uniform(0, 10, len(before)) * random.integers(0, 2, len(before))
    assert search(before, after, gate) == look_at_all(before, after, gate)


@pytest.mark.parametrize("space", [2, 3])
@pytest.mark.parametrize("gate", [0.3, 3.0])
def test_many_positions_against_a_tree(space: int, gate: float) -> None:
    random = np.random.default_rng(space)
    before, after = random.uniform(-30, 30, (2, 3_000, space))
    found = find_candidates(before, after, gate)
    tree = KDTree(before).sparse_distance_matrix(KDTree(after), gate, output_type="coo_matrix")
    theirs = set(zip(tree.row.tolist(), tree.col.tolist(), strict=True))
    assert set(zip(found.row.tolist(), found.column.tolist(), strict=True)) == theirs


def test_all_in_one_place() -> None:
    place = np.full((50, 2), 7.0)
    for gate in (0.0, 1.0):
        found = find_candidates(place, place, gate)
        assert len(found) == 2_500
        assert not found.distance.any()


def test_a_gate_reaches_its_own_edge() -> None:
    before = np.array([[0.0, 0.0], [-7.0, -7.0]])
    after = np.array([[3.0, 4.0], [-4.0, -3.0], [-10.0, -11.0], [0.0, np.nextafter(5.0, 6.0)]])
    assert search(before, after, 5.0) == {(0, 0), (0, 1), (1, 1), (1, 2)}


def test_positions_farther_apart_than_cells_can_be_counted() -> None:
    place = np.array([[1e300, 0.0], [0.0, 0.0], [-1e300, 1.0]])
    with np.errstate(over="ignore"):
        assert search(place, place, 0.5) == {(0, 0), (1, 1), (2, 2)}


def test_a_dense_frame_is_answered() -> None:
    random = np.random.default_rng(0)
    before, after = random.uniform(0, 5, (2, 1_500, 2))
    assert len(find_candidates(before, after, 2.0)) == np.count_nonzero(cdist(before, after) <= 2.0)


def test_an_infinite_gate_lets_every_pair_through() -> None:
    assert len(find_candidates(np.zeros((2, 2)), np.ones((3, 2)), np.inf)) == 6
