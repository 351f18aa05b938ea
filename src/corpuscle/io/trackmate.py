"""TrackMate's XML: a whole session with spots, edges and tracks, or exported tracks only."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar
from xml.etree.ElementTree import Element

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int

from corpuscle.data.links import Links
from corpuscle.data.tracks import Tracks, join_tracks
from corpuscle.data.units import METRES, SECONDS, Scale
from corpuscle.io.aliases import recognise
from corpuscle.io.base import Format
from corpuscle.io.cells import as_labels, as_numbers
from corpuscle.io.errors import FormatError
from corpuscle.io.layout import recognise_flat
from corpuscle.io.markup import read_root, read_spots
from corpuscle.io.particles import read_particles
from corpuscle.io.table import Table, read_frames

LENGTHS = METRES | {
    "nanometer": 1e-9,
    "micrometer": 1e-6,
    "microns": 1e-6,
    "micrometre": 1e-6,
    "millimeter": 1e-3,
    "meter": 1.0,
}
TIMES = SECONDS | {"second": 1.0, "seconds": 1.0, "millisecond": 1e-3, "minute": 60.0, "hour": 3600.0}


class TrackMateXml(Format):
    """TrackMate's session file, or its exported tracks; read only."""

    suffixes: ClassVar[tuple[str, ...]] = (".xml",)
    writes: ClassVar[bool] = False

    def read(self, path: Path, chosen: Mapping[str, str]) -> Table:
        """Read every spot with its attributes, and the edges as tracks."""
        root = read_root(path)
        if root.tag == "Tracks":
            return read_exported(root, path.name, chosen)
        if root.tag != "TrackMate":
            expected = "an XML with TrackMate or Tracks at its root"
            raise FormatError(path.name, expected, root.tag, hint="say --from with its format")
        return read_session(root, path.name, chosen)


def read_exported(root: Element, source: str, chosen: Mapping[str, str]) -> Table:
    """Read tracks exported without spots: they hold no splits."""
    columns = read_particles(root.findall("particle"), source)
    scale = Scale(
        pixel_size=LENGTHS.get(root.get("spaceUnits", "").strip()),
        frame_interval=read_interval(root.get("frameInterval"), root.get("timeUnits")),
    )
    table = Table(columns=columns, roles={}, scale=scale, source=source, first_line=0, format="trackmate-xml")
    found = recognise_flat(table, chosen)
    return dataclasses.replace(table, roles=found.roles, notes=found.notes)


def read_session(root: Element, source: str, chosen: Mapping[str, str]) -> Table:
    """Read a whole session: all spots, visible or not."""
    spots = root.findall("Model/AllSpots/SpotsInFrame/Spot")
    columns = read_spots(spots)
    for name in ("ID", "FRAME", "POSITION_X", "POSITION_Y"):
        cells: list[str | None] = columns.setdefault(name, [None] * len(spots))
        if None in cells:
            raise FormatError(source, f"a spot with {name}", "none", where=f"spot {cells.index(None)}")
    spot_table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    found = recognise(spot_table.column_names, chosen=drop_own(chosen), source=source)
    table = Table(columns=spot_table, roles=found.roles, source=source, first_line=0, scale=read_scale(root))
    table = dataclasses.replace(table, columns=join_spots(table, root), format="trackmate-xml")
    found = recognise_flat(table, chosen)
    return dataclasses.replace(table, roles=found.roles, notes=found.notes)


def drop_own(chosen: Mapping[str, str]) -> dict[str, str]:
    """Leave out choices of columns that are made from the edges."""
    own = {"TRACK_ID", "visible", "track", "parent", "merged_into"}
    return {role: column for role, column in chosen.items() if column not in own}


