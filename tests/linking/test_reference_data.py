"""What other programs and plain methods reach on reference data; skipped where the data are not there."""

import csv
import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.tracks import read_links
from corpuscle.linking.classical.cover import PathCover
from corpuscle.linking.classical.kalman import KalmanLinker
from corpuscle.linking.classical.lap import FrameAssignment
from corpuscle.linking.classical.nearest import NearestNeighbour

DATA = Path(__file__).parents[2].parent / "shared" / "data"
EARTH = 6371.0
"""Mean radius [km]."""
ORIGINS = {0: (84.0, 39.0), 1: (68.0, 50.0), 2: (86.0, 61.0)}
"""Corner of the field of view of each AnDi-2 experiment [pixel] (PROVENANCE.md)."""
ROUNDING = 0.0005
"""The figures of README.md have three digits."""

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the reference data are not here: {DATA}")

Pairs = set[tuple[int, int]]


def pairs(links: Links) -> Pairs:
    return {(earlier, later) for earlier, later in links.pair.tolist()}


def jaccard(found: Pairs, true: Pairs) -> float:
    return len(found & true) / len(found | true)


def read_rows(path: Path) -> list[dict[str, str]]:
    opened: Callable[..., object] = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", newline="") as file:  # type: ignore[attr-defined] # both open a text file
        return list(csv.DictReader(file))


def read_column(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return np.array([float(row[name]) for row in rows])


def read_whole(rows: list[dict[str, str]], name: str) -> np.ndarray:
    return read_column(rows, name).astype(np.int64)


@pytest.mark.parametrize("kind", ["gap_closing", "splitting"])
def test_lap_gives_the_links_of_trackmate(kind: str) -> None:
    stem = DATA / "trackmate-lap" / f"trackmate_tracks_with_{kind}"
    spots, edges = read_rows(Path(f"{stem}_spots.csv")), read_rows(Path(f"{stem}_edges.csv"))
    position = np.stack([read_column(spots, "position_x"), read_column(spots, "position_y")], axis=1)
    linker = FrameAssignment(gate=15.0, gap=1, splits=kind == "splitting")
    links = linker.link(Detections(read_whole(spots, "frame"), position))
    names = read_whole(spots, "id").tolist()
    ours = {(names[earlier], names[later]) for earlier, later in pairs(links)}
    ends = (read_whole(edges, f"spot_{end}_id").tolist() for end in ("source", "target"))
    assert ours == set(zip(*ends, strict=True))


@pytest.mark.parametrize("linker", [FrameAssignment(gate=5.0), PathCover(gate=5.0), NearestNeighbour(gate=5.0)])
def test_the_links_of_trackpy(linker: FrameAssignment | PathCover | NearestNeighbour) -> None:
    rows = read_rows(DATA / "trackpy-link-vectors" / "link_search5_memory0.csv")
    frame, particle = read_whole(rows, "frame"), read_whole(rows, "particle")
    position = np.stack([read_column(rows, "x"), read_column(rows, "y")], axis=1)
    assert pairs(linker.link(Detections(frame, position))) == pairs(read_links(particle, frame))


def read_fields(experiments: tuple[int, ...], every: int) -> tuple[Detections, Pairs]:
    """Read AnDi-2 fields, one laid over the other, of which every so many frames are kept; and the true links."""
    tables = []
    for experiment in experiments:
        rows = read_rows(DATA / "andi2-fov" / f"t2_trajs_exp_{experiment}_fov_0.csv")
        place = np.stack([read_column(rows, "x"), read_column(rows, "y")], axis=1) - ORIGINS[experiment]
        tables.append((read_whole(rows, "frame"), place, read_whole(rows, "traj_idx") + 1000 * experiment))
    frame, position, track = (np.concatenate(columns) for columns in zip(*tables, strict=True))
    kept = frame % every == 0
    frame = frame[kept] // every
    return Detections(frame, position[kept]), pairs(read_links(track[kept], frame))


@pytest.mark.parametrize(
    ("every", "gate", "plain"), [(1, 10.0, 0.979), (4, 20, 0.907), (8, 20, 0.837), (16, 20, 0.709)]
)
@pytest.mark.parametrize("method", [FrameAssignment, PathCover])
def test_one_field_is_linked_as_well_as_by_a_plain_assignment(
    method: type[FrameAssignment | PathCover], every: int, gate: float, plain: float
) -> None:
    detections, true = read_fields((0,), every)
    assert jaccard(pairs(method(gate=gate).link(detections)), true) >= plain - ROUNDING


# scipy's dense assignment with the same gate gives 0.9743, 0.8847, 0.7962, 0.6327 on these overlays; README.md says
# 0.976, 0.881, 0.796, 0.627 and leaves open how the fields were laid over one another to the pixel
@pytest.mark.parametrize(
    ("every", "gate", "plain"), [(1, 10.0, 0.974), (4, 20, 0.881), (8, 20, 0.796), (16, 20, 0.627)]
)
def test_three_fields_are_linked_as_well_as_by_a_plain_assignment(every: int, gate: float, plain: float) -> None:
    detections, true = read_fields((0, 1, 2), every)
    assert jaccard(pairs(FrameAssignment(gate=gate).link(detections)), true) >= plain - ROUNDING


def read_planes(every: int) -> tuple[Detections, Pairs]:
    """Read aircraft on a local plane [km], of which every so many stamps are kept; and the links between neighbours."""
    rows = read_rows(DATA / "opensky-planes" / "OpenSky_Plane_States.csv.gz")
    time, latitude, longitude = (read_column(rows, name) for name in ("time", "lat", "lon"))
    east = EARTH * np.cos(np.radians(latitude.mean())) * np.radians(longitude)
    position = np.stack([east, EARTH * np.radians(latitude)], axis=1)
    plane = np.unique([row["icao24"] for row in rows], return_inverse=True)[1]
    frame = np.round((time - time.min()) / 10).astype(np.int64)
    kept = frame % every == 0
    frame = frame[kept] // every
    true = {(a, b) for a, b in pairs(read_links(plane[kept], frame)) if frame[b] - frame[a] == 1}
    return Detections(frame, position[kept]), true


@pytest.mark.parametrize(
    ("every", "gate", "plain"), [(1, 20.0, 0.998), (6, 20.0, 0.903), (12, 20.0, 0.377), (12, 60.0, 0.575)]
)
def test_aircraft_are_linked_as_well_as_by_a_plain_assignment(every: int, gate: float, plain: float) -> None:
    detections, true = read_planes(every)
    assert jaccard(pairs(FrameAssignment(gate=gate).link(detections)), true) >= plain - ROUNDING


def test_aircraft_keep_their_velocity() -> None:
    """What a filter is for: at one stamp a minute aircraft fly farther than they are apart."""
    detections, true = read_planes(6)
    plain = jaccard(pairs(FrameAssignment(gate=20.0).link(detections)), true)
    followed = jaccard(pairs(KalmanLinker(gate=20.0, motion="velocity").link(detections)), true)
    assert plain < 0.91
    assert followed > 0.98
