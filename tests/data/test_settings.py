import math
import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest

from corpuscle.data.settings import (
    Setting,
    build_method,
    check_settings,
    describe_line,
    describe_source,
    list_settings,
    setting,
)
from corpuscle.data.units import FRAMES, LENGTH, Scale


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """Do something.

    Source: Somebody, Journal of
    Things 1 (2001) 2.

    More about it.
    """

    reach: float = setting(1.0, "how far", unit=LENGTH, least=0.0, most=10.0)
    missed: int = setting(0, "frames", unit=FRAMES, least=0)
    count: int = setting(3, "how many", least=1)
    above: float = setting(1.0, "not zero", above=0.0)
    kind: Literal["one", "two"] = setting("one", "which")
    strict: bool = setting(False, "whether")
    price: float | None = setting(None, "what it costs", least=0.0)
    name: str = setting("", "its name")

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bare:
    """Nothing to set."""


def test_settings_are_listed_as_declared() -> None:
    listed = list_settings(Method)
    assert [each.name for each in listed] == ["reach", "missed", "count", "above", "kind", "strict", "price", "name"]
    assert listed[0] == Setting(name="reach", default=1.0, unit="length", meaning="how far")


def test_a_method_describes_itself() -> None:
    assert describe_line(Method) == "Do something."
    assert describe_source(Method) == "Somebody, Journal of Things 1 (2001) 2."
    assert not describe_source(Bare)


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("reach", "0.8um", 5.0),
        ("reach", "2", 2.0),
        ("missed", "2", 2),
        ("missed", "120ms", 2),
        ("missed", "100ms", 2),
        ("count", "4.0", 4),
        ("kind", "two", "two"),
        ("strict", "Yes", True),
        ("strict", "off", False),
        ("price", "none", None),
        ("price", "3", 3.0),
        ("name", "anything", "anything"),
    ],
)
def test_text_is_read_as_the_setting_is(name: str, text: str, value: object) -> None:
    built = build_method(Method, {name: text}, Scale(pixel_size=0.16e-6, frame_interval=0.05))
    assert getattr(built, name) == value
    assert type(getattr(built, name)) is type(value)


def test_numbers_of_numpy_are_numbers() -> None:
    built = build_method(Method, {"reach": np.float64(2.5), "count": np.int64(4), "strict": np.bool_(True)})
    assert (built.reach, built.count, built.strict) == (2.5, 4, True)


def test_a_whole_number_stands_for_a_float() -> None:
    assert build_method(Method, {"reach": 3}).reach == 3


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("reach", -1.0, "Method.reach: expected a finite number at least 0 and at most 10, not -1"),
        ("reach", 11, "Method.reach: expected a finite number at least 0 and at most 10, not 11"),
        ("reach", math.nan, "Method.reach: expected a finite number at least 0 and at most 10, not nan"),
        ("above", 0.0, "Method.above: expected a finite number above 0, not 0"),
        ("above", math.inf, "Method.above: expected a finite number above 0, not inf"),
        ("price", -0.5, "Method.price: expected a finite number at least 0, not -0.5"),
        ("reach", True, "Method.reach: expected float, not True"),
        ("reach", [1], "Method.reach: expected float, not [1]"),
        ("reach", None, "Method.reach: expected float, not None"),
        ("count", 2.5, "Method.count: expected int, not 2.5"),
        ("strict", 1, "Method.strict: expected bool, not 1"),
        ("kind", "three", "Method.kind: expected one of one, two, not 'three'"),
        ("kind", 1, "Method.kind: expected one of one, two, not 1"),
        ("price", [1], "Method.price: expected float, not [1]"),
        ("reach", "far", "setting reach: expected a number, perhaps with a unit (5, 0.8um, 50ms), not 'far'"),
        ("reach", "5um", "setting reach: '5um' needs the length of one unit of position: say --pixel-size"),
        ("count", "2.5", "setting count: expected a whole number, not '2.5'"),
        ("strict", "maybe", "setting strict: expected true or false, not 'maybe'"),
        ("count", "none", "setting count: expected a number"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(name: str, value: object, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        build_method(Method, {name: value})


def test_an_unknown_setting_names_those_there_are() -> None:
    said = "Method has no setting 'raech'; there are: reach, missed, count, above, kind, strict, price, name"
    with pytest.raises(ValueError, match=re.escape(said)):
        build_method(Method, {"raech": 1})
    with pytest.raises(ValueError, match="Bare has no setting 'reach'; there are: none"):
        build_method(Bare, {"reach": 1})


@pytest.mark.parametrize("name", ["reach", "count", "missed"])
def test_a_number_that_is_too_large_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=rf"{name}: expected a (finite|whole) number"):
        build_method(Method, {name: "1e400"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Settings that are rows."""

    heads: tuple[int, ...] = setting((), "some", least=1)
    depth: int | tuple[int, ...] = setting(1, "one or some", least=0)

    def __post_init__(self) -> None:
        check_settings(self)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"heads": "2048, 1024"}, Rows(heads=(2048, 1024))),
        ({"heads": "7"}, Rows(heads=(7,))),
        ({"heads": "none"}, Rows()),
        ({"heads": [3, 4]}, Rows(heads=(3, 4))),
        ({"depth": "2"}, Rows(depth=2)),
        ({"depth": "2,0"}, Rows(depth=(2, 0))),
    ],
)
def test_a_row_is_read_with_commas_or_as_a_list(given: dict[str, object], expected: Rows) -> None:
    assert build_method(Rows, given) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"heads": (3, 0)}, "Rows.heads: expected a finite number at least 1, not 0"),
        ({"depth": (1, "x")}, "Rows.depth: expected int, not 'x'"),
        ({"depth": [1.5]}, r"Rows.depth: expected int, not 1.5"),
        ({"depth": 1.5}, r"Rows.depth: expected int or tuple, not 1.5"),
        ({"heads": "2,x"}, "setting heads: .*'x'"),
    ],
)
def test_a_row_that_does_not_fit_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_method(Rows, given)
