"""ACTS: one event in CSV files of simulated hits, measurements or space points, and particles."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Int

from corpuscle.data.settings import setting
from corpuscle.io.collider.assemble import Makers, Seen, assemble
from corpuscle.io.collider.barcode import read_barcodes
from corpuscle.io.collider.barrel import Barrel
from corpuscle.io.collider.base import Collider
from corpuscle.io.collider.bundle import EventFiles, find_events
from corpuscle.io.collider.columns import Columns, read_columns, stack
from corpuscle.io.errors import FormatError
from corpuscle.io.recorded import Recorded

MAP = "measurement-simhit-map"
GLOBAL = ("global_x", "global_y", "global_z")
POINTS = {
    "measurement_id": ("measurement_id_1", "measurement_id"),
    "geometry_id": ("geometry_id_1", "geometry_id"),
    "x": ("x", "sp_x"),
    "y": ("y", "sp_y"),
    "z": ("z", "sp_z"),
}
"""What columns of space points are called: today, and before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Acts(Collider):
    """The CSV files of ACTS's examples, particles named by one packed number or by five.

    Source: ACTS, Examples/Io/Csv/src/CsvOutputData.hpp (commit 6fd7277).
    """

    known: ClassVar[str] = "acts"

    points: Literal["measurements", "spacepoint"] = setting(
        "measurements", "which file gives measured positions: measurements (their global_x) or space points"
    )
    generated: Literal["particles", "particles_simulated"] = setting("particles", "which file gives the particles")

    def list_parts(self) -> list[str]:
        """List the files that an event must have."""
        measured = [self.points] if self.points == "spacepoint" else [self.points, MAP, "hits"]
        return [*(["hits"] if self.positions == "true" else measured), self.generated]

    def list_events(self, path: Path) -> list[int]:
        """List the numbers of the events."""
        return [files.number for files in find_events(path, self.list_parts())]

    def stream(self, path: Path, barrel: Barrel, first: int = 0) -> Iterator[Recorded]:
        """Read one event after another."""
        for files in find_events(path, self.list_parts())[first:]:
            yield self.read(files, barrel)

    def read(self, files: EventFiles, barrel: Barrel) -> Recorded:
        """Read one event."""
        makers = read_makers(files, self.generated)
        if self.positions == "true":
            seen = self.see(files, barrel)
        elif self.points == "measurements":
            seen = join(files, barrel, read_measurements(files))
        else:
            seen = self.see_points(files, barrel, makers)
        barrel.check(seen.position, seen.layer, str(files[self.list_parts()[0]]))
        source = str(files[self.generated])
        return assemble(files.number, seen, makers, field=barrel.apparatus.field, source=source)

    def see(self, files: EventFiles, barrel: Barrel) -> Seen:
        """Take every simulated hit where it truly was."""
        hits = read_hits(files)
        every = np.arange(len(hits["tx"]))
        return choose_hits(hits, every, barrel, stack(hits, "tx", "ty", "tz"))

    def see_points(self, files: EventFiles, barrel: Barrel, makers: Makers) -> Seen:
        """Take space points; an event of one particle needs nothing to say whose they are."""
        points = read_points(files)
        if MAP in files and "hits" in files:
            return join(files, barrel, points)
        if len(makers.number) != 1:
            expected = f"files of hits and of {MAP}, which say whose the space points are"
            found = f"none, and {len(makers.number)} particles"
            raise FormatError(str(files["spacepoint"]), expected, found)
        count = len(points["x"])
        return Seen(
            position=stack(points, "x", "y", "z"),
            layer=number_layers(points.get("geometry_id", np.zeros(count, np.uint64)), barrel),
            maker=np.repeat(makers.number, count),
        )


def read_makers(files: EventFiles, part: str) -> Makers:
    """Read the particles."""
    names = ("vx", "vy", "vz", "px", "py", "pz", "q")
    number, found = read_barcodes(files[part], numbers=names, whole=("particle_type",))
    return Makers(
        number=number,
        kind=found["particle_type"],
        charge=found["q"],
        vertex=stack(found, "vx", "vy", "vz"),
        momentum=stack(found, "px", "py", "pz"),
    )


def read_hits(files: EventFiles) -> Columns:
    """Read the simulated hits."""
    names = ("tx", "ty", "tz", "tt", "tpx", "tpy", "tpz")
    number, found = read_barcodes(files["hits"], numbers=names, wide=("geometry_id",))
    return found | {"particle_id": number}


