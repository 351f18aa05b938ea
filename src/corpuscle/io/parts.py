"""Files of hits read a part at a time, whole tracks in each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from corpuscle.data.apparatus import Apparatus, write_apparatus
from corpuscle.data.event import NOISE, Events, TrackHits
from corpuscle.io.checksums import CARD
from corpuscle.io.collisions import HITS, make_events, read_hits
from corpuscle.io.errors import FormatError
from corpuscle.io.geometry import find_apparatus, settle_apparatus
from corpuscle.io.shards import open_shards
from corpuscle.io.table import Table
from corpuscle.io.tabular import find_delimiter

SHARE = 100_000
"""Tracks of shards in one part."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Part:
    """Some of the tracks of a file.

    Args:
        tracks: the hits of these tracks.
        events: how many events they are of, those of earlier parts left out.
        noise: how many hits of these events belong to no track.
    """

    tracks: TrackHits
    events: int
    noise: int = 0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Parts:
    """The tracks of a file in parts.

    Args:
        apparatus: the field and the cylinders.
        count: how many parts there are.
        parts: the parts, once.
    """

    apparatus: Apparatus
    count: int
    parts: Iterator[Part]


def open_tracks(path: Path, overrides: Mapping[str, object]) -> Parts:
    """Open a file of hits: shards, and a Parquet file whose row groups come in the order of events, in parts.

    Args:
        path: the file, or the folder of shards.
        overrides: what holds of the apparatus in place of what the file says.

    Raises: FormatError, when it is not what it says it is, or nothing says what the apparatus was.
    """
    path = Path(path)
    if (path / CARD).is_file():
        return open_folder(path, overrides)
    file = open_ordered(path)
    if file is None:
        events, apparatus = read_hits(path, overrides)
        return Parts(apparatus=apparatus, count=1, parts=iter([take_tracks(events)]))
    values = find_apparatus(file.schema_arrow.empty_table(), path.parent, path.name)
    apparatus = settle_apparatus(values, overrides, path.name)
    parts = (take_tracks(make_events(table, apparatus)) for table in read_groups(file, path.name))
    return Parts(apparatus=apparatus, count=file.num_row_groups, parts=parts)


def take_tracks(events: Events) -> Part:
    """Take the tracks of events."""
    noise = int((events.track == NOISE).sum())
    return Part(tracks=events.collect_tracks(), events=len(events.number), noise=noise)


def open_folder(path: Path, overrides: Mapping[str, object]) -> Parts:
    """Open shards, which hold no noise."""
    shards = open_shards(path)
    begins = range(0, max(len(shards), 1), SHARE)
    rows = (np.arange(begin, min(begin + SHARE, len(shards))) for begin in begins)
    new = np.zeros(len(shards), dtype=bool)
    new[np.unique(shards.event, return_index=True)[1]] = True
    parts = (Part(tracks=shards.choose(some), events=int(new[some].sum())) for some in rows)
    apparatus = settle_apparatus(write_apparatus(shards.apparatus), overrides, path.name)
    return Parts(apparatus=apparatus, count=len(begins), parts=parts)


def open_ordered(path: Path) -> pq.ParquetFile | None:
    """Open a Parquet file of several row groups in the order of their events; None where it is none."""
    if not path.is_file() or find_delimiter(path):
        return None
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        return None  # reading it whole says what is wrong
    names = file.schema_arrow.names
    if not set(HITS) <= set(names) or len(set(names)) < len(names) or file.num_row_groups < 2:
        return None
    place = names.index("event")
    told = [file.metadata.row_group(k).column(place).statistics for k in range(file.num_row_groups)]
    if any(one is None or not one.has_min_max for one in told):
        return None
    ordered = all(before.max <= after.min for before, after in pairwise(told))
    return file if ordered else None


def read_groups(file: pq.ParquetFile, source: str) -> Iterator[Table]:
    """Read one row group after another, each without the last event, which goes before the next."""
    held, first_row = file.schema_arrow.empty_table().select(HITS), 0
    for number in range(file.num_row_groups):
        columns = pa.concat_tables([held, read_group(file, number, source)])
        last = pc.fill_null(pc.equal(columns["event"], pc.max(columns["event"])), False)
        if number == file.num_row_groups - 1:
            last = pc.and_(last, False)
        held, kept = columns.filter(last), columns.filter(pc.invert(last))
        yield Table(columns=kept, roles={}, first_line=0, first_row=first_row, source=source, format="python")
        first_row += len(kept)


def read_group(file: pq.ParquetFile, number: int, source: str) -> pa.Table:
    """Read one row group.

    Raises: FormatError, when it is damaged.
    """
    try:
        return file.read_row_group(number, columns=list(HITS)).select(HITS)
    except (pa.ArrowException, OSError) as error:
        reason = " ".join(str(error).split())[:120]
        raise FormatError(source, f"a whole Parquet file, its row group {number} too", reason) from None
