"""Link detections: a table or a file in, the same with tracks out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from corpuscle.api.files import check_page
from corpuscle.api.tables import Frame, add_columns, as_arrays, make_scale, read_frame, take_frame, text_names
from corpuscle.data.detections import Detections
from corpuscle.data.settings import build_method, list_settings
from corpuscle.data.units import Scale, fill_length, name_length
from corpuscle.io.files import write_whole
from corpuscle.io.table import Table, flatten, read_detections, with_columns
from corpuscle.linking.base import Linker
from corpuscle.linking.linkers import LINKERS
from corpuscle.linking.result import Linked, run_linker
from corpuscle.training.run import read_run

SOMETIMES = {"merged_into", "runner_up", "runner_up_probability", "identity_probability"}
"""Columns that only some linkers add; from another run they would contradict the tracks."""


@dataclass(frozen=True, slots=True, eq=False)
class LinkedTable:
    """A linked table: the detections that it was read as, and what the linker found."""

    table: Table
    detections: Detections
    linked: Linked


def link(
    table: Frame,
    *,
    method: str | Linker = "auto",
    columns: Mapping[str, str] | None = None,
    pixel_size: float | str | None = None,
    frame_interval: float | str | None = None,
    report: str | Path | None = None,
    **settings: object,
) -> Frame:
    """Link detections into tracks.

    Args:
        table: one row a detection, with `frame, x, y[, z]` under those names or others in use (see the page on
            formats); pandas, polars, pyarrow or any other table that narwhals knows.
        method: the name of a linker (`corpuscle methods link`), the folder of a training run, or a linker.
        columns: which column plays which role, where the names do not tell: `{"frame": "t", "x": "pos_x"}`.
        pixel_size: length of one unit of position [um, or "160nm"], so that settings may have units.
        frame_interval: time of one frame [s, or "50ms"], likewise.
        report: a page to write, one HTML file that does not exist yet, about how sure the links are; only of a method
            that gives probabilities.
        settings: the method's settings: numbers in the table's own units, or text with a unit, `gate="0.8um"`.

    Returns:
        The same kind of table, every row once, in order, its columns untouched, with `track` (-1: in none),
        `link_probability` (NaN where the method gives none), `link_gap` (frames missed before) and `parent` (the track
        it split from, else -1); `merged_into` where merges are looked for; and of a method that gives probabilities
        `runner_up` (the row, from 0, that this one would otherwise continue; -1: none), `runner_up_probability` and
        `identity_probability` (that the track is still the particle that it began as). A column that had one of these
        names is kept with `_before` behind it.

    Raises: ValueError, when the table, the method or a setting is not what it must be; OSError, when the report cannot
        be written; the message says what to do.

    >>> import pyarrow as pa
    >>> detections = pa.table({"frame": [0, 0, 1, 1], "x": [0.0, 9.0, 8.5, 0.5], "y": [0.0, 0.0, 0.0, 0.0]})
    >>> link(detections, gate=2.0)["track"].to_pylist()
    [0, 1, 1, 0]
    """
    frame = take_frame(table)
    read = read_frame(frame, columns=columns, scale=make_scale(pixel_size, frame_interval))
    if report is not None:
        check_probabilities(method)
        check_page(Path(report))
    result = link_table(read, method, settings)
    if report is not None:
        write_whole(make_report(result, "the table"), Path(report))
    new = list_columns(result.linked)
    return add_columns(frame, new, list_renames(text_names(frame), new))


def link_table(table: Table, method: str | Linker, settings: Mapping[str, object]) -> LinkedTable:
    """Link a table that was read from a file or a data frame."""
    linker = choose_linker(method, settings, table)
    flat = flatten(table)
    detections = read_detections(flat)
    name = method if isinstance(method, str) else type(method).__name__
    linked = run_linker(name, linker, detections)
    notes = tuple(fill_length(note, table.scale) for note in linked.notes)
    return LinkedTable(replace(table, notes=flat.notes), detections, replace(linked, notes=notes))


def check_probabilities(method: str | Linker) -> None:
    """Refuse a method that does not say how likely its links are.

    Raises: ValueError, naming those that do.
    """
    linkers: Mapping[str, type[Linker]] = LINKERS
    kind = type(method) if isinstance(method, Linker) else linkers[name_method(method)]
    if not kind.promises.probabilities:
        able = ", ".join(name for name in linkers if linkers[name].promises.probabilities)
        name = kind.__name__ if isinstance(method, Linker) else method
        message = f"a report is about how likely links are, and {name} does not say; these methods do: {able}"
        raise ValueError(message)


def check_minimum(method: str | Linker) -> None:
    """Refuse a method that cannot leave out links that are less likely than a minimum.

    Raises: ValueError, naming those that can.
    """
    linkers: Mapping[str, type[Linker]] = LINKERS
    kind = type(method) if isinstance(method, Linker) else linkers[name_method(method)]
    if not has_minimum(kind):
        able = ", ".join(name for name in linkers if has_minimum(linkers[name]))
        name = kind.__name__ if isinstance(method, Linker) else method
        message = f"a minimum probability is for a method that weighs every link, and {name} does not; these do: {able}"
        raise ValueError(message)


def has_minimum(kind: type[Linker]) -> bool:
    """Tell whether a linker leaves out links that are less likely than a minimum."""
    return "minimum_probability" in {setting.name for setting in list_settings(kind)}


def make_report(result: LinkedTable, name: str, notes: Sequence[str] = ()) -> str:
    """Make the page about a linked table (see `corpuscle.report.linked`)."""
    from corpuscle.report.linked import make_linked_page

    said = (*result.table.notes, *notes)
    return make_linked_page(name, result.detections, result.linked, notes=said, unit=name_length(result.table.scale))


def add_tracks(result: LinkedTable) -> Table:
    """Give the table that was linked with the columns that the tracks add."""
    new = list_columns(result.linked)
    return with_columns(result.table, as_arrays(new), list_renames(result.table.columns.column_names, new))


def choose_linker(method: str | Linker, settings: Mapping[str, object], table: Table) -> Linker:
    """Make the linker that was named, its settings read in the table's units."""
    if isinstance(method, Linker):
        if settings:
            message = f"settings go with the name of a linker; {type(method).__name__} has its own already"
            raise ValueError(message)
        return method
    return find_linker(method, settings, table.scale)


