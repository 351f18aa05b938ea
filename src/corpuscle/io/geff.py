"""GEFF: detections as nodes and links as edges of a graph, in a zarr folder."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from jaxtyping import Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from corpuscle.data.links import Links
from corpuscle.data.tracks import join_tracks, read_links
from corpuscle.data.units import Scale
from corpuscle.io.aliases import AXES, find_column, recognise
from corpuscle.io.base import Format
from corpuscle.io.cells import TYPED, as_numbers, as_text, infer_type
from corpuscle.io.errors import FormatError, import_extra
from corpuscle.io.layout import exact_column, note_columns
from corpuscle.io.stored import read_stored, write_stored
from corpuscle.io.table import Table, mend_scale, read_frames, read_numbers, read_tracks

LENGTHS = {"nanometer": 1e-9, "micrometer": 1e-6, "millimeter": 1e-3, "centimeter": 1e-2, "meter": 1.0}
TRACKLET = "tracklet"
Props = dict[str, dict[str, Any]]


class Geff(Format):
    """The Graph Exchange File Format: every column a node property, every link an edge."""

    suffixes: ClassVar[tuple[str, ...]] = (".geff", ".zarr")

    def read(self, path: Path, chosen: Mapping[str, str]) -> Table:
        """Read the nodes as rows, and the edges as tracks where the nodes name none."""
        graph = read_graph(path)
        columns, left_out = read_nodes(graph["node_props"], path.name)
        metadata = graph["metadata"]
        own = metadata.extra.get("corpuscle")
        stored = read_stored(own, [*columns, "track"], path.name)
        if isinstance(own, dict) and isinstance(own.get("columns"), list):
            columns = {name: columns[name] for name in own["columns"] if name in columns}
            left_out = [name for name in left_out if name != TRACKLET]
        roles = stored.roles or find_axes(metadata.axes or [], columns)
        table = Table(columns=pa.table(columns), roles=roles, first_frame=stored.first_frame, source=path.name)
        if not stored.roles and find_column("track", list(columns), path.name) is None:
            table = add_tracks(table, graph, chosen)
        found = recognise(table.columns.column_names, chosen={**roles, **chosen}, source=path.name)
        return Table(
            columns=table.columns,
            roles=found.roles,
            scale=mend_scale(read_lengths(metadata.axes or []), stored.scale),
            first_frame=stored.first_frame,
            first_line=0,
            source=path.name,
            format="geff",
            notes=(*found.notes, *note_columns(left_out)),
        )

    def write(self, table: Table, path: Path) -> list[str]:
        """Write every column as a node property, and the links as edges."""
        core = import_extra("geff.core_io", "bio")
        spec = import_extra("geff_spec", "bio")
        frame = read_frames(table)
        links, probability = collect_links(table, frame)
        props, left_out = make_props(table)
        names = list(props)
        props[TRACKLET] = {"values": find_tracklets(links.pair, len(table)), "missing": None}
        metadata = spec.GeffMetadata(
            directed=True,
            axes=make_axes(table, spec),
            node_props_metadata={},
            edge_props_metadata={},
            track_node_props={"tracklet": TRACKLET},
            extra={"corpuscle": {**write_stored(table), "columns": names}},
        )
        edge_props = {} if probability is None else {"link_probability": {"values": probability, "missing": None}}
        ids = np.arange(len(table), dtype=np.uint64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # zarr warns of the way it stores text
            core.write_arrays(path, ids, props, links.pair.astype(np.uint64), edge_props, metadata)
        return note_columns(left_out)


def read_graph(path: Path) -> dict[str, Any]:
    """Read a whole graph into memory."""
    core = import_extra("geff.core_io", "bio")
    if not ((path / ".zgroup").is_file() or (path / "zarr.json").is_file()):
        raise FormatError(path.name, "a zarr folder with a GEFF graph", "no zarr group")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a graph of another version may still be read
            graph: dict[str, Any] = core.read_to_memory(path)
    except Exception as error:  # zarr and pydantic report a broken graph through many types
        reason = " ".join(str(error).split())[:160]
        raise FormatError(path.name, "a zarr folder with a GEFF graph", reason) from None
    return graph


def read_nodes(props: Props, source: str) -> tuple[dict[str, pa.Array], list[str]]:
    """Read the node properties that hold one value a node, and name the others."""
    columns: dict[str, pa.Array] = {}
    left_out = []
    for name in sorted(props):
        values, missing = props[name]["values"], props[name]["missing"]
        if values.ndim != 1 or values.dtype.kind not in "biufUTO" or name == TRACKLET:
            left_out.append(name)
            continue
        text = values.dtype.kind in "UTO"
        if values.dtype.kind == "U" and not is_unicode(values):
            raise FormatError(source, f"text in the property {name!r}", "no characters")
        cells = [str(value) for value in values] if text else values.astype(values.dtype.newbyteorder("="))
        columns[name] = pa.array(cells, pa.string() if text else None, mask=missing)
    return columns, left_out


def is_unicode(values: np.ndarray) -> bool:
    """Tell whether an array of fixed-width text holds characters only."""
    codes = np.ascontiguousarray(values).view(np.uint32)
    return bool(((codes < 0xD800) | ((codes > 0xDFFF) & (codes < 0x110000))).all())


def find_axes(axes: list[Any], columns: Mapping[str, pa.Array]) -> dict[str, str]:
    """Find the roles of the axes: the time axis is the frame, the spatial ones are z, y, x in this order."""
    time = [axis.name for axis in axes if axis.type == "time" and axis.name in columns]
    space = [axis.name for axis in axes if axis.type == "space" and axis.name in columns]
    roles = {"frame": time[0]} if len(time) == 1 else {}
    if 2 <= len(space) <= 3 and not set(space) <= set(AXES):
        roles |= dict(zip(("x", "y", "z"), reversed(space), strict=False))
    return roles


def read_lengths(axes: list[Any]) -> Scale:
    """Read what one unit of position and one frame stand for from the axes."""
    pixel = {axis_length(axis) for axis in axes if axis.type == "space"}
    return Scale(pixel_size=pixel.pop() if len(pixel) == 1 else None)


def axis_length(axis: Any) -> float | None:  # noqa: ANN401 - geff's own axis
    """Read the length of one unit along an axis [m]."""
    if axis.unit in LENGTHS:
        return LENGTHS[axis.unit]
    scaled = LENGTHS.get(axis.scaled_unit or "")
    return scaled * axis.scale if scaled is not None and axis.scale and axis.scale > 0 else None


def add_tracks(table: Table, graph: Mapping[str, Any], chosen: Mapping[str, str]) -> Table:
    """Add the tracks that a graph's edges make."""
    names = table.columns.column_names
    found = recognise(names, chosen={**table.roles, **{k: v for k, v in chosen.items() if v in names}})
    frames = read_frames(Table(columns=table.columns, roles=found.roles, source=table.source, first_line=0))
    ids, edges = graph["node_ids"], graph["edge_ids"]
    order = np.argsort(ids, kind="stable")
    place = np.minimum(np.searchsorted(ids[order], edges), max(len(ids) - 1, 0))
    if len(edges) and (not len(ids) or (ids[order][place] != edges).any()):
        raise FormatError(table.source, "edges between nodes of the graph", "one to another node")
    pair = order[place].astype(np.int64).reshape(-1, 2)
    try:
        tracks = join_tracks(Links(pair), frames)
    except ValueError as error:
        raise FormatError(table.source, "edges that are links", str(error)) from None
    columns = table.columns
    for name, values in {"track": tracks.label, "parent": tracks.parent, "merged_into": tracks.merged_into}.items():
        columns = columns if name in names else columns.append_column(name, pa.array(values))
    return Table(columns=columns, roles=table.roles, source=table.source)


