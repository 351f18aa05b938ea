"""Parquet: typed columns, with units and roles in the file's own metadata."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import pyarrow as pa
import pyarrow.parquet as pq

from corpuscle.io.aliases import recognise
from corpuscle.io.base import Format
from corpuscle.io.cells import TYPED, infer_type
from corpuscle.io.errors import FormatError
from corpuscle.io.stored import read_stored, write_stored
from corpuscle.io.table import Table, mend_scale

KEY = b"corpuscle"
KEPT = ("apparatus",)
"""What else this package may say in a file's metadata, which stays when the file is converted."""


class Parquet(Format):
    """Typed columns; units and roles stand in the file."""

    suffixes: ClassVar[tuple[str, ...]] = (".parquet",)

    def read(self, path: Path, chosen: Mapping[str, str]) -> Table:
        """Read a file with the types of its columns."""
        try:
            columns = pq.read_table(path)
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            reason = " ".join(str(error).split())[:120]
            raise FormatError(path.name, "a whole Parquet file", reason, hint="the file may be cut") from None
        told = parse_metadata(columns, path.name)
        stored = read_stored(told, columns.column_names, path.name)
        found = recognise(columns.column_names, chosen={**stored.roles, **chosen}, source=path.name)
        metadata = {key: value for key, value in (columns.schema.metadata or {}).items() if key != KEY}
        return Table(
            columns=columns.replace_schema_metadata(metadata or None),
            roles=found.roles,
            scale=mend_scale(found.scale, stored.scale),
            first_frame=stored.first_frame,
            first_line=0,
            source=path.name,
            format="parquet",
            extras={name: told[name] for name in KEPT if name in told} if isinstance(told, dict) else {},
            notes=found.notes,
        )

    def write(self, table: Table, path: Path) -> list[str]:
        """Write every column, those of text as numbers where all cells are."""
        columns = table.columns
        if table.format not in TYPED:
            columns = pa.table([infer_type(column) for column in columns.columns], names=list(columns.column_names))
        told = write_stored(table) | {name: table.extras[name] for name in KEPT if name in table.extras}
        metadata = {**(table.columns.schema.metadata or {}), KEY: json.dumps(told).encode()}
        pq.write_table(columns.replace_schema_metadata(metadata), path)
        return []


def parse_metadata(columns: pa.Table, source: str) -> object:
    """Read the JSON in a file's metadata."""
    try:
        return json.loads((columns.schema.metadata or {}).get(KEY, b"null"))
    except (ValueError, RecursionError):
        raise FormatError(source, f"JSON under {KEY.decode()!r} in its metadata", "none") from None
