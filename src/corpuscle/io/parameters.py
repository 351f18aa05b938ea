"""Tables of track parameters as they were found, one row a track."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float, Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import check_once
from corpuscle.data.helix import NAMES, HelixParameters
from corpuscle.io.errors import FormatError
from corpuscle.io.exact import read_floats, read_ids, require_columns
from corpuscle.io.geometry import find_apparatus, settle_apparatus
from corpuscle.io.table import Table
from corpuscle.io.tabular import read_columns, read_names, write_together

UPPER = tuple((row, column) for row in range(5) for column in range(row, 5))
COVARIANCES = tuple(f"cov_{NAMES[row]}_{NAMES[column]}" for row, column in UPPER)
"""The covariances, the upper triangle row by row."""

NEEDED = ("event", "track", *NAMES)
COLUMNS = (*NEEDED, *COVARIANCES, "chi2", "ndf", "valid", "reason")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FittedTracks:
    """The parameters of tracks as some fit found them, and which tracks they are.

    Args:
        event: the event of each track.
        track: its number there.
        parameters: its perigee with covariance, where given; NaN where there is none.
        chi2: how far its hits lie from it, in units of their errors; NaN where nothing is said.
        ndf: degrees of freedom of `chi2`.
        reason: why it has no parameters, by number; 0: it has.
        reasons: what these numbers mean.
    """

    event: Int[np.ndarray, " track"]
    track: Int[np.ndarray, " track"]
    parameters: HelixParameters
    chi2: Float[np.ndarray, " track"]
    ndf: Int[np.ndarray, " track"]
    reason: Int[np.ndarray, " track"]
    reasons: Sequence[str]

    def __len__(self) -> int:
        return len(self.track)

    @property
    def valid(self) -> Bool[np.ndarray, " track"]:
        """Whether each track has parameters."""
        return np.asarray(np.isfinite(self.parameters.value[:, 0]))


def list_parameters(fitted: FittedTracks) -> pa.Table:
    """List fitted tracks as a table, one row a track; what is not known is NaN."""
    count, covariance = len(fitted), fitted.parameters.covariance
    known = np.full((count, 5, 5), np.nan) if covariance is None else covariance
    columns = [
        fitted.event,
        fitted.track,
        *fitted.parameters.value.T,
        *(known[:, row, column] for row, column in UPPER),
        fitted.chi2,
        fitted.ndf,
        fitted.valid,
    ]
    arrays = [pa.array(column) for column in columns]
    words = pa.array(list(fitted.reasons), pa.string()).take(pa.array(fitted.reason))
    return pa.table(dict(zip(COLUMNS, [*arrays, words], strict=True)))


def make_parameters(table: Table) -> FittedTracks:
    """Read a table of parameters; covariances (all or none), chi2, ndf, valid and reason may be missing.

    Raises: FormatError, when a column is missing or a cell does not fit; ValueError, when a row breaks a promise.
    """
    require_columns(table, NEEDED, "track parameters", {})
    there, count = set(table.columns.column_names), len(table)
    value = np.stack([read_floats(table, name) for name in NAMES], axis=1)
    covariance = read_covariance(table)
    if "valid" in there:
        refused = ~read_truths(table, "valid")
        value[refused] = np.nan
    reasons, reason = read_reasons(table)
    event, track = read_ids(table, "event", least=0), read_ids(table, "track", least=0)
    try:
        parameters = HelixParameters(value, covariance)
        check_once(event, track, "track")
    except ValueError as error:
        raise table.place(error) from None
    return FittedTracks(
        event=event,
        track=track,
        parameters=parameters,
        chi2=read_floats(table, "chi2") if "chi2" in there else np.full(count, np.nan),
        ndf=read_ids(table, "ndf", least=-10) if "ndf" in there else np.zeros(count, dtype=np.int64),
        reason=reason,
        reasons=reasons,
    )


def read_covariance(table: Table) -> Float[np.ndarray, "track 5 5"] | None:
    """Read the covariances, where they are there and not NaN throughout.

    Raises: FormatError, when only some of the columns are there.
    """
    there = [name for name in COVARIANCES if name in table.columns.column_names]
    if there and len(there) < len(COVARIANCES):
        missing = next(name for name in COVARIANCES if name not in there)
        hint = "add the others, or leave them all out"
        raise FormatError(table.source, f"all {len(COVARIANCES)} columns of covariances", f"no {missing}", hint=hint)
    covariance = np.empty((len(table), 5, 5))
    for (row, column), name in zip(UPPER, there, strict=False):
        covariance[:, row, column] = covariance[:, column, row] = read_floats(table, name)
    return covariance if there and np.isfinite(covariance).any() else None


def read_truths(table: Table, name: str) -> Bool[np.ndarray, " n"]:
    """Read a column of yes and no.

    Raises: FormatError, naming the first row that is neither.
    """
    column = table.columns.column(name)
    try:
        truths = column.cast(pa.bool_())
    except pa.ArrowException:
        truths = None
    if truths is None or truths.null_count:
        expected = f"true or false in every row of column {name!r}"
        raise FormatError(table.source, expected, "other cells")
    return np.asarray(truths.to_numpy(), dtype=bool)


def read_reasons(table: Table) -> tuple[tuple[str, ...], Int[np.ndarray, " n"]]:
    """Read the reasons, numbered in the order in which they occur; number 0 is none."""
    if "reason" not in table.columns.column_names:
        return ("",), np.zeros(len(table), dtype=np.int64)
    text = pc.fill_null(table.columns.column("reason").cast(pa.string()), "")
    words = ["", *(word for word in pc.unique(text).to_pylist() if word)]
    number = pc.index_in(text, value_set=pa.array(words, pa.string()))
    return tuple(words), np.asarray(number.cast(pa.int64()).to_numpy())


def read_parameters(path: Path) -> tuple[FittedTracks, Apparatus | None]:
    """Read a file of track parameters, and the apparatus where the file, or one beside it, tells.

    Raises: FormatError, when it is not what it says it is.
    """
    table = read_columns(path, COLUMNS)
    values = find_apparatus(table.columns, path.parent, table.source)
    return make_parameters(table), settle_apparatus(values, {}, table.source) if values else None


def write_parameters(path: Path, fitted: FittedTracks, apparatus: Apparatus | None, *, force: bool = False) -> None:
    """Write a file of track parameters, whole or not at all."""
    write_together([(list_parameters(fitted), path)], apparatus, force=force)


def holds_parameters(path: Path) -> bool:
    """Tell whether a file holds track parameters, all or most, by the names of its columns.

    Raises: OSError, when it cannot be read.
    """
    try:
        return are_parameters(read_names(path))
    except FormatError:
        return False


def are_parameters(columns: Collection[str]) -> bool:
    """Tell track parameters by the names of their columns: most of the five, so that one that is missing can be named.

    >>> are_parameters(["event", "track", "d0", "z0", "theta", "q_over_p"]), are_parameters(["frame", "x", "y", "phi"])
    (True, False)
    """
    return len(set(NAMES) & set(columns)) > len(NAMES) // 2
