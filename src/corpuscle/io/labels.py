"""Tables of labels: how likely each image of a store is of each class, one row an image."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Int

from corpuscle.data.labels import SLACK, Labels
from corpuscle.io.errors import FormatError
from corpuscle.io.exact import read_floats, read_ids, require_columns
from corpuscle.io.files import check_readable
from corpuscle.io.table import Table
from corpuscle.io.tabular import read_columns, read_names, write_parts

ROW = "row"
PREFIX = "probability_"
KEY = b"corpuscle"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LabelledRows:
    """Labels of some images of a store.

    Args:
        row: which image each is of, by its row in the store.
        labels: the probability of each class.
        about: what is known of them: method, run, store; nothing where it came from text.
    """

    row: Int[np.ndarray, " image"]
    labels: Labels
    about: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.row)


def list_labels(found: LabelledRows) -> pa.Table:
    """List labels as a table: `row`, then `probability_<class>` of each class.

    >>> labels = Labels(probability=np.array([[0.25, 0.75]]), names=("photon", "electron"))
    >>> list_labels(LabelledRows(row=np.array([7]), labels=labels)).to_pylist()
    [{'row': 7, 'probability_photon': 0.25, 'probability_electron': 0.75}]
    """
    names, said = found.labels.names, found.labels.probability.astype(np.float64)
    columns = {ROW: pa.array(found.row.astype(np.int64))}
    columns |= {PREFIX + name: pa.array(column) for name, column in zip(names, said.T, strict=True)}
    if len(columns) <= len(names):
        message = f"expected classes with names of their own, not {', '.join(names)}"
        raise ValueError(message)
    about = {KEY: json.dumps({"labels": dict(found.about)}).encode()} if found.about else None
    return pa.table(columns).replace_schema_metadata(about)


def make_labels(table: Table) -> LabelledRows:
    """Read a table of labels; other columns are left alone.

    Raises: FormatError, when a column is missing, a cell is no probability, those of a row do not sum to 1, or a row
        stands twice.
    """
    names = tuple(name.removeprefix(PREFIX) for name in table.columns.column_names if is_probability(name))
    if len(names) < 2:
        expected = f"labels of images: the columns {ROW} and {PREFIX}<class> of two classes at least"
        raise FormatError(table.source, expected, ", ".join(table.columns.column_names[:20]) or "no columns")
    require_columns(table, (ROW, *(PREFIX + name for name in names)), "labels", {ROW: "row: which image of the store"})
    row = read_ids(table, ROW, least=0)
    said = np.stack([read_floats(table, PREFIX + name) for name in names], axis=1)
    check_probabilities(table, names, said)
    order = np.argsort(row, kind="stable")
    twice = np.flatnonzero(np.diff(row[order]) == 0)
    if len(twice):
        first, second = order[twice[0]], order[twice[0] + 1]
        raise table.refuse(int(second), "every row once", f"row {row[first]} again")
    return LabelledRows(row=row, labels=Labels(probability=said, names=names), about=read_about(table.columns))


def check_probabilities(table: Table, names: tuple[str, ...], said: np.ndarray) -> None:
    """Refuse what is no probability, naming column and row."""
    wrong = ~((said >= 0) & (said <= 1))
    if wrong.any():
        row, column = (int(place) for place in np.argwhere(wrong)[0])
        expected = f"a number between 0 and 1 in column {PREFIX + names[column]!r}"
        raise table.refuse(row, expected, f"{said[row, column]:g}")
    total = said.sum(axis=1)
    off = np.flatnonzero(np.abs(total - 1) > SLACK)
    if len(off):
        raise table.refuse(int(off[0]), "probabilities that sum to 1", f"{total[off[0]]:g}")


def read_about(columns: pa.Table) -> Mapping[str, Any]:
    """Read what a table says of itself; what cannot be read says nothing."""
    try:
        told = json.loads((columns.schema.metadata or {}).get(KEY, b"{}"))
    except ValueError:
        return {}
    about = told.get("labels", {}) if isinstance(told, dict) else {}
    return about if isinstance(about, dict) else {}


def read_labels(path: Path) -> LabelledRows:
    """Read a file of labels.

    Raises: FormatError, when it is not what it says it is; OSError, when it cannot be read.
    """
    path = Path(path)
    check_readable(path)
    return make_labels(read_columns(path, read_names(path)))


def write_labels(parts: Iterable[LabelledRows], path: Path, *, force: bool = False) -> None:
    """Write labels part by part, each as it comes; the file is there when all are, or not at all. Text waits for all.

    Raises: FormatError, when the ending is unknown; OSError, when the file cannot be written.
    """
    write_parts(map(list_labels, parts), path, None, force=force)


def holds_labels(path: Path) -> bool:
    """Tell whether a file holds labels, by the names of its columns.

    Raises: OSError, when it cannot be read.
    """
    try:
        return are_labels(read_names(path))
    except FormatError:
        return False


def are_labels(columns: Collection[str]) -> bool:
    """Tell labels by the names of their columns.

    >>> are_labels(["row", "probability_photon", "probability_electron"]), are_labels(["frame", "x", "y"])
    (True, False)
    """
    return any(map(is_probability, columns))


def is_probability(name: str) -> bool:
    """Tell whether a column is of a class."""
    return name.startswith(PREFIX) and len(name) > len(PREFIX)