def read_measurements(files: EventFiles) -> Columns:
    """Read the measurements with their global positions, which older files lack."""
    member = files["measurements"]
    found = read_columns(member, numbers=GLOBAL, whole=("measurement_id",), optional=GLOBAL)
    if len(found) < 4:
        hint = "say --set points=spacepoint, or --set positions=true"
        raise FormatError(str(member), f"the columns {', '.join(GLOBAL)}", "an older layout without", line=1, hint=hint)
    return {"measurement_id": found["measurement_id"], **{axis: found[f"global_{axis}"] for axis in "xyz"}}


def read_points(files: EventFiles) -> Columns:
    """Read the space points, under any of the names that they have had."""
    member = files["spacepoint"]
    every = {name: names for names in POINTS.values() for name in names}
    whole = tuple(name for name in every if name.startswith("measurement"))
    wide = tuple(name for name in every if name.startswith("geometry"))
    numbers = tuple(name for name in every if name not in {*whole, *wide})
    found = read_columns(member, numbers=numbers, whole=whole, wide=wide, optional=tuple(every))
    named = {plain: next((name for name in names if name in found), "") for plain, names in POINTS.items()}
    missing = [" or ".join(POINTS[plain]) for plain, name in named.items() if not name and plain != "geometry_id"]
    if missing:
        raise FormatError(str(member), f"the column {missing[0]}", f"{', '.join(found) or 'none of them'}", line=1)
    return {plain: found[name] for plain, name in named.items() if name}


def join(files: EventFiles, barrel: Barrel, points: Columns) -> Seen:
    """Join measured positions with the simulated hits behind them; one of two particles stands in the tracks of both.

    A measurement of no simulated hit is noise.
    """
    pairs = read_columns(files[MAP], whole=("measurement_id", "hit_id"))
    hits = read_hits(files)
    if len(pairs["hit_id"]) and pairs["hit_id"].max() >= len(hits["tx"]):
        row = int(np.argmax(pairs["hit_id"]))
        expected = f"a hit_id below {len(hits['tx'])}, the number of hits"
        raise FormatError(str(files[MAP]), expected, str(pairs["hit_id"][row]), line=row + 2)
    order = np.argsort(pairs["measurement_id"], kind="stable")
    begin = np.searchsorted(pairs["measurement_id"][order], points["measurement_id"], side="left")
    count = np.searchsorted(pairs["measurement_id"][order], points["measurement_id"], side="right") - begin
    times = np.maximum(count, 1)
    point = np.repeat(np.arange(len(times)), times)
    nth = np.arange(len(point)) - np.repeat(np.cumsum(times) - times, times)
    known = count[point] > 0
    place = np.minimum(begin[point] + nth, max(len(order) - 1, 0))
    hit = np.where(known, pairs["hit_id"][order][place], -1) if len(order) else np.full(len(point), -1)
    return choose_hits(hits, hit, barrel, stack(points, "x", "y", "z")[point])


def choose_hits(hits: Columns, rows: Int[np.ndarray, " hit"], barrel: Barrel, position: np.ndarray) -> Seen:
    """Take some simulated hits at given positions; row -1 is none: noise, on no cylinder."""
    known = rows >= 0
    if not len(hits["tx"]):
        none = np.zeros(len(rows), np.int64)
        return Seen(position=position, layer=none - 1, maker=none)
    return Seen(
        position=position,
        layer=np.where(known, number_layers(hits["geometry_id"][rows], barrel), -1),
        maker=np.where(known, hits["particle_id"][rows], 0),
        crossing=stack(hits, "tx", "ty", "tz")[rows],
        momentum=stack(hits, "tpx", "tpy", "tpz")[rows],
        order=hits["tt"][rows],
    )


def number_layers(geometry: np.ndarray, barrel: Barrel) -> Int[np.ndarray, " hit"]:
    """Give the cylinder of a surface: its identifier has the volume in bits 56 to 63 and the layer in 36 to 47."""
    bits = geometry.astype(np.uint64)
    volume = (bits >> np.uint64(56)).astype(np.int64)
    layer = ((bits >> np.uint64(36)) & np.uint64(0xFFF)).astype(np.int64)
    return barrel.number(volume, layer)
