"""Each format in the particular: its own names, units and frames."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from corpuscle.data.tracks import read_links
from corpuscle.data.units import Scale
from corpuscle.io.cells import as_numbers
from corpuscle.io.errors import FormatError, import_extra
from corpuscle.io.files import FORMATS, find_format, open_format, read_file, write_file
from corpuscle.io.table import Table, from_columns, read_detections, read_frames, read_tracks, with_columns
from corpuscle.io.text import write_text

ISBI = '<root><TrackContestISBI2012 SNR="7"><particle>{}</particle></TrackContestISBI2012></root>'
LAUGHS = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><root><TrackContestISBI2012>&c;</TrackContestISBI2012></root>"""
FETCH = """<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/hostname">]><TrackMate><Model>&x;</Model></TrackMate>"""
GUI = """LABEL,ID,TRACK_ID,POSITION_X,POSITION_Y,POSITION_Z,POSITION_T,FRAME,NOTE
Label,Spot ID,Track ID,X,Y,Z,T,Frame,Note
Label,Spot ID,Track ID,X,Y,Z,T,Frame,Note
,,,(micron),(micron),(micron),(sec),,
ID1,1,0,1.50,2.5,0,0.0,0,"a, b"
ID2,2,None,9.50,2.5,0,0.0,0,
ID3,3,0,1.60,2.5,0,0.5,1,ø
"""


