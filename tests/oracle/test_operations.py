"""The operations that a frame costs, counted in the code as it runs."""

import math
from typing import Any

import numpy as np
import pytest

from corpuscle.linking.probabilistic import merged_kernel, mht_kernel
from corpuscle.linking.probabilistic.hypothesis import list_orders
from corpuscle.linking.probabilistic.operations import FILTER, count_merged, count_naive, count_shared


class Counted:
    """A number that counts what is done with any of its kind; it is never at least another, so nothing is pruned."""

    done = 0

    def __init__(self, value: float) -> None:
        self.value = float(value)

    def __float__(self) -> float:
        return self.value

    def __neg__(self) -> "Counted":
        return Counted(-self.value)

    def __lt__(self, other: Any) -> bool:
        return self.value < float(other)

    def __gt__(self, other: Any) -> bool:
        return self.value > float(other)

    def __ge__(self, other: Any) -> bool:
        return False

    def exp(self) -> "Counted":
        Counted.done += 1
        return Counted(math.exp(self.value))


def count(name: str) -> Any:
    def operate(one: Counted, other: Any) -> Counted:
        Counted.done += 1
        return Counted(getattr(one.value, name)(float(other)))

    return operate


for operation in ("add", "sub", "mul", "truediv"):
    setattr(Counted, f"__{operation}__", count(f"__{operation}__"))
    setattr(Counted, f"__r{operation}__", count(f"__r{operation}__"))


def as_counted(values: Any) -> np.ndarray:
    """Make an array of counted numbers."""
    plain = np.asarray(values, dtype=float)
    made = np.empty(plain.shape, dtype=object)
    for index, value in np.ndenumerate(plain):
        made[index] = Counted(value)
    return made


class Arrays:
    """What the kernels take from numpy, with counted numbers."""

    inf = np.inf
    int64 = np.int64
    bool_ = np.bool_
    arange = staticmethod(np.arange)

    @staticmethod
    def zeros(shape: Any, dtype: Any = None) -> np.ndarray:
        return as_counted(np.zeros(shape)) if dtype is None else np.zeros(shape, dtype)

    empty = zeros

    @staticmethod
    def exp(value: Counted) -> Counted:
        return value.exp()


@pytest.fixture(autouse=True)
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (mht_kernel, merged_kernel):
        monkeypatch.setattr(module, "np", Arrays)
    for name in ("price_pairs", "update_states"):
        monkeypatch.setattr(mht_kernel, name, getattr(mht_kernel, name).py_func)


def count_frames(frames: int, run: Any) -> int:
    Counted.done = 0
    run(frames)
    return Counted.done


@pytest.mark.parametrize(("particles", "window"), [(2, 1), (2, 2), (2, 5), (3, 2)])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_shared_prefixes_cost_what_the_formula_says(particles: int, window: int, dimensions: int) -> None:
    def run(frames: int) -> None:
        measured = as_counted(np.random.default_rng(0).normal(size=(frames, particles, dimensions)))
        ones = as_counted(np.ones(frames))
        gain = as_counted(np.full((frames, 2), 0.5))
        mht_kernel.search_windows.py_func(measured, ones, gain, ones, list_orders(particles), window)  # type: ignore[attr-defined] # numba keeps the function

    found = count_frames(window + 3, run) - count_frames(window + 2, run)
    assert found == count_shared(particles, window, dimensions)


@pytest.mark.parametrize("window", [1, 3, 6])
@pytest.mark.parametrize("dimensions", [2, 3])
def test_merged_survivors_cost_what_the_formula_says(window: int, dimensions: int) -> None:
    def run(frames: int) -> None:
        difference = as_counted(np.random.default_rng(0).normal(size=(frames, dimensions)))
        ones = as_counted(np.ones(frames))
        gain = as_counted(np.full((frames, 2), 0.5))
        merged_kernel.merge_pair.py_func(difference, ones, gain, ones, window)  # type: ignore[attr-defined] # numba keeps the function

    found = count_frames(window + 6, run) - count_frames(window + 5, run)
    assert found == count_merged(window, dimensions)


def test_a_filter_written_out_costs_what_the_formula_says() -> None:
    """Products of matrices of counted numbers, as a filter without any thrift makes them."""

    def multiply(one: np.ndarray, other: np.ndarray) -> np.ndarray:
        rows, inner = one.shape
        made = np.empty((rows, other.shape[1]), dtype=object)
        for i, j in np.ndindex(*made.shape):
            made[i, j] = one[i, 0] * other[0, j]
            for k in range(1, inner):
                made[i, j] = made[i, j] + one[i, k] * other[k, j]
        return made

    square, see, column = as_counted(np.eye(4)), as_counted(np.eye(2, 4)), as_counted(np.ones((4, 1)))
    measured, noise = as_counted(np.full((2, 1), 3.0)), as_counted(np.eye(2))
    Counted.done = 0
    mean = multiply(square, column)
    spread = multiply(multiply(square, square), square.T) + square
    residual = measured - multiply(see, mean)
    seen = multiply(multiply(see, spread), see.T) + noise
    determinant = seen[0, 0] * seen[1, 1] - seen[0, 1] * seen[1, 0]
    part = [seen[1, 1] / determinant, -seen[0, 1] / determinant, -seen[1, 0] / determinant, seen[0, 0] / determinant]
    inverse = np.array(part, dtype=object).reshape(2, 2)
    Counted.done += 2  # the table counts the two changes of sign of a cofactor
    gain = multiply(multiply(spread, see.T), inverse)
    assert (mean + multiply(gain, residual)).shape == (4, 1)
    assert multiply(square - multiply(gain, see), spread).shape == (4, 4)
    total = Counted(0.0) + multiply(residual.T, multiply(inverse, residual))[0, 0]
    assert total.value > 0
    assert Counted.done == sum(FILTER.values())
    assert count_naive(3, 2) == 36 * 2 * 3 * sum(FILTER.values())
