"""Collisions become shards by one command: streamed, whole or not at all, gone on with after a stop."""

import re
from pathlib import Path

import numpy as np
import pytest

from corpuscle.cli.main import run
from corpuscle.io.shards import open_shards
from tests.io.collider_files import write_acts, write_trackml


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    monkeypatch.chdir(tmp_path)
    if "picture" not in request.node.name:  # which takes most of the time
        monkeypatch.setattr("corpuscle.api.shards.draw_card", lambda shards, path: None)


def names() -> list[str]:
    return sorted(path.name for path in Path.cwd().iterdir())


def test_a_folder_becomes_shards_with_a_card_and_a_picture(capsys: pytest.CaptureFixture[str]) -> None:
    for event in (1, 2, 3):
        write_trackml(Path("files"), event)
    assert run(["convert", "files", "-o", "shards", "--from", "trackml", "--set", "field=1.9"]) == 0
    said = capsys.readouterr().err
    assert "18 tracks with 180 hits of 3 events -> shards" in said
    assert "left out: 12 noise hits" in said
    shards = open_shards("shards")
    assert (len(shards), shards.apparatus.field) == (18, 1.9)
    assert shards.card["source"]["settings"] == "TrackML(field=1.9)"
    assert names() == ["files", "shards"]
    assert {"card.json", "card.md", "card.png", "00000"} <= {path.name for path in Path("shards").iterdir()}
    assert "18 tracks with 180 hits in 3 events" in Path("shards/card.md").read_text()


def test_what_simulate_writes_becomes_shards(capsys: pytest.CaptureFixture[str]) -> None:
    Path("made").mkdir()
    arguments = ["made/hits.parquet", "--truth", "made/particles.parquet", "--tracks", "30", "-q"]
    assert run(["simulate", "helix", "-o", *arguments]) == 0
    assert run(["convert", "made", "-o", "shards", "--from", "corpuscle"]) == 0
    assert "30 tracks" in capsys.readouterr().err
    shards = open_shards("shards")
    assert np.isfinite(shards.parameters(np.arange(30)).value).all()
    assert run(["convert", "made", "-o", "more", "--from", "corpuscle", "--set", "positions=true"]) == 2
    assert "the tables say what the cylinders are" in capsys.readouterr().err


def test_a_conversion_that_met_a_broken_file_goes_on_when_it_is_mended(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpuscle.io.shard_writer.FLUSH_HITS", 1)
    for event in (1, 2, 3):
        write_acts(Path("files"), event)
    hits = Path("files/event000000003-hits.csv")
    whole = hits.read_text()
    hits.write_text(whole.replace("tx", "ux", 1))
    assert run(["convert", "files", "-o", "shards", "--from", "acts"]) == 2
    said = capsys.readouterr().err.strip()
    assert re.search(r"event000000003-hits\.csv, line 1: expected the columns .*tx", said)
    assert len(said.splitlines()) == 1
    assert names() == [".shards.part", "files"]
    hits.write_text(whole)
    assert run(["convert", "files", "-o", "shards", "--from", "acts"]) == 0
    assert "goes on where it was stopped, after 2 of 3 events" in capsys.readouterr().err
    assert names() == ["files", "shards"]
    assert open_shards("shards").card["counts"] == {"tracks": 18, "hits": 180, "events": 3}
    assert run(["convert", "files", "-o", "once", "--from", "acts", "-q"]) == 0
    assert open_shards("once").card == open_shards("shards").card


def test_a_conversion_of_something_else_begins_anew(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("corpuscle.io.shard_writer.FLUSH_HITS", 1)
    for event in (1, 2):
        write_acts(Path("files"), event)
    second = Path("files/event000000002-particles.csv")
    whole = second.read_text()
    second.write_text("")
    assert run(["convert", "files", "-o", "shards", "--from", "acts"]) == 2
    second.write_text(whole)
    assert run(["convert", "files", "-o", "shards", "--from", "acts", "--set", "positions=true"]) == 0
    said = capsys.readouterr().err
    assert "goes on" not in said
    assert "truth positions: measurement error absent" in said
    assert open_shards("shards").card["positions"] == "true, without measurement errors"
    assert "measurement error absent" in Path("shards/card.md").read_text()


def test_repeated_momenta_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    write_trackml(Path("files"), 1)
    for part in ("hits", "truth", "particles"):
        text = Path(f"files/event000000001-{part}.csv").read_text()
        Path(f"files/event000000005-{part}.csv").write_text(text)
    assert run(["convert", "files", "-o", "shards", "--from", "trackml"]) == 0
    expected = "12 tracks share their generated momentum with one of another event: split with apart=True"
    assert expected in " ".join(capsys.readouterr().err.split())
    assert open_shards("shards").card["notes"] == [expected]


MISTAKES = {
    "no such layout": (["--from", "cms"], r"no format 'cms'; there are csv, .*, trackml, acts"),
    "an unknown setting": (
        ["--from", "trackml", "--set", "fild=2"],
        r"trackml has no setting 'fild'.*did you mean 'field'",
    ),
    "no field": (["--from", "trackml", "--set", "field=0"], "a field is a finite number of tesla other than 0"),
    "options of tables": (
        ["--from", "trackml", "--to", "csv"],
        "--to says nothing to --from trackml, which makes shards: l",
    ),
    "nothing there": (
        ["--from", "acts"],
        r"files: expected measurements and measurement-simhit-map and hits of event 1",
    ),
    "two folders": (["files", "--from", "trackml"], "shards are made of one folder, archive or file, not of 2"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_mistakes_are_one_line_and_leave_nothing(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    write_trackml(Path("files"), 1)
    for part in ("hits", "truth"):
        if case == "nothing there":
            Path(f"files/event000000001-{part}.csv").unlink()
    arguments, message = MISTAKES[case]
    assert run(["convert", "files", *arguments, "-o", "shards"]) == 2
    said = capsys.readouterr().err.strip()
    assert len(said.splitlines()) == 1
    assert re.search(message, said), said
    assert names() == ["files"]


def test_a_setting_of_a_table_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    Path("spots.csv").write_text("frame,x,y\n0,1,2\n")
    assert run(["convert", "spots.csv", "-o", "spots.parquet", "--set", "field=2"]) == 2
    assert "--set says nothing to a table" in capsys.readouterr().err
