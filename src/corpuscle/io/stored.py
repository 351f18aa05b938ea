"""Roles and units of a table, as a format with room for them keeps them."""

import math
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from corpuscle.data.units import Scale
from corpuscle.io.aliases import ROLES
from corpuscle.io.errors import FormatError
from corpuscle.io.table import Table


@dataclass(frozen=True, slots=True)
class Stored:
    """What this package wrote beside a table's columns; a role without a column was left unused."""

    roles: dict[str, str] = field(default_factory=dict)
    scale: Scale = field(default_factory=Scale)
    first_frame: int = 0


def write_stored(table: Table) -> dict[str, Any]:
    """Give what belongs beside a table's columns, as JSON holds it."""
    return {
        "pixel_size_m": table.scale.pixel_size,
        "frame_interval_s": table.scale.frame_interval,
        "first_frame": table.first_frame,
        "roles": dict(table.roles),
    }


def read_stored(stored: object, names: Collection[str], source: str) -> Stored:
    """Read what this package wrote beside a table's columns; a role of a column that is gone is dropped."""
    if not isinstance(stored, dict):
        return Stored()
    try:
        roles = {str(role): str(column) for role, column in dict(stored.get("roles") or {}).items()}
        scale = Scale(
            pixel_size=read_positive(stored.get("pixel_size_m")),
            frame_interval=read_positive(stored.get("frame_interval_s")),
        )
        first = int(stored.get("first_frame", 0))
    except (TypeError, ValueError, OverflowError) as error:
        raise FormatError(source, "units and roles as corpuscle writes them", str(error)) from None
    known = {role: roles.get(role, "") for role in ROLES if roles and roles.get(role, "") in {"", *names}}
    return Stored(known, scale, first)


def read_positive(value: object) -> float | None:
    """Read a number above zero, or nothing."""
    if value is None:
        return None
    number = float(str(value))
    if not 0 < number < math.inf:
        message = f"{number:g} where a number above 0 belongs"
        raise ValueError(message)
    return number
