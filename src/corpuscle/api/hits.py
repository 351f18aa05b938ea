"""Score hits that were put into tracks, as the TrackML challenges do: a submission against the truth."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Int

from corpuscle.api.tables import as_arrow
from corpuscle.io.errors import FormatError
from corpuscle.io.exact import read_floats, read_ids, require_columns
from corpuscle.io.files import read_head
from corpuscle.io.table import Table
from corpuscle.io.tabular import read_columns
from corpuscle.io.text import BOM
from corpuscle.metrics.trackml import score_hits

if TYPE_CHECKING:
    import narwhals as nw

SUBMISSION = ("hit_id", "track_id")
TRUTH = ("hit_id", "particle_id", "weight")
EVENT = "event_id"


def is_submission(names: Collection[str], truth: Collection[str]) -> bool:
    """Tell whether two tables are a submission of TrackML and its truth.

    >>> is_submission(["event_id", "hit_id", "track_id"], ["hit_id", "particle_id", "tx", "weight"])
    True
    """
    return set(SUBMISSION) <= set(names) and set(TRUTH) <= set(truth)


def score_submission(result: Table, truth: Table) -> dict[str, float | int]:
    """Score a submission: every hit of the truth in one track.

    Of several events (`event_id` in both tables) the score is the mean of theirs.

    Returns:
        `trackml_score, tracks, good_tracks, hits, events`.

    Raises: FormatError, when a hit is missing or stands twice, or events do not fit.
    """
    require_columns(result, SUBMISSION, "hits in tracks", {})
    require_columns(truth, TRUTH, "true hits", {})
    event, true_event = read_events(result), read_events(truth)
    if EVENT not in truth.columns.column_names and len(np.unique(event)) == 1:
        true_event = np.full(len(true_event), event[0])
    hit, true_hit = read_ids(result, "hit_id", least=0), read_ids(truth, "hit_id", least=0)
    row = pair_rows(result, truth, (event, hit), (true_event, true_hit))
    track, weight = read_ids(result, "track_id", least=-(2**63))[row], read_floats(truth, "weight")
    particle = read_ids(truth, "particle_id", least=0)
    found = []
    for one in np.unique(true_event):
        here = true_event == one
        try:
            found.append(score_hits(track[here], particle[here], weight[here]))
        except ValueError as error:
            raise FormatError(truth.source, "weights above 0", str(error), where=f"event {one}") from None
    return {
        "trackml_score": float(np.mean([score.score for score in found])),
        "tracks": sum(score.tracks for score in found),
        "good_tracks": sum(score.good_tracks for score in found),
        "hits": len(true_hit),
        "events": len(found),
    }


def take_hits(frame: "nw.DataFrame[Any]", names: Sequence[str]) -> Table:
    """Take the columns of a data frame that a submission or its truth needs."""
    wanted = [name for name in (EVENT, *names) if name in frame.columns]
    return Table(columns=pa.table({name: as_arrow(frame[name]) for name in wanted}), roles={}, first_line=0)


def read_submission(result: Path, truth: Path) -> tuple[Table, Table] | None:
    """Read two files where they are a submission of TrackML and its truth; none where they are anything else."""
    if not is_submission(read_names(result), read_names(truth)):
        return None
    names = read_names(result), read_names(truth)
    return tuple(  # type: ignore[return-value] # two of them
        read_columns(path, [name for name in (EVENT, *wanted) if name in there])
        for path, wanted, there in zip((result, truth), (SUBMISSION, TRUTH), names, strict=True)
    )


def read_names(path: Path) -> list[str]:
    """Read the names of the columns of a file, none where it is of another kind."""
    ending = "".join(path.suffixes[-2:]).lower()
    if ending.endswith(".parquet") and path.is_file():
        try:
            return [str(name) for name in pq.read_schema(path).names]
        except (pa.ArrowException, OSError):
            return []
    if not ending.endswith((".csv", ".csv.gz")):
        return []
    line = read_head(path).removeprefix(BOM).split(b"\n", 1)[0].decode("utf-8", "replace")
    return [name.strip().strip('"') for name in line.split(",")]


def read_events(table: Table) -> Int[np.ndarray, " row"]:
    """Give the event of each row; 0 where the table does not say."""
    if EVENT in table.columns.column_names:
        return read_ids(table, EVENT, least=0)
    return np.zeros(len(table), dtype=np.int64)


Key = tuple[np.ndarray, np.ndarray]  # the event and the hit of each row


def pair_rows(result: Table, truth: Table, ours: Key, theirs: Key) -> Int[np.ndarray, " row"]:
    """Give the row of the result that has each hit of the truth.

    Raises: FormatError, when one has a hit twice, or the result lacks one or has one too many.
    """
    orders = [np.lexsort((hit, event)) for event, hit in (ours, theirs)]
    for table, (event, hit), order in ((result, ours, orders[0]), (truth, theirs, orders[1])):
        twice = (np.diff(event[order]) == 0) & (np.diff(hit[order]) == 0)
        if twice.any():
            row = int(order[1:][int(np.argmax(twice))])
            raise table.refuse(row, "every hit once", f"hit {hit[row]} of event {event[row]} again")
    if len(orders[0]) != len(orders[1]):
        hint = "a submission puts every hit of the event into a track, noise too"
        expected = f"as many hits as the truth has, {len(orders[1])}"
        raise FormatError(result.source, expected, f"{len(orders[0])}", hint=hint)
    same = (ours[0][orders[0]] == theirs[0][orders[1]]) & (ours[1][orders[0]] == theirs[1][orders[1]])
    if not same.all():
        row = int(orders[0][int(np.argmin(same))])
        expected = "the hits of the truth"
        raise result.refuse(row, expected, f"hit {ours[1][row]} of event {ours[0][row]}, which it has not")
    found_row = np.empty(len(orders[1]), dtype=np.int64)
    found_row[orders[1]] = orders[0]
    return found_row