def save(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def tracks(**more: object) -> Table:
    columns = {"frame": [0, 1, 1, 2], "x": [1.0, 2.0, 9.0, 3.0], "y": [4.0, 5.0, 6.0, 7.0], "track": [5, 5, -1, 5]}
    return from_columns(pa.table(columns | more), scale=Scale(pixel_size=1.6e-7, frame_interval=0.05))


@pytest.mark.parametrize("text", [LAUGHS, FETCH])
@pytest.mark.parametrize("name", ["isbi", "trackmate-xml"])
def test_xml_that_declares_entities_is_refused(text: str, name: str, tmp_path: Path) -> None:
    path = save(tmp_path, "tracks.xml", text)
    with pytest.raises(FormatError, match=r"tracks.xml: expected XML that declares no entities.*document type"):
        read_file(path, format=name)


@pytest.mark.parametrize(
    ("detections", "message"),
    [
        ('<detection t="0" x="1"/>', r"particle 0, detection 0: expected an attribute y, found none"),
        ('<detection t="0.5" x="1" y="1"/>', r"expected a whole number from 0 for t, found '0.5'"),
        ('<detection t="-1" x="1" y="1"/>', r"expected a whole number from 0 for t, found '-1'"),
        ('<detection t="0" x="nan" y="1"/>', r"expected a finite number for x, found 'nan'"),
        ('<detection t="3" x="1" y="1"/>' * 2, r"particle 0, detection 1: .* found t=3 here and in detection 0"),
    ],
)
def test_isbi_names_particle_and_detection(detections: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=message):
        read_file(save(tmp_path, "tracks.xml", ISBI.format(detections)))


def test_isbi_keeps_attributes_and_cells(tmp_path: Path) -> None:
    path = save(tmp_path, "a.xml", ISBI.format('<detection t="2" x="1.50" y="2.0" z="0.0"/>'))
    table = read_file(path)
    assert table.notes == ("'z' is zero everywhere: read as 2-D",)
    assert write_file(table, tmp_path / "b.xml") == []
    assert '<TrackContestISBI2012 SNR="7">' in (tmp_path / "b.xml").read_text(encoding="utf-8")
    assert '<detection t="2" x="1.50" y="2.0" z="0.0"/>' in (tmp_path / "b.xml").read_text(encoding="utf-8")


def test_isbi_says_what_it_leaves_out(tmp_path: Path) -> None:
    notes = write_file(tracks(mass=[1, 2, 3, 4]), tmp_path / "a.xml")
    assert notes == ["1 rows in no track left out", "columns left out: mass"]


@pytest.mark.parametrize("text", ["<html><body/></html>", "<root><trackfile/></root>", "no xml at all", ""])
def test_another_xml_is_refused(text: str, tmp_path: Path) -> None:
    path = save(tmp_path, "tracks.xml", text)
    with pytest.raises(FormatError, match=r"expected an XML with TrackContestISBI2012, TrackMate or Tracks.*--from"):
        read_file(path)
    for name in ("isbi", "trackmate-xml"):
        with pytest.raises(FormatError, match=r"expected (an XML with|whole XML)"):
            read_file(path, format=name)


def test_a_cut_xml_names_its_line(tmp_path: Path) -> None:
    path = save(tmp_path, "tracks.xml", "<root>\n<TrackContestISBI2012>\n<particle>\n")
    with pytest.raises(FormatError, match=r"tracks.xml, line 4: expected whole XML.*may be cut here"):
        read_file(path)


def test_exported_tracks_of_trackmate_are_read(tmp_path: Path) -> None:
    text = """<Tracks nTracks="1" spaceUnits="micron" frameInterval="0.5" timeUnits="sec"><particle nSpots="2">
    <detection t="0" x="1" y="2" z="3"/><detection t="2" x="1" y="2" z="4"/></particle></Tracks>"""
    table = read_file(save(tmp_path, "tracks.xml", text))
    assert (table.scale.pixel_size, table.scale.frame_interval) == (1e-6, 0.5)
    assert read_detections(table).position.shape == (2, 3)
    assert read_tracks(table)[0].tolist() == [0, 0]


def test_trackmate_refuses_edges_to_nowhere(tmp_path: Path) -> None:
    text = """<TrackMate><Model><AllSpots><SpotsInFrame><Spot ID="1" FRAME="0" POSITION_X="1" POSITION_Y="2"/>
    </SpotsInFrame></AllSpots><AllTracks><Track TRACK_ID="0"><Edge SPOT_SOURCE_ID="1" SPOT_TARGET_ID="4"/></Track>
    </AllTracks></Model></TrackMate>"""
    with pytest.raises(FormatError, match=r"edge 0: expected an edge between known spots, found spot 4"):
        read_file(save(tmp_path, "session.xml", text))


def test_trackmate_csv_keeps_its_header_rows(tmp_path: Path) -> None:
    path = save(tmp_path, "spots.csv", GUI)
    assert find_format(path) == "trackmate-csv"
    table = read_file(path)
    assert len(table) == 3
    assert table.scale.pixel_size == 1e-6
    assert read_tracks(table)[0].tolist() == [0, -1, 0]
    assert read_detections(table).position.shape == (3, 2)
    write_file(table, tmp_path / "again.csv", format="trackmate-csv")
    assert (tmp_path / "again.csv").read_text(encoding="utf-8") == GUI
    more = with_columns(table, {"link_gap": pa.array([0, 0, 0])})
    write_file(more, tmp_path / "more.csv", format="trackmate-csv")
    assert read_file(tmp_path / "more.csv").columns.column_names[-1] == "link_gap"


def test_trackmate_csv_counts_its_header_rows_in_messages(tmp_path: Path) -> None:
    path = save(tmp_path, "spots.csv", GUI.replace("1.60", "far"))
    with pytest.raises(FormatError, match=r"spots.csv, line 7: expected a number in column 'POSITION_X', found 'far'"):
        read_detections(read_file(path))


@pytest.mark.parametrize("suffix", [".npy", ".csv"])
def test_napari_is_sorted_and_in_its_order(suffix: str, tmp_path: Path) -> None:
    table = tracks(z=[1.0, 2.0, 3.0, 4.0])
    notes = write_file(table, tmp_path / f"a{suffix}", format="napari")
    assert notes == ["1 rows in no track left out"]
    back = read_file(tmp_path / f"a{suffix}")
    assert back.format == "napari"
    assert back.columns.column_names == ["ID", "T", "Z", "Y", "X"]
    assert read_detections(back).position.tolist() == [[1, 4, 1], [2, 5, 2], [3, 7, 4]]
    assert back.scale == table.scale


def test_napari_refuses_what_is_no_array_of_tracks(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((3, 7)))
    with pytest.raises(FormatError, match=r"numbers with 4 or 5 columns, found float64 of shape \(3, 7\)"):
        read_file(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.array([{"run": "me"}], dtype=object), allow_pickle=True)
    with pytest.raises(FormatError, match=r"expected a numpy array of numbers"):
        read_file(tmp_path / "b.npy")


def test_thunderstorm_is_in_nanometres_and_counts_frames_from_one(tmp_path: Path) -> None:
    text = '"id","frame","x [nm]","y [nm]","uncertainty [nm]"\n1,1,100.5,200,12\n2,3,101.5,201,9\n'
    path = save(tmp_path, "locs.csv", text)
    assert find_format(path) == "thunderstorm"
    table = read_file(path)
    assert read_frames(table).tolist() == [0, 2]
    assert table.scale.pixel_size == 1e-9
    deviation = read_detections(table).deviation
    assert deviation is not None
    assert deviation.tolist() == [[12, 12], [9, 9]]
    zero = save(tmp_path, "zero.csv", text.replace("1,1,", "1,0,"))
    with pytest.raises(FormatError, match=r"line 2: expected a whole number from 1 in column 'frame', found '0'"):
        read_detections(read_file(zero))


def test_thunderstorm_needs_a_length(tmp_path: Path) -> None:
    write_file(tracks(), tmp_path / "locs.csv", format="thunderstorm")
    back = read_file(tmp_path / "locs.csv")
    assert read_frames(back).tolist() == [0, 1, 1, 2]
    assert read_detections(back).position[:, 0].tolist() == pytest.approx([160, 320, 1440, 480])
    bare = from_columns(pa.table({"frame": [0], "x": [1.0], "y": [1.0]}))
    with pytest.raises(FormatError, match=r"length of one unit of position.*say --pixel-size"):
        write_file(bare, tmp_path / "bare.csv", format="thunderstorm")


def test_picasso_keeps_its_yaml(tmp_path: Path) -> None:
    write_file(tracks(lpx=[0.1] * 4, lpy=[0.2] * 4, who=["a", "b", "c", "d"]), tmp_path / "a.hdf5")
    table = read_file(tmp_path / "a.hdf5")
    assert table.scale.pixel_size == pytest.approx(1.6e-7)
    deviation = read_detections(table).deviation
    assert deviation is not None
    assert deviation[0].tolist() == [0.1, 0.2]
    (tmp_path / "a.yaml").write_text("Frames: 3\nPixelsize: 130\n---\nBox: 7\n", encoding="utf-8")
    write_file(read_file(tmp_path / "a.hdf5"), tmp_path / "b.hdf5")
    assert (tmp_path / "b.yaml").read_text(encoding="utf-8") == "Frames: 3\nPixelsize: 130\n---\nBox: 7\n"
    (tmp_path / "c.hdf5").write_bytes(b"no hdf5")
    with pytest.raises(FormatError, match=r"c.hdf5: expected HDF5 with a table `locs`"):
        read_file(tmp_path / "c.hdf5")


def test_geff_holds_links_as_edges(tmp_path: Path) -> None:
    table = tracks(parent=[-1] * 4, link_probability=[np.nan, 0.75, np.nan, 0.5], who=["a", None, "c", "d"])
    assert write_file(table, tmp_path / "a.geff") == []
    graph = import_extra("geff.core_io", "bio").read_to_memory(tmp_path / "a.geff")
    assert graph["edge_ids"].tolist() == [[0, 1], [1, 3]]
    assert graph["edge_props"]["link_probability"]["values"].tolist() == [0.75, 0.5]
    assert [axis.name for axis in graph["metadata"].axes] == ["frame", "y", "x"]
    back = read_file(tmp_path / "a.geff")
    assert back.columns.column("who").to_pylist() == ["a", None, "c", "d"]
    assert back.scale == table.scale
    with pytest.raises(FileExistsError, match=r"a.geff exists"):
        write_file(table, tmp_path / "a.geff")
    write_file(table, tmp_path / "a.geff", force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["a.geff"]


@pytest.mark.parametrize("name", [name for name in FORMATS if open_format(name).writes])
def test_how_sure_the_links_are_is_kept_or_said_to_be_left_out(name: str, tmp_path: Path) -> None:
    doubts = {
        "link_probability": [np.nan, 0.75, np.nan, 0.5],
        "runner_up": [-1, -1, -1, 2],
        "runner_up_probability": [np.nan, np.nan, np.nan, 0.25],
        "identity_probability": [1.0, 0.75, np.nan, 0.375],
    }
    path = tmp_path / f"tracks{open_format(name).suffixes[0]}"
    notes = write_file(tracks(**doubts), path, format=name)
    back = read_file(path, format=name)
    for column, values in doubts.items():
        if name in {"isbi", "napari"}:
            assert column in notes[-1].removeprefix("columns left out: ").split(", ")
            continue
        assert notes == []
        assert back.roles[column] == column
        np.testing.assert_array_equal(as_numbers(back.column(column))[0], values)


def test_geff_of_another_program_is_read(tmp_path: Path) -> None:
    core, spec = import_extra("geff.core_io", "bio"), import_extra("geff_spec", "bio")
    axes = [spec.Axis(name=name, type="space" if name != "t" else "time") for name in ("t", "row", "col")]
    metadata = spec.GeffMetadata(directed=True, axes=axes, node_props_metadata={}, edge_props_metadata={})
    values = {"t": [0, 1, 1], "row": [1.0, 2.0, 3.0], "col": [4.0, 5.0, 6.0]}
    props = {name: {"values": np.array(cells), "missing": None} for name, cells in values.items()}
    ids, edges = np.array([10, 20, 30], dtype=np.uint64), np.array([[10, 20], [10, 30]], dtype=np.uint64)
    core.write_arrays(tmp_path / "a.zarr", ids, props, edges, {}, metadata)
    table = read_file(tmp_path / "a.zarr")
    assert read_detections(table).position.tolist() == [[4, 1], [5, 2], [6, 3]]
    label, parent, _ = read_tracks(table)
    assert label.tolist() == [0, 0, 1]
    assert parent is not None
    assert read_links(label, read_frames(table), parent).pair.tolist() == [[0, 1], [0, 2]]
    (tmp_path / "b.zarr").mkdir()
    with pytest.raises(FormatError, match=r"b.zarr: expected a zarr folder with a GEFF graph, found no zarr group"):
        read_file(tmp_path / "b.zarr")
    assert not list((tmp_path / "b.zarr").iterdir())


def test_parquet_types_text_and_keeps_roles(tmp_path: Path) -> None:
    path = save(tmp_path, "spots.tsv", "when\tx\ty\tname\tmass\tcode\n0\t1.5\t2\ta\t\t007\n1\t2\t3\tb\t4.5\t008\n")
    table = read_file(path, chosen={"frame": "when"}, scale=Scale(pixel_size=1e-7))
    write_file(table, tmp_path / "spots.parquet")
    back = read_file(tmp_path / "spots.parquet")
    assert [str(kind) for kind in back.columns.schema.types] == [
        "int64",
        "double",
        "int64",
        "string",
        "double",
        "string",
    ]
    assert back.roles == table.roles
    assert back.scale == table.scale
    cut = tmp_path / "cut.parquet"
    cut.write_bytes((tmp_path / "spots.parquet").read_bytes()[:-30])
    with pytest.raises(FormatError, match=r"cut.parquet: expected a whole Parquet file.*may be cut"):
        read_file(cut)


def test_units_stand_beside_a_csv(tmp_path: Path) -> None:
    path = tmp_path / "spots.csv"
    write_file(tracks(), path)
    beside = tmp_path / "spots.csv.json"
    assert read_file(path).scale == tracks().scale
    assert read_file(path, scale=Scale(pixel_size=1e-6)).scale == Scale(pixel_size=1e-6, frame_interval=0.05)
    write_file(from_columns(tracks().columns), path, force=True)
    assert not beside.exists()
    beside.write_text('{"someone": "else"}', encoding="utf-8")
    assert read_file(path).scale == Scale()
    for text in ('{"pixel_size_m": "big"}', '{"pixel_size_m": -1}', '{"first_frame": 0.5}', "{"):
        beside.write_text(text, encoding="utf-8")
        with pytest.raises(FormatError, match=r"spots.csv.json: expected"):
            read_file(path)


def test_a_byte_order_mark_and_quotes_are_read(tmp_path: Path) -> None:
    path = tmp_path / "spots.csv"
    path.write_bytes(b'\xef\xbb\xbf"frame","x","y","say"\r\n0,1,2,"a ""b"",\nc"\r\n')
    table = read_file(path)
    assert table.columns.column("say").to_pylist() == ['a "b",\nc']
    write_file(table, tmp_path / "again.csv.gz")
    assert read_file(tmp_path / "again.csv.gz").columns.equals(table.columns)


def test_a_column_that_another_format_named_takes_its_role_in_a_csv(tmp_path: Path) -> None:
    write_file(tracks(), tmp_path / "a.npy")
    write_file(read_file(tmp_path / "a.npy"), tmp_path / "a.tsv")
    assert read_file(tmp_path / "a.tsv").columns.column_names == ["track", "T", "Y", "X"]


def test_text_in_several_chunks_one_of_them_empty_is_written_as_it_is(tmp_path: Path) -> None:
    empty = pa.array([], pa.string())
    words = pa.chunked_array([empty, pa.array(["", "a"]), pa.array(["b", ""])])
    numbers = pa.chunked_array([pa.array([1, 2]), pa.array([3, 4])])
    write_text(pa.table({"n": numbers, "word": words}), tmp_path / "t.csv", delimiter=",")
    assert (tmp_path / "t.csv").read_bytes() == b"n,word\n1,\n2,a\n3,b\n4,\n"
