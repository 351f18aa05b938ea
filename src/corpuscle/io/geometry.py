"""Where the apparatus of a table stands: in a Parquet file's metadata, or in `geometry.json` beside a table of text."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa

from corpuscle.data.apparatus import FIELDS, TRACKML_RADII, Apparatus, read_apparatus, write_apparatus
from corpuscle.io.errors import FormatError
from corpuscle.io.parquet import KEY, parse_metadata

GEOMETRY = "geometry.json"
OVERRIDES = ("field", *FIELDS)
"""What can be said in place of what a file says, under these names."""

HINT = (
    f"put {GEOMETRY} beside it, or say field, radius, resolution, resolution_z and material "
    "(--set field=2 --set radius=trackml --set resolution=0.02 ...)"
)


def find_apparatus(columns: pa.Table, folder: Path | None, source: str) -> dict[str, object]:
    """Find what is known about an apparatus: what the metadata says, else the file beside; nothing where none does.

    Raises: FormatError, when either is no JSON.
    """
    metadata = parse_metadata(columns, source)
    if isinstance(metadata, dict) and isinstance(metadata.get("apparatus"), dict):
        return dict(metadata["apparatus"])
    beside = None if folder is None else folder / GEOMETRY
    if beside is None or not beside.is_file():
        return {}
    try:
        values = json.loads(beside.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        raise FormatError(beside, f"JSON with {', '.join(OVERRIDES)}", "none", hint=f"{source} needs it") from None
    if not isinstance(values, dict):
        raise FormatError(beside, f"JSON with {', '.join(OVERRIDES)}", type(values).__name__)
    return values


def settle_apparatus(values: Mapping[str, object], overrides: Mapping[str, object], source: str) -> Apparatus:
    """Make an apparatus of what a file says, and of what the user says in its place.

    Raises: FormatError, saying what is missing and what to do; ValueError, saying what cannot be.

    >>> known = {"radius": [30, 60], "resolution": 0.02, "resolution_z": 0.05, "material": 0}
    >>> settle_apparatus(known, {"field": 2}, "hits.parquet")
    Apparatus(2 cylinders, 2 T)
    """
    known = {**values, **{name: read_value(name, value) for name, value in overrides.items()}}
    missing = [name for name in OVERRIDES if name not in known]
    if missing:
        raise FormatError(source, "the apparatus of the hits", f"no {', '.join(missing)}", hint=HINT)
    try:
        return read_apparatus(known)
    except ValueError as error:
        message = f"{source}: {error}" if source else str(error)
        raise ValueError(message) from None


def read_value(name: str, value: object) -> object:
    """Read a value as the user says it: a number, numbers with commas, or `trackml` for its radii.

    Raises: ValueError, naming what was said.

    >>> read_value("radius", "30,60"), read_value("field", "2")
    ([30.0, 60.0], 2.0)
    """
    if name == "radius" and value == "trackml":
        return list(TRACKML_RADII)
    if not isinstance(value, str):
        return np.asarray(value).tolist()
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        kinds = "trackml, or numbers with commas" if name == "radius" else "a number, or one for each cylinder"
        message = f"setting {name}: expected {kinds}, not {value!r}"
        raise ValueError(message) from None
    return numbers if len(numbers) > 1 or name == "radius" else numbers[0]


def add_apparatus(columns: pa.Table, apparatus: Apparatus | None) -> pa.Table:
    """Put an apparatus into the metadata of columns."""
    if apparatus is None:
        return columns
    stored = json.dumps({"apparatus": write_apparatus(apparatus)}).encode()
    return columns.replace_schema_metadata({**(columns.schema.metadata or {}), KEY: stored})


def says_the_same(place: Path, apparatus: Apparatus) -> bool:
    """Tell whether a file says of the apparatus what is to be written there."""
    try:
        return bool(json.loads(place.read_text(encoding="utf-8")) == write_apparatus(apparatus))
    except (OSError, ValueError, RecursionError):
        return False
