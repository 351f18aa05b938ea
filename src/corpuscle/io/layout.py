"""The roles of a table under the names of another format."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from corpuscle.io.aliases import ALIASES, AXES, EXACT, Recognised, plain_name, recognise
from corpuscle.io.cells import is_text
from corpuscle.io.table import Table, read_frames, read_numbers, read_tracks


def name_roles(table: Table) -> pa.Table:
    """Give the columns with the name of their role where their own would not be recognised."""
    names = list(table.columns.column_names)
    for role, column in table.roles.items():
        known = plain_name(column) in ALIASES.get(role, ()) or column == role
        if not known and role not in names and column in names:
            names[names.index(column)] = role
    return table.columns.rename_columns(names)


def spare_columns(table: Table, used: Collection[str]) -> dict[str, pa.ChunkedArray]:
    """Give the columns that play none of the used roles, those with a role under its name.

    A column that would be taken for a role that it does not play gets `_unused` behind its name.
    """
    spare: dict[str, pa.ChunkedArray] = {}
    for name in table.columns.column_names:
        roles = [role for role, column in table.roles.items() if column == name]
        plain = f"{name}_unused" if is_alias(name) else name
        for new in [role for role in roles if role not in used] if roles else [plain]:
            free = new
            while free in spare:
                free += "_"
            spare[free] = table.columns.column(name)
    return spare


def is_alias(name: str) -> bool:
    """Tell whether a column's name would be taken for a role."""
    return name in EXACT or any(plain_name(name) in aliases for aliases in ALIASES.values())


def exact_column(table: Table, role: str) -> pa.ChunkedArray:
    """Give the column of a role, checked: as it stands where it is text or numbers, else as numbers."""
    numbers, column = read_numbers(table, role), table.column(role)
    plain = is_text(column) or pa.types.is_integer(column.type) or pa.types.is_floating(column.type)
    return column if plain else pa.chunked_array([pa.array(numbers)])


def tracked_rows(table: Table) -> tuple[Int[np.ndarray, " m"], Int[np.ndarray, " n"], Int[np.ndarray, " n"]]:
    """Give the rows that are in a track, ordered by track and frame, and the track and frame of every row."""
    label, _, _ = read_tracks(table)
    frame = read_frames(table)
    rows = np.flatnonzero(label >= 0)
    return rows[np.lexsort((frame[rows], label[rows]))], label, frame


def note_rows(table: Table, kept: int) -> list[str]:
    """Say how many rows in no track were left out."""
    lost = len(table) - kept
    return [f"{lost} rows in no track left out"] if lost else []


def note_columns(names: Collection[str]) -> list[str]:
    """Say which columns were left out."""
    return [f"columns left out: {', '.join(names)}"] if names else []


def recognise_flat(table: Table, chosen: Mapping[str, str]) -> Recognised:
    """Recognise the columns of a format that always has z: it is unused where it is zero in every row.

    The user's own choice of z is kept.
    """
    names = table.columns.column_names
    found = recognise(names, chosen=chosen, source=table.source)
    if "z" not in found.roles or "z" in chosen or read_numbers(replace(table, roles=found.roles), "z").any():
        return found
    flat = recognise(names, chosen={**chosen, "z": ""}, source=table.source)
    note = f"{found.roles['z']!r} is zero everywhere: read as 2-D"
    return replace(flat, notes=(*flat.notes, note))


def axes_of(table: Table) -> list[str]:
    """Give the axes that a table has."""
    return [axis for axis in AXES if axis in table.roles]
