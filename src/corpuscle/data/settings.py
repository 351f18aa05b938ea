"""The settings of a method: declared once, checked once, read from text in any unit."""

import dataclasses
import difflib
import inspect
import math
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from corpuscle.data.units import FRAMES, PLAIN, Scale, convert_quantity, split_quantity

T = TypeVar("T")

TINY = 1e-100
"""The least of what must be above 0 and have a square that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One named setting as a table shows it."""

    name: str
    default: object
    unit: str
    meaning: str


def setting(
    default: Any,  # noqa: ANN401 - a field of any type
    meaning: str,
    *,
    unit: str = PLAIN,
    least: float = -math.inf,
    above: float = -math.inf,
    most: float = math.inf,
) -> Any:  # noqa: ANN401 - dataclasses type a field as its default
    """Declare one setting of a method: its default, what it means, its unit and its bounds."""
    bounds = {"least": least, "above": above, "most": most}
    return dataclasses.field(default=default, metadata={"meaning": meaning, "unit": unit, **bounds})


def list_settings(method: type) -> list[Setting]:
    """List the settings of a method in the order of their declaration; one that must be given has no default."""
    return [
        Setting(
            name=f.name,
            default=None if f.default is dataclasses.MISSING else f.default,
            unit=f.metadata.get("unit", ""),
            meaning=f.metadata.get("meaning", ""),
        )
        for f in dataclasses.fields(method)
    ]


def check_settings(method: object) -> None:
    """Check every setting of a method against its declared type, choices and bounds.

    Raises: ValueError, naming the setting, what was expected and what came.
    """
    types_of = typing.get_type_hints(type(method))
    for field in dataclasses.fields(method):  # type: ignore[arg-type] # every method is a dataclass
        check_value(field, getattr(method, field.name), types_of[field.name], type(method).__name__)


def check_value(field: "dataclasses.Field[Any]", value: object, annotation: object, owner: str) -> None:
    """Check one value."""
    kinds = list_kinds(annotation)
    if value is None and type(None) in kinds:
        return
    inner = find_inner(kinds)
    if inner is not None and isinstance(value, tuple):
        for one in value:
            check_value(field, one, inner, owner)
        return
    choices = [choice for kind in kinds if typing.get_origin(kind) is Literal for choice in typing.get_args(kind)]
    if choices and value not in choices:
        message = f"{owner}.{field.name}: expected one of {', '.join(map(str, choices))}, not {value!r}"
        raise ValueError(message)
    if choices:
        return
    if not is_kind(value, kinds):
        names = " or ".join(kind.__name__ for kind in kinds if hasattr(kind, "__name__") and kind is not type(None))
        message = f"{owner}.{field.name}: expected {names}, not {value!r}"
        raise ValueError(message)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        check_bounds(field, float(value), owner)


def check_bounds(field: "dataclasses.Field[Any]", value: float, owner: str) -> None:
    """Check that a number is finite and within its declared bounds."""
    least, above, most = (field.metadata.get(bound, 0.0) for bound in ("least", "above", "most"))
    if math.isfinite(value) and least <= value <= most and value > above:
        return
    wanted = [f"at least {least:g}"] if least > -math.inf and least != TINY else []
    wanted += ["above 0"] if least == TINY else []
    wanted += [f"above {above:g}"] if above > -math.inf else []
    wanted += [f"at most {most:g}"] if most < 1e99 else []
    message = f"{owner}.{field.name}: expected a finite number {' and '.join(wanted)}, not {value:g}"
    raise ValueError(message)