def collect_links(table: Table, frame: Int[np.ndarray, " n"]) -> tuple[Links, np.ndarray | None]:
    """Collect the links that a table's tracks make, and their probabilities."""
    if "track" not in table.roles:
        return Links(np.empty((0, 2), dtype=np.int64)), None
    label, parent, merged_into = read_tracks(table)
    links = read_links(label, frame, parent, merged_into)
    if "link_probability" not in table.roles:
        return links, None
    column = table.column("link_probability")
    values, bad = as_numbers(column)
    if bad is not None:
        raise table.refuse(bad, "a number in column 'link_probability'", repr(column[bad].as_py()))
    own = label[links.pair[:, 0]] == label[links.pair[:, 1]]
    split = own if parent is None else own | (parent[links.pair[:, 1]] == label[links.pair[:, 0]])
    return links, np.where(split, values[links.pair[:, 1]], np.nan)


def find_tracklets(pair: Int[np.ndarray, "m 2"], count: int) -> Int[np.ndarray, " n"]:
    """Number the unbranched paths of a graph, a node alone being one."""
    later, earlier = np.bincount(pair[:, 0], minlength=count), np.bincount(pair[:, 1], minlength=count)
    plain = pair[(later[pair[:, 0]] == 1) & (earlier[pair[:, 1]] == 1)]
    graph = coo_array((np.ones(len(plain)), (plain[:, 0], plain[:, 1])), shape=(count, count))
    numbers = connected_components(graph, directed=False)[1] if count else np.empty(0)
    return np.array(numbers, dtype=np.int64)


def make_props(table: Table) -> tuple[Props, list[str]]:
    """Make a node property of every column whose name a folder can have."""
    props: Props = {}
    left_out = []
    for name in table.columns.column_names:
        if name in {"", ".", "..", TRACKLET} or name.startswith("__") or set(name) & set("/\\\0"):
            left_out.append(name)
            continue
        role = next((role for role in ("frame", *AXES) if table.roles.get(role) == name), None)
        column = exact_column(table, role) if role else table.columns.column(name)
        column = infer_type(column) if role or table.format not in TYPED else column
        props[name] = make_prop(column)
    return props, left_out


def make_prop(column: pa.ChunkedArray) -> dict[str, Any]:
    """Make values and a mask of the missing ones from a column."""
    kind = column.type
    missing = column.is_null().to_numpy() if column.null_count else None
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        values = column.fill_null(False if pa.types.is_boolean(kind) else 0).to_numpy()
    else:
        values = np.array(as_text(column).fill_null("").to_pylist(), dtype=np.str_)
        values = values.astype("<U1") if values.dtype.itemsize == 0 else values
    return {"values": values, "missing": missing}


def make_axes(table: Table, spec: Any) -> list[Any]:  # noqa: ANN401 - geff's own module
    """Make the axes: frame, then z, y, x."""
    axes = []
    if "frame" in table.roles:
        axes.append(spec.Axis(name=table.roles["frame"], type="time", unit="frame"))
    unit = next((name for name, size in LENGTHS.items() if size == table.scale.pixel_size), "pixel")
    size = table.scale.pixel_size
    scaled = {} if size is None or unit != "pixel" else {"scale": size / 1e-6, "scaled_unit": "micrometer"}
    for axis in reversed(AXES):
        if axis in table.roles:
            read_numbers(table, axis)
            axes.append(spec.Axis(name=table.roles[axis], type="space", unit=unit, **scaled))
    return axes
