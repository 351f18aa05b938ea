"""What every format promises: what is written comes back, and a broken file is refused."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpuscle.data.settings import describe_line
from corpuscle.data.units import Scale
from corpuscle.io.base import Format
from corpuscle.io.cells import as_numbers, as_text
from corpuscle.io.files import FORMATS, find_format, open_format, read_file, write_file
from corpuscle.io.table import Table, from_columns, read_detections, read_frames, read_tracks

WRITERS = [name for name in FORMATS if open_format(name).writes]
SCALE = Scale(pixel_size=1e-9, frame_interval=0.05)
REFUSALS = (ValueError, OSError)
SESSION = """<?xml version="1.0" encoding="UTF-8"?>
<TrackMate version="8.0.0"><Model spatialunits="micron" timeunits="sec"><AllSpots nspots="3">
<SpotsInFrame frame="0"><Spot ID="7" FRAME="0" POSITION_X="1.5" POSITION_Y="2" POSITION_Z="0"/></SpotsInFrame>
<SpotsInFrame frame="1"><Spot ID="9" FRAME="1" POSITION_X="1.6" POSITION_Y="2.5" POSITION_Z="0" QUALITY="3"/>
<Spot ID="8" FRAME="1" POSITION_X="40" POSITION_Y="2.5" POSITION_Z="0"/></SpotsInFrame></AllSpots>
<AllTracks><Track TRACK_ID="3"><Edge SPOT_SOURCE_ID="7" SPOT_TARGET_ID="9" LINK_COST="0.3"/></Track></AllTracks>
<FilteredTracks><TrackID TRACK_ID="3"/></FilteredTracks></Model>
<Settings><ImageData timeinterval="0.5"/></Settings></TrackMate>
"""

numbers = st.floats(1.0, 1e6)
text = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=6)


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Draw a table of detections, some of them in a track, with columns that mean nothing to us."""
    rows = draw(st.lists(st.tuples(st.integers(0, 9), st.integers(-1, 3)), max_size=8))
    rows = [row for place, row in enumerate(rows) if row[1] < 0 or row not in rows[:place]]
    count = len(rows)
    columns = {
        "colour": pa.array(draw(st.lists(text, min_size=count, max_size=count)), pa.string()),
        "frame": pa.array([row[0] for row in rows], pa.int64()),
        "mass": pa.array(draw(st.lists(st.floats(allow_infinity=False), min_size=count, max_size=count)), pa.float64()),
        "track": pa.array([row[1] for row in rows], pa.int64()),
    }
    for name in draw(st.sampled_from([("x", "y"), ("x", "y", "z"), ("x", "y", "x_sd", "y_sd")])):
        columns[name] = pa.array(draw(st.lists(numbers, min_size=count, max_size=count)), pa.float64())
    return pa.table(columns)


