"""Every file that is wrong says what was expected, what came, where, and what to do."""

import gzip
from pathlib import Path

import pyarrow as pa
import pytest

from corpuscle.data.units import Scale
from corpuscle.io.errors import FormatError, MissingExtra, import_extra
from corpuscle.io.files import check_writable, find_format, read_file, write_file
from corpuscle.io.table import Table, from_columns, read_detections, read_tracks, read_truth


def spots(folder: Path, text: str, name: str = "spots.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def read(folder: Path, text: str, chosen: dict[str, str] | None = None) -> None:
    read_detections(read_file(spots(folder, text), chosen=chosen))


CELLS = {
    "a word": ("0,1,2\n1,abc,2\n", r"spots.csv, line 3: expected a number in column 'x', found 'abc'"),
    "an empty cell": ("0,,2\n", r"spots.csv, line 2: expected a number in column 'x', found an empty cell"),
    "NaN": ("0,1,2\n0,1,nan\n", r"line 3: expected a finite number in column 'y', found 'nan'"),
    "infinity": ("0,inf,2\n", r"line 2: expected a finite number in column 'x', found 'inf'"),
    "half a frame": ("0.5,1,2\n", r"line 2: expected a whole number from 0 in column 'frame', found '0.5'; times go"),
    "a negative frame": ("3,1,2\n-1,1,2\n", r"line 3: expected a whole number from 0 in column 'frame', found '-1'"),
    "a huge frame": ("1e300,1,2\n", r"line 2: expected a whole number from 0 in column 'frame', found '1e300'"),
    "a short row": ("0,1,2\n1,1\n", r"spots.csv, line 3: expected 3 cells, found 2; the file may be cut here"),
    "a long row": ("0,1,2,3\n", r"spots.csv, line 2: expected 3 cells, found 4"),
    "an empty line": ("0,1,2\n\n0,1,2\n", r"line 3: .* from 0 in column 'frame', found an empty cell"),
}


@pytest.mark.parametrize("case", CELLS)
def test_a_cell_that_does_not_fit_is_named(case: str, tmp_path: Path) -> None:
    text, message = CELLS[case]
    with pytest.raises(FormatError, match=message):
        read(tmp_path, f"frame,x,y\n{text}")


def test_a_missing_column_names_its_aliases_and_what_there_is(tmp_path: Path) -> None:
    expected = r"expected a column for x \(known by the names x, positionx.*found the columns frame, pos, y; .*x=NAME"
    with pytest.raises(FormatError, match=expected):
        read(tmp_path, "frame,pos,y\n")


def test_two_columns_for_one_role_are_refused(tmp_path: Path) -> None:
    expected = r"expected one column for frame, found 't' and 'frame'; choose with --columns frame=t"
    with pytest.raises(FormatError, match=expected):
        read(tmp_path, "t,frame,x,y\n")


def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"expected every column name once, found 'x' twice; rename"):
        read(tmp_path, "frame,x,x,y\n")


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"x": "pos"}, r"expected a column 'pos' for x, found the columns frame, x, y"),
        ({"colour": "x"}, r"expected a role in --columns \(frame, time, x.*found 'colour'"),
        ({"x": ""}, r"expected a column for x"),
    ],
)
def test_a_wrong_choice_of_columns_is_refused(chosen: dict[str, str], message: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=message):
        read(tmp_path, "frame,x,y\n", chosen=chosen)


def test_only_times_need_the_time_of_a_frame(tmp_path: Path) -> None:
    path = spots(tmp_path, "time,x,y\n0.1,1,2\n0.35,1,2\n")
    with pytest.raises(FormatError, match=r"column for frame, found only times in 'time'; .*--frame-interval"):
        read_detections(read_file(path))
    assert read_detections(read_file(path, scale=Scale(frame_interval=0.05))).frame.tolist() == [0, 5]
    with pytest.raises(FormatError, match=r"line 3: expected times .* frames of 0.1 s apart, found 2.5 frames"):
        read_detections(read_file(path, scale=Scale(frame_interval=0.1)))


def test_time_that_does_not_grow_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"spots.csv: time grows with the frame, but row 1 .*--columns time="):
        read(tmp_path, "frame,time,x,y\n0,5,1,2\n1,4,1,2\n")


@pytest.mark.parametrize("cell", ["nan", "-1"])
def test_a_bad_precision_says_how_to_leave_it_out(cell: str, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=rf"line 2: expected .* column 'x_sd', found .*{cell}.*--columns x_sd="):
        read(tmp_path, f"frame,x,y,x_sd,y_sd\n0,1,2,{cell},1\n")


def test_one_track_twice_in_a_frame_names_both_lines(tmp_path: Path) -> None:
    table = read_file(spots(tmp_path, "frame,x,y,track\n0,1,2,a\n1,1,2,a\n0,1,2,a\n"))
    expected = r"line 4: expected a track once in a frame \(its other row: 2\), found track a in frame 0"
    with pytest.raises(FormatError, match=expected):
        read_tracks(table)
    with pytest.raises(FormatError, match=expected):
        read_truth(table)


