"""The command from end to end, as a user types it."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

import corpuscle
from corpuscle.cli.main import run
from corpuscle.linking.classical.lap import FrameAssignment

DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def simulate(ending: str = "csv", *more: str) -> None:
    arguments = ["simulate", "brownian", "-o", f"detections.{ending}", "--truth", f"truth.{ending}"]
    assert run([*arguments, "--particles", "30", "--frames", "12", "--set", "spacing=10", *more]) == 0


@pytest.mark.parametrize("ending", ["csv", "parquet", pytest.param("tsv", marks=pytest.mark.slow)])
def test_simulate_link_score(ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    simulate(ending)
    assert run(["link", f"detections.{ending}", "-o", f"tracks.{ending}", "--set", "gate=6", "--set", "gap=1"]) == 0
    capsys.readouterr()
    assert run(["score", f"tracks.{ending}", "--truth", f"truth.{ending}", "--json", "-"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["link_jaccard"] > 0.9
    wanted = "link_precision link_recall link_jaccard alpha beta jsc jsc_theta rmse mota idf1"
    assert set(wanted.split()) <= set(values)


def test_score_prints_a_table_and_writes_json(capsys: pytest.CaptureFixture[str]) -> None:
    simulate()
    run(["link", "detections.csv", "-o", "tracks.csv", "--quiet"])
    assert run(["score", "tracks.csv", "--truth", "truth.csv", "--json", "scores.json"]) == 0
    assert "link_jaccard" in capsys.readouterr().out
    assert json.loads(Path("scores.json").read_text())["link_true_positives"] > 0
    assert run(["score", "tracks.csv", "--truth", "truth.csv", "--json", "scores.json"]) == 2
    assert "scores.json exists" in capsys.readouterr().err


def test_calibration_is_scored_where_there_are_probabilities(capsys: pytest.CaptureFixture[str]) -> None:
    pair = ["--particles", "2", "--frames", "30", "--set", "start=normal", "--set", "start_spread=3"]
    assert run(["simulate", "brownian", "-o", "spots.csv", "--truth", "truth.csv", *pair]) == 0
    names = {"calibration_error", "calibration_floor", "calibration_links", "link_negative_log_likelihood"}
    for method, there in (("merged", names), ("lap", set())):
        assert run(["link", "spots.csv", "-o", "tracks.csv", "--method", method, "--force"]) == 0
        capsys.readouterr()
        assert run(["score", "tracks.csv", "--truth", "truth.csv", "--json", "-"]) == 0
        assert names & set(json.loads(capsys.readouterr().out)) == there
        assert run(["score", "tracks.csv", "--truth", "truth.csv"]) == 0
        assert ("calibration_error" in capsys.readouterr().out) == bool(there)


def test_a_probability_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("truth.csv").write_text("frame,x,y,track\n0,1,2,0\n1,1.1,2,0\n")
    for cell in ("1.5", "likely"):
        Path("a.csv").write_text(f"frame,x,y,track,link_probability\n0,1,2,0,nan\n1,1.1,2,0,{cell}\n")
        assert run(["score", "a.csv", "--truth", "truth.csv"]) == 2
        said = capsys.readouterr().err
        assert f"a.csv, line 3: expected a number from 0 to 1 in column 'link_probability', found '{cell}'" in said
        assert run(["score", "a.csv", "--truth", "truth.csv", "--columns", "link_probability="]) == 0
        capsys.readouterr()


def test_python_and_command_agree() -> None:
    simulate("parquet")
    run(["link", "detections.parquet", "-o", "tracks.parquet", "--set", "gate=6"])
    spots = pyarrow.parquet.read_table("detections.parquet")
    ours = corpuscle.link(spots, method="lap", gate=6.0)
    theirs = pyarrow.parquet.read_table("tracks.parquet")
    assert ours["track"].to_pylist() == theirs["track"].to_pylist()


def test_every_row_and_column_comes_back() -> None:
    Path("spots.csv").write_text('frame,x,y,note,track\n0,1.50,2,"a, b",7\n1,1.6,2.10,,8\n1,50,50,c,9\n')
    added = "frame,x,y,note,track_before,track,link_probability,link_gap,parent"
    doubts = ",runner_up,runner_up_probability,identity_probability"
    for method, header in (("lap", added), ("auto", added + doubts)):
        assert run(["link", "spots.csv", "-o", f"{method}.csv", "--method", method, "--set", "gate=2"]) == 0
        lines = Path(f"{method}.csv").read_text().splitlines()
        assert lines[0] == header
        assert lines[1].startswith('0,1.50,2,"a, b",7,0,nan,0,-1')
        assert lines[2].startswith("1,1.6,2.10,,8,0,")
        assert lines[3].startswith("1,50,50,c,9,-1,nan,0,-1")


def test_units_of_settings(capsys: pytest.CaptureFixture[str]) -> None:
    simulate()
    command = ["link", "detections.csv", "--pixel-size", "0.16", "--frame-interval", "50ms"]
    told = ["--set", "gate=0.8um", "--set", "gap=100ms"]
    assert run([*command, "-o", "a.csv", *told, "--method", "lap"]) == 0
    assert "FrameAssignment(gate=5, gap=2" in capsys.readouterr().err
    assert run([*command, "-o", "c.csv", *told]) == 0
    assert "gap=2, gate=5" in capsys.readouterr().err
    units = json.loads(Path("a.csv.json").read_text())
    assert units == {"pixel_size_m": pytest.approx(0.16e-6), "frame_interval_s": 0.05}
    assert run([*command, "-o", "b.parquet", "--method", "lap"]) == 0
    assert "pixel_size" in str(pyarrow.parquet.read_schema("b.parquet").metadata)


def test_columns_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    Path("spots.csv").write_text("when,pos_x,pos_y\n0,1,2\n1,1.1,2\n")
    assert run(["link", "spots.csv", "-o", "a.csv"]) == 2
    assert "--columns" in capsys.readouterr().err
    assert run(["link", "spots.csv", "-o", "a.csv", "--columns", "frame=when,x=pos_x,y=pos_y"]) == 0
    assert "frame from 'when'" in capsys.readouterr().err


def test_several_files_go_into_a_folder() -> None:
    Path("in").mkdir()
    for name in ("one", "two"):
        Path(f"in/{name}.csv").write_text("frame,x,y\n0,1,2\n1,1.1,2\n")
    assert run(["link", "in", "-o", "out"]) == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["one.csv", "two.csv"]
    assert run(["link", "in/one.csv", "in/two.csv", "-o", "again", "--to", "parquet"]) == 0
    assert sorted(path.name for path in Path("again").iterdir()) == ["one.parquet", "two.parquet"]


def test_several_files_are_written_all_or_none(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in").mkdir()
    Path("in/one.csv").write_text("frame,x,y\n0,1,2\n1,1.1,2\n")
    Path("in/two.csv").write_text("frame,x,y\n0,1,oops\n")
    Path("in/notes.txt").write_text("not a table\n")
    assert run(["link", "in", "-o", "out"]) == 2
    assert "two.csv, line 2" in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["in"]


def test_frames_too_far_apart_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text("frame,x,y\n0,1,2\n10,1.1,2\n")
    assert run(["link", "a.csv", "-o", "b.csv"]) == 0
    assert "no frames are closer than 10 apart; say gap=9" in capsys.readouterr().err
    assert run(["link", "a.csv", "-o", "c.csv", "--set", "gap=9"]) == 0
    assert "1 links" in capsys.readouterr().err


def test_what_a_linker_says_is_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(FrameAssignment, "learn", lambda self, detections: (self, (f"learned from {len(detections)}",)))
    Path("a.csv").write_text("frame,x,y\n0,1,2\n1,1.1,2\n")
    assert run(["link", "a.csv", "-o", "b.csv", "--method", "lap", "--set", "gate=1"]) == 0
    assert "a.csv: learned from 2\n" in capsys.readouterr().err


def test_convert_keeps_or_names_how_sure_the_links_are(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text("frame,x,y\n0,0,0\n0,2,0\n1,0.6,0\n1,1.4,0\n")
    assert run(["link", "a.csv", "-o", "b.csv", "--method", "merged", "--set", "step=1"]) == 0
    header, _, _, third, _ = Path("b.csv").read_text().splitlines()
    assert header.endswith("parent,runner_up,runner_up_probability,identity_probability")
    assert third.split(",")[7] == "1"
    assert run(["convert", "b.csv", "-o", "c.parquet"]) == 0
    assert pyarrow.parquet.read_table("c.parquet")["runner_up"].to_pylist() == [-1, -1, 1, 0]
    capsys.readouterr()
    assert run(["convert", "b.csv", "-o", "d.npy"]) == 0
    assert "parent, runner_up, runner_up_probability, identity_probability" in capsys.readouterr().err


def test_convert_between_formats() -> None:
    simulate()
    run(["link", "detections.csv", "-o", "tracks.csv", "--set", "gate=6"])
    for name in ("tracks.xml", "tracks.npy", "tracks.parquet", "tracks.tsv"):
        assert run(["convert", "tracks.csv", "-o", name]) == 0
        assert run(["score", name, "--truth", "truth.csv", "--by", "position", "--json", f"{name}.json"]) == 0
        assert json.loads(Path(f"{name}.json").read_text())["link_jaccard"] > 0.8
    assert run(["convert", "tracks.csv", "-o", "tm.csv", "--to", "trackmate-csv"]) == 0
    assert "POSITION_X" in Path("tm.csv").read_text()


def test_methods_lists_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["methods"]) == 0
    text = capsys.readouterr().out
    for name in ("nearest", "lap", "cover", "kalman", "brownian", "trackmate-csv", "Jaqaman"):
        assert name in text
    assert run(["methods", "link"]) == 0
    assert "brownian" not in capsys.readouterr().out


@pytest.mark.slow
def test_demo(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "-o", "shown"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in ("nearest", "lap", "cover", "kalman", "link Jaccard", "us/detection"))
    files = {path.name for path in Path("shown").iterdir()}
    assert files == {"detections.csv", "truth.csv", "tracks.csv", "tracks.png"}
    assert Path("shown/tracks.png").read_bytes().startswith(b"\x89PNG")
    assert pyarrow.csv.read_csv("shown/tracks.csv").num_rows == pyarrow.csv.read_csv("shown/detections.csv").num_rows
    assert run(["demo", "-o", "shown"]) == 2
    assert "exists" in capsys.readouterr().err


def test_the_module_is_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["corpuscle", "--version"])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("corpuscle", run_name="__main__")
    assert end.value.code == 0
    assert capsys.readouterr().out.strip() == f"corpuscle {corpuscle.__version__}"


def test_version_help_and_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"corpuscle {corpuscle.__version__}"
    assert run([]) == 0
    assert "simulate" in capsys.readouterr().out
    for verb in ("link", "score", "simulate", "convert", "methods", "demo"):
        assert run([verb, "--help"]) == 0


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    simulate("csv", "--quiet")
    run(["link", "detections.csv", "-o", "tracks.csv", "--quiet"])
    assert capsys.readouterr() == ("", "")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from corpuscle.cli.main import run; run(['--help']); "
        "print([m for m in ('numpy', 'numba', 'pyarrow', 'torch', 'matplotlib', 'scipy') if m in sys.modules])"
    )
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=os.environ)
    assert made.stdout.strip().endswith("[]")


@pytest.mark.skipif(not DATA.exists(), reason="needs the reference data beside the project")
def test_real_file_links() -> None:
    file = DATA / "saspt-u2os" / "region_0_7ms_trajs.csv.gz"
    assert run(["link", str(file), "-o", "t.csv", "--method", "lap", "--set", "gate=5"]) == 0
    table = pyarrow.csv.read_csv("t.csv")
    assert table.num_rows == 3907
    assert len(set(table["track"].to_pylist())) > 300


def test_how_links_were_scored_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    simulate()
    run(["link", "detections.csv", "-o", "tracks.csv", "--quiet"])
    capsys.readouterr()
    assert run(["score", "tracks.csv", "--truth", "truth.csv", "--json", "-"]) == 0
    captured = capsys.readouterr()
    assert "links are scored by detection" in captured.err
    assert json.loads(captured.out)["by"] == "detection"


def test_merged_links_are_scored() -> None:
    Path("t.csv").write_text("track,frame,x,y\n0,0,0,0\n0,1,1,0\n0,2,2,0\n1,0,0,2\n1,1,1,1\n")
    Path("r.csv").write_text("track,frame,x,y,merged_into\n0,0,0,0,-1\n0,1,1,0,-1\n0,2,2,0,-1\n1,0,0,2,0\n1,1,1,1,0\n")
    assert run(["score", "r.csv", "--truth", "t.csv", "--json", "s.json"]) == 0
    scores = json.loads(Path("s.json").read_text())
    assert scores["link_true_positives"] == 3
    assert scores["link_false_positives"] == 1


def test_columns_may_be_named_one_by_one() -> None:
    Path("spots.csv").write_text('when,"a,b",c\n0,1,2\n1,1.1,2\n')
    named = ["--columns", "frame=when", "--columns", "x=a,b", "--columns", "y=c"]
    assert run(["link", "spots.csv", "-o", "a.csv", *named]) == 0


def test_what_is_stopped_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt(*_arguments: object, **_more: object) -> None:
        raise KeyboardInterrupt

    simulate()
    monkeypatch.setattr("corpuscle.io.files.read_file", interrupt)
    assert run(["link", "detections.csv", "-o", "tracks.csv"]) == 130
    assert "stopped" in capsys.readouterr().err
    assert not Path("tracks.csv").exists()
