import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import corpuscle
from corpuscle.linking.linkers import LINKERS
from corpuscle.simulation.worlds import ALL_WORLDS

CSV = "frame,x,y,note\n0,0.5,1.25,a\n1,1.5,2.0,b\n1,-3.0,1e-3,\n"


def test_methods_of_a_task_are_listed() -> None:
    assert [method.name for method in corpuscle.methods("link")] == list(LINKERS)
    assert [method.name for method in corpuscle.methods("simulate")] == list(ALL_WORLDS)
    tasks = {method.task for method in corpuscle.methods()}
    assert tasks == {"link", "fit", "identify", "simulate", "perturb", "score", "convert"}


def test_a_method_is_shown_with_its_settings_and_its_source() -> None:
    lap = corpuscle.methods("link")[1]
    assert lap.line.startswith("Linear assignment in two steps")
    assert lap.source == "Jaqaman et al., Nature Methods 5 (2008) 695."
    assert [setting.name for setting in lap.settings][:2] == ["gate", "gap"]
    assert all(method.line for method in corpuscle.methods())


def test_an_unknown_task_is_told_what_there_is() -> None:
    with pytest.raises(
        ValueError, match="no task 'lnik'; there are link, fit, identify, simulate, perturb, score, con"
    ):
        corpuscle.methods("lnik")


def test_a_table_comes_back_through_another_format(tmp_path: Path) -> None:
    first, middle, last = tmp_path / "a.csv", tmp_path / "b.parquet", tmp_path / "c.csv"
    first.write_text(CSV)
    corpuscle.convert(first, middle)
    corpuscle.convert(str(middle), str(last))
    assert pq.read_table(middle).column_names == ["frame", "x", "y", "note"]
    rows = [line.split(",") for line in last.read_text().splitlines()]
    assert rows[0] == ["frame", "x", "y", "note"]
    assert [[float(cell) for cell in row[:3]] for row in rows[1:]] == [[0, 0.5, 1.25], [1, 1.5, 2.0], [1, -3.0, 1e-3]]
    assert [row[3] for row in rows[1:]] == ["a", "b", ""]


def test_several_files_go_into_a_folder(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(CSV)
    corpuscle.convert([tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path / "out", target="parquet")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.parquet", "b.parquet"]
    corpuscle.convert(tmp_path / "out", tmp_path / "back", target="csv")
    assert sorted(path.name for path in (tmp_path / "back").iterdir()) == ["a.csv", "b.csv"]


def test_what_was_recognised_is_said(tmp_path: Path) -> None:
    source = tmp_path / "a.csv"
    source.write_text("FRAME,xpos,ypos\n0,1,2\n")
    notes = corpuscle.convert(source, tmp_path / "a.parquet")
    assert any("frame from 'FRAME'" in note and note.startswith("a.csv: ") for note in notes)


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    source, target = tmp_path / "a.csv", tmp_path / "b.csv"
    source.write_text(CSV)
    target.write_text("mine")
    with pytest.raises(FileExistsError, match=re.escape(str(target))):
        corpuscle.convert(source, target)
    assert target.read_text() == "mine"
    corpuscle.convert(source, target, force=True)
    assert target.read_text() != "mine"


def test_mistakes_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"there is no file nowhere\.csv"):
        corpuscle.convert("nowhere.csv", tmp_path / "out.csv")
    with pytest.raises(ValueError, match="expected a file to convert, but none was named"):
        corpuscle.convert([], tmp_path / "out.csv")
    with pytest.raises(FileNotFoundError, match=r"the folder .* holds no file that ends in"):
        corpuscle.convert(tmp_path, tmp_path / "out")
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    same = [tmp_path / folder / "a.csv" for folder in ("one", "two")]
    for path in same:
        path.write_text(CSV)
    with pytest.raises(ValueError, match=r"would both become .*a\.csv; give them different names"):
        corpuscle.convert(same, tmp_path / "out")
    with pytest.raises(NotADirectoryError, match=r"a\.csv is a file; several inputs need a folder to go into"):
        corpuscle.convert(same, same[0])


def test_a_linked_table_is_converted_whole(tmp_path: Path) -> None:
    detections, _ = corpuscle.simulate(particles=3, frames=4)
    linked = corpuscle.link(detections)
    pq.write_table(linked, tmp_path / "a.parquet")
    corpuscle.convert(tmp_path / "a.parquet", tmp_path / "b.csv")
    corpuscle.convert(tmp_path / "b.csv", tmp_path / "c.parquet")
    back: pa.Table = pq.read_table(tmp_path / "c.parquet")
    assert back.column_names == linked.column_names
    for name in ("frame", "x", "y", "track", "link_gap", "parent"):
        assert back[name].to_pylist() == linked[name].to_pylist()
