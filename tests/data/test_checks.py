"""What tests run under: every argument's type and every array's shape is checked."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from beartype.roar import BeartypeCallHintViolation
from jaxtyping import Float, TypeCheckError

from conftest import check
from corpuscle.data.links import Links

wrong = pytest.mark.parametrize("wrong", [(np.ones(2), np.ones(3)), (np.ones((2, 1)), np.ones(2)), ([1.0], np.ones(1))])


@wrong
def test_shapes_that_disagree_are_refused(wrong: tuple[Any, Any]) -> None:
    @check
    def add(one: Float[np.ndarray, " n"], other: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        return np.asarray(one + other)

    @check
    @dataclass(frozen=True)
    class Two:
        one: Float[np.ndarray, " n"]
        other: Float[np.ndarray, " n"]

    add(np.ones(2), np.ones(2)), add(np.ones(3), np.ones(3)), Two(np.ones(2), np.ones(2))
    for made in (add, Two):
        with pytest.raises(BeartypeCallHintViolation):
            made(*wrong)


def test_a_result_of_another_shape_or_type_is_refused() -> None:
    @check
    def double(one: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
        return np.append(one, one)

    @check
    def count(values: list[int]) -> int:
        return float(len(values))  # type: ignore[return-value] # on purpose

    with pytest.raises(BeartypeCallHintViolation):
        double(np.ones(1))
    with pytest.raises(BeartypeCallHintViolation):
        count([1])


def test_a_length_may_be_an_argument() -> None:
    @check
    def take(rows: int, values: Float[np.ndarray, " {rows}"]) -> int:
        return rows

    assert take(2, np.ones(2)) == 2
    with pytest.raises(TypeCheckError):
        take(2, np.ones(3))


def test_the_package_runs_under_it() -> None:
    with pytest.raises(BeartypeCallHintViolation):
        Links(np.ones((2, 3), dtype=np.int64))