def test_truth_that_names_a_detection_twice_is_refused(tmp_path: Path) -> None:
    path = spots(tmp_path, "frame,x,y,track,detection\n0,1,2,0,7\n1,1,2,0,7\n", "truth.csv")
    with pytest.raises(ValueError, match=r"truth.csv: a detection shows one particle, but 7 stands in two rows"):
        read_truth(read_file(path))


def test_positions_in_two_units_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"expected positions in one unit, found 'x \[nm\]', 'y \[µm\]'"):
        read(tmp_path, "frame,x [nm],y [µm]\n")


def test_a_table_from_python_names_its_rows() -> None:
    table = from_columns(pa.table({"frame": [0, 1], "x": [1.0, float("nan")], "y": [1.0, 2.0]}))
    with pytest.raises(FormatError, match=r"^row 1: expected a finite number in column 'x', found nan$"):
        read_detections(table)
    mixed = from_columns(pa.table({"frame": [0, 1], "x": ["1", "two"], "y": [1.0, 2.0]}))
    with pytest.raises(FormatError, match=r"row 1: expected a number in column 'x', found 'two'"):
        read_detections(mixed)
    with pytest.raises(FormatError, match=r"row 0: expected a number in column 'x', found True"):
        read_detections(from_columns(pa.table({"frame": [0], "x": [True], "y": [1.0]})))
    with pytest.raises(FormatError, match=r"the table: expected a column for y"):
        read_detections(from_columns(pa.table({"frame": [0], "x": [1.0]})))


def test_an_empty_file_is_refused_and_a_header_is_enough(tmp_path: Path) -> None:
    for text in ("", "\n\n"):
        with pytest.raises(FormatError, match=r"spots.csv: expected a header row, found an empty file"):
            read(tmp_path, text)
    assert len(read_detections(read_file(spots(tmp_path, "frame,x,y")))) == 0


@pytest.mark.parametrize("rows", ["0,1,2\n", "4,1,2\n4,5,6\n", "7,1,2\n0,3,4\n3,5,6\n"])
def test_few_and_unsorted_rows_are_read_as_they_stand(rows: str, tmp_path: Path) -> None:
    found = read_detections(read_file(spots(tmp_path, f"frame,x,y\n{rows}")))
    assert found.frame.tolist() == [int(row[0]) for row in rows.split()]


def test_a_file_in_another_encoding_names_byte_and_line(tmp_path: Path) -> None:
    path = tmp_path / "spots.csv"
    path.write_bytes(b"frame,x,y,who\n0,1,2,M\xfcller\n")
    with pytest.raises(FormatError, match=r"spots.csv, line 2: expected text in UTF-8, found the byte 0xfc; save"):
        read_file(path)


def test_a_cut_gzip_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spots.csv.gz"
    path.write_bytes(gzip.compress(b"frame,x,y\n" + b"0,1,2\n" * 1000)[:-20])
    with pytest.raises(FormatError, match=r"expected a whole gzip file"):
        read_file(path)
    path.write_bytes(b"frame,x,y\n")
    with pytest.raises(FormatError, match=r"expected a whole gzip file"):
        read_file(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file .*nowhere.csv"):
        read_file(tmp_path / "nowhere.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(IsADirectoryError, match=r"is a folder, not a file"):
        read_file(tmp_path / "folder.csv")


def test_an_unknown_format_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"a file that ends in .csv, .*found '.xlsx'; say --from or --to .*isbi"):
        find_format(spots(tmp_path, "", "spots.xlsx"))
    with pytest.raises(ValueError, match=r"no format 'cvs'; there are csv, tsv, .*did you mean 'csv'"):
        find_format(spots(tmp_path, ""), "cvs")


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return read_file(spots(tmp_path, "frame,x,y\n0,1,2\n"))


def test_an_output_that_exists_is_left_alone(table: Table, tmp_path: Path) -> None:
    path = spots(tmp_path, "mine", "out.csv")
    with pytest.raises(FileExistsError, match=r"out.csv exists; replace it with --force"):
        write_file(table, path)
    assert path.read_text(encoding="utf-8") == "mine"
    write_file(table, path, force=True)
    assert path.read_text(encoding="utf-8") == "frame,x,y\n0,1,2\n"


def test_an_unwritable_folder_is_refused(table: Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*nowhere to write out.csv into; make it first"):
        write_file(table, tmp_path / "nowhere" / "out.csv")
    with pytest.raises(NotADirectoryError, match=r"spots.csv is a file, not a folder"):
        write_file(table, tmp_path / "spots.csv" / "out.csv")
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(PermissionError, match=r"cannot be written to; choose another one"):
        check_writable(tmp_path / "out.csv")


def test_a_write_that_fails_leaves_nothing(table: Table, tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"expected a column for track"):
        write_file(table, tmp_path / "out.xml")
    with pytest.raises(ValueError, match=r"TrackMateXml is read but not written; write out.xml with --to csv"):
        write_file(table, tmp_path / "out.xml", format="trackmate-xml")
    assert [path.name for path in tmp_path.iterdir()] == ["spots.csv"]


def test_a_missing_package_says_which_extra() -> None:
    with pytest.raises(MissingExtra, match=r"needs the package nowhere, .*pip install 'corpuscle\[bio\]'"):
        import_extra("nowhere.deep", "bio")