def list_kinds(annotation: object) -> tuple[Any, ...]:
    """List the members of a union, or the annotation itself."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return typing.get_args(annotation)
    return (annotation,)


def find_inner(kinds: tuple[Any, ...]) -> object:
    """Find what a row of values is a row of; None where none of the kinds is a row.

    >>> find_inner((int, tuple[float, ...]))
    <class 'float'>
    """
    rows = [typing.get_args(kind)[0] for kind in kinds if typing.get_origin(kind) is tuple]
    return rows[0] if rows else None


def is_kind(value: object, kinds: tuple[Any, ...]) -> bool:
    """Tell whether a value is of one of the kinds; an int stands for a float, a bool for nothing else."""
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, int):
        return int in kinds or float in kinds
    return any(isinstance(kind, type) and isinstance(value, kind) for kind in kinds)


def build_method(
    method: type[T], values: Mapping[str, object], scale: Scale | None = None, *, name: str | None = None
) -> T:
    """Make a method from named values; text is read as the setting's own type, in the table's units.

    `name` is what the user calls the method, for messages.

    Raises: ValueError, when a setting is unknown (the known ones are named) or a value does not fit.
    """
    known = {field.name: field for field in dataclasses.fields(method)}  # type: ignore[arg-type] # a dataclass
    owner = name or method.__name__
    for wanted in values:
        if wanted not in known:
            settings = ", ".join(known) if known else "none"
            near = difflib.get_close_matches(wanted, known, n=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            message = f"{owner} has no setting {wanted!r}; there are: {settings}{hint}"
            raise ValueError(message)
    types_of = typing.get_type_hints(method)
    scale = scale or Scale()
    given = {
        key: parse_value(value, types_of[key], known[key], scale)
        if isinstance(value, str)
        else as_row(as_plain(value), types_of[key])
        for key, value in values.items()
    }
    for key, value in given.items():
        check_value(known[key], value, types_of[key], owner)
    return method(**given)


def as_plain(value: object) -> object:
    """Turn a numpy scalar into Python's own number."""
    return value.item() if hasattr(value, "item") and getattr(value, "ndim", None) == 0 else value


def as_row(value: object, annotation: object) -> object:
    """Turn a list, as JSON has it, into a tuple where the setting is a row."""
    return tuple(value) if isinstance(value, list) and find_inner(list_kinds(annotation)) is not None else value


def parse_value(text: str, annotation: object, field: "dataclasses.Field[Any]", scale: Scale) -> object:
    """Read one value from text."""
    kinds = list_kinds(annotation)
    if text.lower() in {"none", ""} and type(None) in kinds:
        return None
    inner = find_inner(kinds)
    if inner is not None and ("," in text or len(kinds) == 1):
        ones = [one.strip() for one in text.split(",")] if text and text.lower() != "none" else []
        return tuple(parse_value(one, inner, field, scale) for one in ones)
    if bool in kinds:
        return parse_truth(text, field.name)
    if str in kinds or any(typing.get_origin(kind) is Literal for kind in kinds):
        return text
    try:
        number = convert_quantity(text, field.metadata.get("unit", PLAIN), scale)
    except ValueError as error:
        message = f"setting {field.name}: {error}"
        raise ValueError(message) from None
    if float in kinds:
        return number
    if not math.isfinite(number):
        message = f"setting {field.name}: expected a whole number, not {text!r}"
        raise ValueError(message)
    if field.metadata.get("unit") == FRAMES and split_quantity(text)[1]:
        number = math.floor(number + 1e-9)
    if number != int(number):
        message = f"setting {field.name}: expected a whole number, not {text!r}"
        raise ValueError(message)
    return int(number)


def parse_truth(text: str, name: str) -> bool:
    """Read yes or no."""
    if text.lower() in {"true", "yes", "on", "1"}:
        return True
    if text.lower() in {"false", "no", "off", "0"}:
        return False
    message = f"setting {name}: expected true or false, not {text!r}"
    raise ValueError(message)


def describe_settings(method: object) -> str:
    """Name a method with its settings, numbers to six digits, those that stand at their defaults left out.

    >>> @dataclass(frozen=True)
    ... class Straight:
    ...     gate: float = setting(5.0, "the gate")
    ...     gap: int = setting(0, "the gap")
    >>> describe_settings(Straight(gate=2 / 3))
    'Straight(gate=0.666667)'
    """
    fields = dataclasses.fields(method)  # type: ignore[arg-type] # every method is a dataclass
    told = [
        (field.name, getattr(method, field.name)) for field in fields if getattr(method, field.name) != field.default
    ]
    parts = (f"{name}={value:.6g}" if isinstance(value, float) else f"{name}={value!r}" for name, value in told)
    return f"{type(method).__name__}({', '.join(parts)})"


def describe_source(method: type) -> str:
    """Give the source that a method's docstring names after `Source:`, or an empty text."""
    document = inspect.getdoc(method) or ""
    return " ".join(document.split("Source:", 1)[1].split("\n\n")[0].split()) if "Source:" in document else ""


def describe_line(method: type) -> str:
    """Give the first line of a method's docstring."""
    return (inspect.getdoc(method) or "").split("\n", 1)[0]