def find_linker(method: str, settings: Mapping[str, object], scale: Scale | None = None) -> Linker:
    """Make the linker that a name or the folder of a training run stands for."""
    name = name_method(method)
    if name != method:
        settings = {"weights": method, **settings}
    linker: Linker = build_method(LINKERS[name], settings, scale, name=name)
    return linker


def name_method(method: str) -> str:
    """Give the name of the linker that a name or the folder of a training run stands for."""
    return read_run(Path(method)).method if method not in LINKERS and Path(method).is_dir() else method


def list_columns(linked: Linked) -> dict[str, np.ndarray]:
    """List the columns that a result adds to its table."""
    tracks = linked.tracks
    new = {
        "track": tracks.label,
        "link_probability": tracks.probability,
        "link_gap": tracks.gap,
        "parent": tracks.parent,
    }
    if linked.linker.promises.probabilities:
        new |= {
            "runner_up": tracks.runner_up,
            "runner_up_probability": tracks.runner_up_probability,
            "identity_probability": tracks.identity,
        }
    return new | ({"merged_into": tracks.merged_into} if getattr(linked.linker, "merges", False) else {})


def list_renames(names: list[str], new: Mapping[str, object]) -> dict[str, str]:
    """Say which columns must make room, and under which names they are kept.

    >>> list_renames(["frame", "track"], {"track": None})
    {'track': 'track_before'}
    """
    taken = set(names)
    renames: dict[str, str] = {}
    for name in names:
        if name in new or name in SOMETIMES:
            kept = f"{name}_before"
            while kept in taken:
                kept += "_before"
            taken.add(kept)
            renames[name] = kept
    return renames
