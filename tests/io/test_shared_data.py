"""Files of other programs, as they are: read whole, and given back."""

from pathlib import Path

import numpy as np
import pytest

from corpuscle.data.links import Links
from corpuscle.data.tracks import read_links
from corpuscle.io.cells import as_text
from corpuscle.io.files import read_file, write_file
from corpuscle.io.table import Table, read_detections, read_frames, read_tracks, read_truth

DATA = Path(__file__).parents[2].parent / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="needs ../shared/data, which a user's clone has not")

PLANES = {"x": "lon", "y": "lat", "frame": "time"}
FILES: dict[str, tuple[dict[str, str], int]] = {
    "trackmate-lap/FakeTracks.xml": ({}, 107),
    "trackmate-lap/trackmate_tracks_with_gap_closing.xml": ({}, 134),
    "trackmate-lap/trackmate_tracks_with_splitting.xml": ({}, 134),
    "trackmate-lap/trackmate_tracks_with_gap_closing_spots.csv": ({}, 134),
    "trackmate-lap/trackmate_tracks_with_splitting_spots.csv": ({}, 134),
    "isbi-metric-vectors/sample_reference.xml": ({}, 23),
    "isbi-metric-vectors/sample_candidate_gap.xml": ({}, 21),
    "andi2-fov/t2_trajs_exp_0_fov_0.csv": ({}, 2364),
    "trackpy-link-vectors/link_search5_memory0.csv": ({}, 100),
    "saspt-u2os/region_0_7ms_trajs.csv.gz": ({}, 3907),
    "opensky-planes/OpenSky_Plane_States.csv.gz": (PLANES, 6052),
}


def read(name: str) -> Table:
    return read_file(DATA / name, chosen=FILES[name][0])


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_read_and_comes_back(name: str, tmp_path: Path) -> None:
    table = read(name)
    assert len(read_detections(table)) == FILES[name][1]
    kind = "csv" if name.endswith("gz") else Path(name).suffix[1:]
    path = tmp_path / f"again.{'csv' if 'trackmate' in name else kind}"
    assert write_file(table, path) == []
    back = read_file(path, chosen=FILES[name][0])
    assert back.columns.column_names == table.columns.column_names
    for first, second in zip(table.columns.columns, back.columns.columns, strict=True):
        assert as_text(first).fill_null("").to_pylist() == second.cast("string").to_pylist()


@pytest.mark.parametrize("name", ["gap_closing", "splitting"])
def test_trackmate_sessions_hold_the_links_of_their_edges(name: str) -> None:
    path = DATA / "trackmate-lap" / f"trackmate_tracks_with_{name}.xml"
    table = read_file(path)
    ids = np.array(table.columns.column("ID").cast("int64"))
    label, parent, merged_into = read_tracks(table)
    links: Links = read_links(label, read_frames(table), parent, merged_into)
    found = {frozenset(pair) for pair in ids[links.pair].tolist()}
    assert found == read_links_csv(path.with_name(f"{path.stem}_edges.csv"))


def read_links_csv(path: Path) -> set[frozenset[int]]:
    rows = np.loadtxt(path, delimiter=",", skiprows=1, usecols=(1, 2), dtype=np.int64)
    return {frozenset(pair) for pair in rows.tolist()}


def test_only_filtered_tracks_are_visible() -> None:
    table = read("trackmate-lap/FakeTracks.xml")
    columns = table.columns.select(["TRACK_ID", "visible"]).to_pylist()
    shown = {row["TRACK_ID"] for row in columns if row["visible"]}
    assert shown == {0, 4}
    assert (table.scale.pixel_size, table.scale.frame_interval) == (1e-6, 1.0)


def test_float_names_of_particles_are_read_as_numbers() -> None:
    truth = read_truth(read("andi2-fov/t2_trajs_exp_0_fov_0.csv"))
    assert sorted(set(truth.track.tolist())) == list(range(19))
    assert truth.frame.max() == 199


def test_the_precision_of_single_molecules_is_read() -> None:
    found = read_detections(read("saspt-u2os/region_0_7ms_trajs.csv.gz"))
    assert found.deviation is not None
    assert found.deviation[0].tolist() == [0.1981800193746693, 0.19822763220887327]
    assert found.frame.max() == 29984


def test_isbi_gaps_stay_gaps() -> None:
    table = read("isbi-metric-vectors/sample_candidate_gap.xml")
    assert table.extras["attributes"] == {"SNR": "7", "density": "low", "scenario": "VESICLE"}
    assert read_frames(table)[:4].tolist() == [0, 1, 2, 5]
