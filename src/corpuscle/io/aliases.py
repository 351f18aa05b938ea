"""Which column of a table plays which role, by its name."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from corpuscle.data.units import METRES, Scale
from corpuscle.io.errors import FormatError

SHARED = ("uncertainty", "uncertaintyxy", "locprecnm")
ALIASES: Mapping[str, tuple[str, ...]] = {
    "frame": ("frame", "t", "timepoint", "slice"),
    "time": ("time", "positiont", "times"),
    "x": ("x", "positionx", "xpos", "wposition", "xnm", "centroidx"),
    "y": ("y", "positiony", "ypos", "hposition", "ynm", "centroidy"),
    "z": ("z", "positionz", "zpos", "znm", "centroidz"),
    "x_sd": ("xsd", "xerr", "lpx", "xstd", *SHARED),
    "y_sd": ("ysd", "yerr", "lpy", "ystd", *SHARED),
    "z_sd": ("zsd", "zerr", "lpz", "zstd", "uncertaintyz"),
    "track": ("track", "particle", "trackid", "trajectory", "trajidx", "trackingid"),
}
EXACT = (
    "detection",
    "link_probability",
    "link_gap",
    "parent",
    "merged_into",
    "runner_up",
    "runner_up_probability",
    "identity_probability",
)
ROLES = (*ALIASES, *EXACT)
AXES = ("x", "y", "z")

UNIT = re.compile(r"\s*[\[(]([^\[\]()]*)[\])]\s*$")


@dataclass(frozen=True, slots=True)
class Recognised:
    """The roles found in a table, the length that its column names give, and what is worth saying about it."""

    roles: dict[str, str]
    scale: Scale = field(default_factory=Scale)
    notes: tuple[str, ...] = ()


def recognise(
    names: Sequence[str],
    *,
    chosen: Mapping[str, str] | None = None,
    source: str = "",
) -> Recognised:
    """Find the columns that play a role, by their names or as the user chose.

    Case, spaces and a unit behind the name are ignored: `X pos (µm)` plays x. The positions must agree in their unit.

    Args:
        names: the names of the table's columns.
        chosen: the user's own choice, role to column; an empty column leaves the role unused.
        source: the file, for messages.

    Raises: FormatError, when a name stands twice, two columns could play one role, or a chosen role or column does
        not exist.

    >>> recognise(["FRAME", "X pos (µm)", "y [µm]"]).roles
    {'frame': 'FRAME', 'x': 'X pos (µm)', 'y': 'y [µm]'}
    """
    chosen = chosen or {}
    check_names(names, source)
    check_chosen(names, chosen, source)
    roles: dict[str, str] = {}
    free = [name for name in names if name not in chosen.values()]
    for role in ROLES:
        column = chosen[role] if role in chosen else find_column(role, free, source)
        if column:
            roles[role] = column
    roles, left_out = drop_deviations(roles)
    said = [f"{role} from {column!r}" for role, column in roles.items() if column != role]
    notes = ([", ".join(said)] if said else []) + left_out
    return Recognised(roles, Scale(pixel_size=read_length(roles, source)), tuple(notes))


def find_column(role: str, names: Sequence[str], source: str) -> str | None:
    """Find the one column that goes by a role's aliases."""
    if role in EXACT:
        return role if role in names else None
    found = [name for name in names if plain_name(name) in ALIASES[role]]
    if role == "track" and "track" in found:
        return "track"
    if len(found) > 1:
        listed = " and ".join(repr(name) for name in found)
        raise FormatError(source, f"one column for {role}", listed, hint=f"choose with --columns {role}={found[0]}")
    return found[0] if found else None


def plain_name(name: str) -> str:
    """Strip case, spaces and a unit from a column's name.

    >>> plain_name("Time (sec)"), plain_name("POSITION_X")
    ('time', 'positionx')
    """
    return re.sub(r"[\s_.]+", "", UNIT.sub("", name).lower())


def name_unit(name: str) -> str:
    """Give the unit behind a column's name, or an empty text.

    >>> name_unit("x [nm]"), name_unit("xnm"), name_unit("x")
    ('nm', 'nm', '')
    """
    found = UNIT.search(name)
    if found:
        return found[1].strip()
    return "nm" if plain_name(name) in {"xnm", "ynm", "znm", "locprecnm"} else ""


def check_names(names: Sequence[str], source: str) -> None:
    """Refuse a table in which two columns have one name."""
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise FormatError(source, "every column name once", f"{twice[0]!r} twice", hint="rename one of them")


def check_chosen(names: Sequence[str], chosen: Mapping[str, str], source: str) -> None:
    """Refuse a choice of a role or a column that does not exist."""
    for role, column in chosen.items():
        if role not in ROLES:
            raise FormatError(source, f"a role in --columns ({', '.join(ROLES)})", repr(role))
        if column and column not in names:
            raise FormatError(source, f"a column {column!r} for {role}", f"the columns {', '.join(names)}")


def check_roles(roles: Mapping[str, str], names: Sequence[str], required: Iterable[str], source: str) -> None:
    """Refuse a table without a role that is needed."""
    for role in required:
        if role not in roles:
            known = f" (known by the names {', '.join(ALIASES[role])})" if role in ALIASES else ""
            raise FormatError(
                source,
                f"a column for {role}{known}",
                f"the columns {', '.join(names) or '(none)'}",
                hint=f"say --columns {role}=NAME",
            )


def drop_deviations(roles: dict[str, str]) -> tuple[dict[str, str], list[str]]:
    """Leave the precision unused unless every axis has one, in the unit of its position."""
    axes = [axis for axis in AXES if axis in roles]
    given = [f"{axis}_sd" for axis in AXES if f"{axis}_sd" in roles]
    missing = [f"{axis}_sd" for axis in axes if f"{axis}_sd" not in roles]
    other = [
        roles[f"{axis}_sd"]
        for axis in axes
        if f"{axis}_sd" in roles and name_unit(roles[f"{axis}_sd"]) not in {"", name_unit(roles[axis])}
    ]
    if not given or not (missing or other):
        return roles, []
    reason = f"there is no {missing[0]}" if missing else f"{other[0]!r} has another unit than the positions"
    kept = {role: column for role, column in roles.items() if role not in given}
    return kept, [f"{', '.join(given)} not used: {reason}"]


def read_length(roles: Mapping[str, str], source: str) -> float | None:
    """Read the length of one unit of position [m] from the units behind the column names."""
    units = {axis: name_unit(roles[axis]) for axis in AXES if axis in roles}
    if len(set(units.values())) > 1:
        listed = ", ".join(f"{roles[axis]!r}" for axis in units)
        raise FormatError(source, "positions in one unit", listed, hint="leave z out with --columns z=, or convert it")
    unit = next(iter(units.values()), "")
    return METRES.get(unit)