def join_spots(table: Table, root: Element) -> pa.Table:
    """Add the columns that come from the edges: TrackMate's own track, and track, parent and merged_into."""
    edges = collect_edges(root, table.source)
    pair = find_rows(table, edges)
    label = np.full(len(table), -1)
    label[pair.ravel()] = np.repeat(edges.track, 2)
    frame = read_frames(table)
    tracks = join_edges(pair, frame, edges.cost, table.source)
    shown = [track.get("TRACK_ID") for track in root.findall("Model/FilteredTracks/TrackID")]
    visible = pa.array(np.isin(label.astype(str), [track for track in shown if track is not None]))
    blank = pa.array(label, mask=label < 0)
    new = {"TRACK_ID": blank, "visible": visible, "track": tracks.label}
    new |= {"parent": tracks.parent, "merged_into": tracks.merged_into}
    kept = table.columns.drop_columns([name for name in new if name in table.columns.column_names])
    for name, values in new.items():
        kept = kept.append_column(name, pa.array(values))
    return kept


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """The links of a session, as the file lists them."""

    source: list[str]
    target: list[str]
    cost: Float[np.ndarray, " m"]
    track: Int[np.ndarray, " m"]


def collect_edges(root: Element, source: str) -> Edges:
    """Collect the edges of all tracks."""
    found: list[tuple[str, str, str]] = []
    tracks: list[str] = []
    for track in root.findall("Model/AllTracks/Track"):
        for edge in track.findall("Edge"):
            ends = edge.get("SPOT_SOURCE_ID"), edge.get("SPOT_TARGET_ID")
            if ends[0] is None or ends[1] is None:
                where = f"edge {len(found)}"
                raise FormatError(source, "SPOT_SOURCE_ID and SPOT_TARGET_ID", "none", where=where)
            found.append((ends[0], ends[1], edge.get("LINK_COST", "nan")))
            tracks.append(track.get("TRACK_ID", ""))
    cost, bad = as_numbers(text_column([edge[2] for edge in found]))
    if bad is not None:
        raise FormatError(source, "a number for LINK_COST", repr(found[bad][2]), where=f"edge {bad}")
    label = as_labels([text_column(tracks)])[0]
    return Edges([edge[0] for edge in found], [edge[1] for edge in found], cost, label)


def text_column(cells: list[str]) -> pa.ChunkedArray:
    """Make a column of text."""
    return pa.chunked_array([pa.array(cells, pa.string())])


def find_rows(table: Table, edges: Edges) -> Int[np.ndarray, "m 2"]:
    """Find the rows of the spots that edges name."""
    names = table.columns.column("ID").combine_chunks()
    if pc.count_distinct(names).as_py() != len(table):
        raise FormatError(table.source, "every spot ID once", "one twice")
    ends = [pc.index_in(pa.array(cells, pa.string()), value_set=names) for cells in (edges.source, edges.target)]
    for cells, found in zip((edges.source, edges.target), ends, strict=True):
        if found.null_count:
            index = pc.index(found.is_null(), pa.scalar(value=True)).as_py()
            expected, where = "an edge between known spots", f"edge {index}"
            raise FormatError(table.source, expected, f"spot {cells[index]}", where=where)
    pair = np.stack([found.to_numpy(zero_copy_only=False) for found in ends], axis=1)
    return np.array(pair, dtype=np.int64)


def join_edges(
    pair: Int[np.ndarray, "m 2"], frame: Int[np.ndarray, " n"], cost: Float[np.ndarray, " m"], source: str
) -> Tracks:
    """Read edges as tracks; at a split or a merge the cheapest edge continues the track."""
    forward = np.where((frame[pair[:, 0]] <= frame[pair[:, 1]])[:, None], pair, pair[:, ::-1])
    same = frame[forward[:, 0]] == frame[forward[:, 1]]
    if same.any():
        raise FormatError(source, "an edge between two frames", "one in a frame", where=f"edge {int(np.argmax(same))}")
    return join_tracks(Links(forward[np.argsort(cost, kind="stable")]), frame)


def read_scale(root: Element) -> Scale:
    """Read the units of a session; its positions are in its spatial unit already."""
    model, image = root.find("Model"), root.find("Settings/ImageData")
    if model is None:
        return Scale()
    interval = None if image is None else read_interval(image.get("timeinterval"), model.get("timeunits"))
    return Scale(pixel_size=LENGTHS.get(model.get("spatialunits", "").strip()), frame_interval=interval)


def read_interval(number: str | None, unit: str | None) -> float | None:
    """Read the time of one frame [s], where number and unit are known."""
    try:
        interval = float(number or "nan") * TIMES[(unit or "").strip()]
    except (KeyError, ValueError):
        return None
    return interval if 0 < interval < float("inf") else None