def examples(name: str) -> settings:
    """Give a format its number of examples; GEFF writes dozens of files for one table."""
    usual = settings()
    return settings(usual, max_examples=usual.max_examples // 5 if name == "geff" else usual.max_examples)


def file_name(name: str) -> str:
    """Give a file of a format its usual name."""
    format_class: type[Format] = FORMATS[name]
    return f"spots{format_class.suffixes[0]}"


def number_tracks(label: np.ndarray) -> list[int]:
    """Number tracks by their first row, so that labels compare."""
    seen: dict[int, int] = {-1: -1}
    return [seen.setdefault(int(value), len(seen) - 1) for value in label]


def same_text(first: pa.ChunkedArray, second: pa.ChunkedArray) -> bool:
    """Tell whether two columns say the same, whatever their types."""
    return bool(as_text(first).to_pylist() == as_text(second).to_pylist())


@pytest.mark.parametrize("name", WRITERS)
def test_what_is_not_said_to_be_left_out_comes_back(name: str) -> None:
    @examples(name)
    @given(columns=tables())
    def holds(columns: pa.Table) -> None:
        table = from_columns(columns, scale=SCALE)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file_name(name)
            notes = write_file(table, path, format=name)
            back = read_file(path, format=name)
        label, _, _ = read_tracks(table)
        frame = read_frames(table)
        rows = np.arange(len(table))
        if any("rows in no track left out" in note for note in notes):
            rows = np.flatnonzero(label >= 0)
        if name in {"isbi", "napari"}:
            rows = rows[np.lexsort((frame[rows], label[rows]))]
        assert len(back) == len(rows)
        assert read_frames(back).tolist() == frame[rows].tolist()
        assert number_tracks(read_tracks(back)[0]) == number_tracks(label[rows])
        lost = " ".join(notes)
        for role in {"x", "y", "z", "x_sd", "y_sd"} & set(table.roles):
            if role not in back.roles:
                assert role in lost.split(": ")[-1] or not len(table) or (name, role) == ("picasso", "z")
                continue
            assert as_numbers(back.column(role))[0].tolist() == as_numbers(table.column(role))[0][rows].tolist()
        for column in ("colour", "mass"):
            if column not in lost:
                assert same_text(back.columns.column(column), table.columns.column(column).take(pa.array(rows)))
        assert back.scale == SCALE

    holds()


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_read_and_written_again_is_the_same_table(name: str) -> None:
    @examples(name)
    @given(columns=tables())
    def holds(columns: pa.Table) -> None:
        table = from_columns(columns, scale=SCALE)
        with tempfile.TemporaryDirectory() as folder:
            first, second = Path(folder) / file_name(name), Path(folder) / f"again-{file_name(name)}"
            write_file(table, first, format=name)
            once = read_file(first, format=name)
            assert write_file(once, second, format=name) == []
            twice = read_file(second, format=name)
        assert twice.columns.schema.equals(once.columns.schema)
        assert all(same_text(*pair) for pair in zip(once.columns.columns, twice.columns.columns, strict=True))
        assert (twice.roles, twice.scale, twice.first_frame) == (once.roles, once.scale, once.first_frame)

    holds()


@pytest.mark.parametrize("name", [name for name in WRITERS if name not in {"thunderstorm", "trackmate-csv", "geff"}])
def test_a_written_file_is_told_by_its_name_and_head(name: str, tmp_path: Path) -> None:
    path = tmp_path / file_name(name)
    write_file(sample(), path, format=name)
    assert find_format(path) == name


@pytest.mark.parametrize("name", FORMATS)
def test_a_format_says_in_one_line_what_it_is(name: str) -> None:
    assert describe_line(FORMATS[name]).endswith(".")


def sample() -> Table:
    """Make a small table that every format can hold."""
    columns = {"track": [0, 0, 1, 1], "frame": [0, 1, 0, 2], "x": [1.5, 2.5, 9.25, 8.0], "y": [3.0, 3.5, 7.0, 7.125]}
    return from_columns(pa.table(columns), scale=SCALE)


def sample_file(name: str, folder: Path) -> Path:
    """Write the sample in a format, and give the file to be broken."""
    path = folder / file_name(name)
    if name == "trackmate-xml":
        path.write_text(SESSION, encoding="utf-8")
        return path
    write_file(sample(), path, format=name)
    return path


def broken(name: str, change: Callable[[bytes], bytes], which: int = 0) -> None:
    """Break a file of a format, and check that it is read or refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = sample_file(name, Path(folder))
        parts = sorted(part for part in path.rglob("*") if part.is_file()) if path.is_dir() else [path]
        part = parts[which % len(parts)]
        part.write_bytes(change(part.read_bytes()))
        read_or_refuse(path, name)


def read_or_refuse(path: Path, name: str) -> None:
    """Read a file as detections and as tracks, or see it refused in one line."""
    refusal = "refused"
    try:
        table = read_file(path, format=name)
        read_detections(table)
        read_tracks(table)
    except REFUSALS as error:
        refusal = str(error)
    assert refusal
    assert "\n" not in refusal


@pytest.mark.parametrize("name", FORMATS)
def test_a_cut_file_is_read_or_refused(name: str) -> None:
    @examples(name)
    @given(share=st.floats(0.0, 1.0), which=st.integers(0, 40))
    def holds(share: float, which: int) -> None:
        broken(name, lambda data: data[: int(share * len(data))], which)

    holds()


@pytest.mark.parametrize("name", FORMATS)
def test_a_changed_file_is_read_or_refused(name: str) -> None:
    @examples(name)
    @given(share=st.floats(0.0, 1.0), cell=st.binary(min_size=1, max_size=3), which=st.integers(0, 40))
    def holds(share: float, cell: bytes, which: int) -> None:
        def change(data: bytes) -> bytes:
            place = int(share * len(data))
            return data[:place] + cell + data[place + len(cell) :]

        broken(name, change, which)

    holds()


@pytest.mark.parametrize("name", FORMATS)
def test_random_bytes_are_read_or_refused(name: str) -> None:
    @examples(name)
    @given(data=st.binary(max_size=200))
    def holds(data: bytes) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / file_name(name)
            path.write_bytes(data)
            read_or_refuse(path, name)

    holds()


@given(text=st.text(st.sampled_from('frame,xy.-1\n"\t ;eN')))
def test_random_tables_of_text_are_read_or_refused(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spots.csv"
        path.write_text(f"frame,x,y\n{text}", encoding="utf-8")
        read_or_refuse(path, "csv")
