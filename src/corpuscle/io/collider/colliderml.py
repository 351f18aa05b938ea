"""ColliderML: Parquet files of particles and of tracker hits, one row an event, its values in lists."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from corpuscle.data.settings import setting
from corpuscle.io.collider.barrel import Barrel
from corpuscle.io.collider.base import Collider
from corpuscle.io.collider.columns import Columns
from corpuscle.io.collider.named import put_together
from corpuscle.io.errors import FormatError
from corpuscle.io.recorded import Recorded

HITS = {
    "x": "x", "y": "y", "z": "z", "tx": "true_x", "ty": "true_y", "tz": "true_z", "time": "time",
    "particle": "particle_id", "volume": "volume_id", "layer": "layer_id",
}  # fmt: skip
PARTICLES = {
    "number": "particle_id", "kind": "pdg_id", "charge": "charge",
    "vx": "vx", "vy": "vy", "vz": "vz", "px": "px", "py": "py", "pz": "pz",
}  # fmt: skip
EVENT = "event_id"
OPTIONAL = ("tx", "ty", "tz", "time", "kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColliderML(Collider):
    """The Parquet files of ColliderML, particles and tracker hits of the same events in files of their own.

    Source: ColliderML Release 1 (Open Data Detector), arXiv 2512.15230.
    """

    known: ClassVar[str] = "odd"

    noise: int = setting(0, "the particle_id of a hit that no particle made")

    def list_events(self, path: Path) -> list[int]:
        """List the numbers of the events that leave hits."""
        return list(open_lists(path, HITS, "tracker hits").places)

    def stream(self, path: Path, barrel: Barrel, first: int = 0) -> Iterator[Recorded]:
        """Read one event after another."""
        hits, particles = open_lists(path, HITS, "tracker hits"), open_lists(path, PARTICLES, "particles")
        for event in list(hits.places)[first:]:
            if event not in particles.places:
                raise FormatError(path, f"particles of event {event}, which has hits", "none")
            seen, makers = hits.read(event), particles.read(event)
            if self.noise:
                seen["particle"] = np.where(seen["particle"] == self.noise, 0, seen["particle"])
            source = str(hits.places[event][0].name)
            yield put_together(event, seen, makers, barrel, positions=self.positions, source=source)


Place = tuple[Path, int, int]  # the file, the row group, the row in it


@dataclass(slots=True)
class Lists:
    """Files of one kind, where each event stands in them, and the row group that was read last."""

    names: Mapping[str, str]
    places: dict[int, Place]
    read_from: tuple[Path, int] | None = None
    group: Any = field(default=None, repr=False)

    def read(self, event: int) -> Columns:
        """Read the columns of an event, by role."""
        path, number, row = self.places[event]
        if self.read_from != (path, number):
            there = set(pq.read_schema(path).names)
            wanted = [name for name in self.names.values() if name in there]
            self.group, self.read_from = pq.ParquetFile(path).read_row_group(number, columns=wanted), (path, number)
        columns = {role: name for role, name in self.names.items() if name in self.group.column_names}
        return {role: flatten(self.group.column(name)[row], name, path.name) for role, name in columns.items()}


def flatten(cell: Any, name: str, source: str) -> np.ndarray:  # noqa: ANN401 - a cell of pyarrow
    """Give the list in one cell as an array; an empty cell is an empty list.

    Raises: FormatError, when it is no list of numbers, or a number is missing.
    """
    values = getattr(cell, "values", None)
    if values is None:
        if cell.is_valid or not pa.types.is_list(cell.type):
            raise FormatError(source, f"a list in each row of {name!r}", str(cell.type))
        return np.zeros(0, cell.type.value_type.to_pandas_dtype())
    if values.null_count:
        raise FormatError(source, f"a number everywhere in {name!r}", "an empty one")
    return np.asarray(values.to_numpy(zero_copy_only=False))


def open_lists(path: Path, names: Mapping[str, str], what: str) -> Lists:
    """Find the files that have the columns of one kind, and each event in them; folders are searched through.

    Raises: FormatError, when there are none, one is cut, or an event stands twice; FileNotFoundError.
    """
    if not path.exists():
        message = f"there is no folder or file {path}"
        raise FileNotFoundError(message)
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    needed = {EVENT, *(name for role, name in names.items() if role not in OPTIONAL)}
    places: dict[int, Place] = {}
    for file in files:
        for event, place in find_places(file, needed):
            if event in places:
                expected = f"{what} of event {event} once"
                hint = "convert one process and one pile-up at a time"
                raise FormatError(file, expected, f"them in {places[event][0].name} too", hint=hint)
            places[event] = place
    if not places:
        raise FormatError(path, f"Parquet files of {what}, with the columns {', '.join(sorted(needed))}", "none")
    return Lists(names, places)


def find_places(file: Path, needed: set[str]) -> Iterator[tuple[int, Place]]:
    """Go through the events of a file, where it has the columns that are needed.

    Raises: FormatError, when the file is no whole Parquet file or its events are no whole numbers.
    """
    try:
        opened = pq.ParquetFile(file)
        if not needed <= set(opened.schema_arrow.names):
            return
        for group in range(opened.num_row_groups):
            column = opened.read_row_group(group, columns=[EVENT]).column(EVENT)
            if not pa.types.is_integer(column.type):
                raise FormatError(file.name, f"whole numbers in {EVENT!r}", str(column.type))
            yield from ((event, (file, group, row)) for row, event in enumerate(column.to_pylist()))
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:120]
        raise FormatError(file.name, "a whole Parquet file", reason, hint="the file may be cut") from None
