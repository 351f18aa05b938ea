"""Every mistake a user can make is one line and exit code 2, and nothing is written."""

import os
import re
from pathlib import Path

import pytest

from corpuscle.cli.main import run

GOOD = "frame,x,y\n0,1,2\n1,1.1,2\n"
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;">]>'
    "<root><TrackContestISBI2012>&lol2;</TrackContestISBI2012></root>"
)

FILES: dict[str, tuple[str, bytes, str]] = {
    "missing column": ("a.csv", b"frame,x\n0,1\n", r"a\.csv.*expected a column for y.*--columns"),
    "two candidates": ("a.csv", b"frame,t,x,y\n0,0,1,2\n", r"'frame'.*'t'.*--columns"),
    "NaN position": ("a.csv", b"frame,x,y\n0,1,2\n1,nan,2\n", r"a\.csv, line 3.*finite number.*'x'"),
    "infinite position": ("a.csv", b"frame,x,y\n0,1,2\n1,2,inf\n", r"a\.csv, line 3.*finite number.*'y'"),
    "non-integer frame": ("a.csv", b"frame,x,y\n0,1,2\n0.5,2,2\n", r"a\.csv, line 3.*whole number.*'frame'.*0\.5"),
    "negative frame": ("a.csv", b"frame,x,y\n0,1,2\n-1,2,2\n", r"a\.csv, line 3.*whole number from 0.*-1"),
    "empty file": ("a.csv", b"", r"a\.csv.*empty"),
    "mixed types": ("a.csv", b"frame,x,y\n0,1,2\n1,abc,2\n", r"a\.csv, line 3.*a number in column 'x'.*'abc'"),
    "empty cell": ("a.csv", b"frame,x,y\n0,1,2\n1,,2\n", r"a\.csv, line 3.*an empty cell"),
    "truncated row": ("a.csv", b"frame,x,y\n0,1,2\n1,2", r"a\.csv, line 3.*3.*2"),
    "not UTF-8": ("a.csv", b"frame,x,y\n0,1,2\n1,\xff\xfe,2\n", r"a\.csv.*UTF-8"),
    "twice the same name": ("a.csv", b"frame,x,x,y\n0,1,1,2\n", r"'x'"),
    "another XML": ("a.xml", b"<svg><g/></svg>", r"a\.xml.*TrackContestISBI2012.*TrackMate.*--from"),
    "broken XML": ("a.xml", b"<root><TrackContestISBI2012><particle>", r"a\.xml"),
    "expanding XML": ("a.xml", BOMB.encode(), r"a\.xml.*(entit|DTD|ENTITY)"),
    "truncated Parquet": ("a.parquet", b"PAR1abcd", r"a\.parquet.*[Pp]arquet"),
    "not an array": ("a.npy", b"\x93NUMPYxx", r"a\.npy"),
    "unknown ending": ("a.dat", GOOD.encode(), r"a\.dat.*'\.dat'.*--from"),
}


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def refuse(arguments: list[str], pattern: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Expect exit code 2, one line that matches, and no new file."""
    before = sorted(Path.cwd().rglob("*"))
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("corpuscle: ")
    assert re.search(pattern, lines[0]), lines[0]
    assert sorted(Path.cwd().rglob("*")) == before


@pytest.mark.parametrize("name", FILES)
def test_bad_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    file, content, pattern = FILES[name]
    Path(file).write_bytes(content)
    refuse(["link", file, "-o", "out.csv"], pattern, capsys)


@pytest.mark.parametrize(
    ("arguments", "pattern"),
    [
        (["link", "nowhere.csv", "-o", "out.csv"], "no file nowhere.csv"),
        (["link", "a.csv", "-o", "out.csv", "--method", "lapp"], "no linker 'lapp'; there are .*did you mean 'lap'"),
        (["link", "a.csv", "-o", "out.csv", "--set", "gat=3"], "auto has no setting 'gat'; there are: step, .*'gate'"),
        (["link", "a.csv", "-o", "out.csv", "--method", "lap", "--set", "gat=3"], "no setting 'gat'; there are: gate"),
        (["link", "a.csv", "-o", "out.csv", "--method", "marginal"], "learning needs 40 detections in 4 frames"),
        (["link", "a.csv", "-o", "out.csv", "--set", "gate"], "--set expects NAME=VALUE, not 'gate'"),
        (["link", "a.csv", "-o", "out.csv", "--set", "gate=wide"], "setting gate: expected a number.*'wide'"),
        (["link", "a.csv", "-o", "out.csv", "--set", "gate=-1"], "gate: expected a finite number at least 0, not -1"),
        (["link", "a.csv", "-o", "out.csv", "--set", "gap=1.5"], "setting gap: "),
        (["link", "a.csv", "-o", "out.csv", "--set", "gate=5um"], "needs the length of one unit.*--pixel-size"),
        (["link", "a.csv", "-o", "out.csv", "--set", "gate=1", "--set", "gate=2"], "names 'gate' twice"),
        (["link", "a.csv", "-o", "out.csv", "--columns", "x=pos"], "'pos'.*frame, x, y"),
        (["link", "a.csv", "-o", "out.csv", "--columns", "colour=x"], "'colour'"),
        (["link", "a.csv", "-o", "out.csv", "--pixel-size", "0"], "expected a length above zero, not '0'"),
        (["link", "a.csv", "-o", "out.csv", "--frame-interval", "5um"], "expected a unit of time"),
        (["link", "a.csv", "-o", "there.csv"], "there.csv exists.*--force"),
        (["link", "a.csv", "-o", "no/such/out.csv"], "no folder no/such"),
        (["link", "a.csv", "-o", "out.dat"], "out.dat.*'.dat'.*--to"),
        (["link", "a.csv", "there.csv", "-o", "there.csv"], "there.csv is a file; several inputs need a folder"),
        (["link", "hollow", "-o", "out"], "folder hollow holds no file"),
        (["link", "a.csv", "-o", "out.csv", "--to", "trackmate-xml"], "read but not written"),
        (["score", "a.csv", "--truth", "there.csv"], "expected a column for track"),
        (["score", "tracks.csv", "--truth", "a.csv"], "expected a column for track"),
        (["score", "twice.csv", "--truth", "tracks.csv"], "twice.csv, line 3.*once in a frame"),
        (["score", "tracks.csv", "--truth", "tracks.csv", "--gate", "0"], "gate"),
        (["score", "tracks.csv", "--truth", "tracks.csv", "--by", "magic"], "auto, detection or position, not 'magic'"),
        (["score", "tracks.csv", "--truth", "tracks.csv", "--by", "detection"], "no column `detection`"),
        (["simulate", "browian", "-o", "d.csv", "--truth", "t.csv"], "no world 'browian'.*'brownian'"),
        (["simulate", "brownian", "-o", "d.csv", "--truth", "d.csv"], "two files"),
        (["simulate", "brownian", "-o", "d.csv", "--truth", "t.csv", "--particles", "-1"], "particles.*at least 0"),
        (["simulate", "brownian", "-o", "d.csv", "--truth", "t.csv", "--set", "start=here"], "start: expected one of"),
        (["simulate", "brownian", "-o", "d.csv", "--truth", "t.csv", "--seed", "-4"], "seed"),
        (["simulate", "brownian", "-o", "d.csv", "--truth", "t.csv", "--seed", "x"], "--seed"),
        (["convert", "a.csv", "-o", "out.xml"], "track"),
        (["convert", "a.csv", "-o", "out.parquet", "--from", "cvs"], "no format 'cvs'.*'csv'"),
        (["link", "a.csv", "-o", "out.csv", "--method", "kalman", "--set", "step=1e200"], "kalman.step: expected"),
        (["link", "a.csv", "-o", "out.xml.gz"], "out.xml.gz.*'.xml'"),
        (["convert", "a.csv", "-o", "out.csv", "--from", "thunderstorm"], "ThunderSTORM's columns"),
        (["convert", "a.csv", "-o", "out.csv", "--from", "napari"], "napari's columns"),
        (["link", "nm.csv", "-o", "out.csv", "--pixel-size", "0.16"], "pixel size of 1e-09 m, as the file says"),
        (["link", "semi.csv", "-o", "out.csv"], "semi.csv, line 1: expected columns separated by ','.*';'"),
        (["simulate", "brownian", "-o", "d.csv", "--truth", "t.csv", "--set", "step=0.2um"], "in its own units"),
        (["methods", "lnik"], "no task 'lnik'"),
        (["lnik"], "No such command 'lnik'"),
        (["link"], "Missing argument"),
        (["link", "a.csv", "--colour", "-o", "out.csv"], "No such option"),
    ],
)
def test_mistake(arguments: list[str], pattern: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text(GOOD)
    Path("there.csv").write_text(GOOD)
    Path("tracks.csv").write_text("frame,x,y,track\n0,1,2,0\n1,1.1,2,0\n")
    Path("twice.csv").write_text("frame,x,y,track\n0,1,2,0\n0,1.1,2,0\n")
    Path("hollow").mkdir()
    Path("nm.csv").write_text("frame,x [nm],y [nm],a\n0,1,2,3\n")
    Path("semi.csv").write_text("frame;x;y\n0;1;2\n")
    refuse(arguments, pattern, capsys)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.csv").write_text(GOOD)
    Path("locked").mkdir(mode=0o500)
    refuse(["link", "a.csv", "-o", "locked/out.csv"], "folder locked cannot be written", capsys)


def test_folder_that_is_refused_by_the_system(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("a.csv").write_text(GOOD)
    monkeypatch.setattr(os, "access", lambda _path, mode, **_more: not mode & os.W_OK)
    refuse(["link", "a.csv", "-o", "out.csv"], "cannot be written", capsys)


@pytest.mark.parametrize(
    "text", ["frame,x,y\n", "frame,x,y\n3,1,2\n", "frame,x,y\n3,1,2\n3,5,2\n", "frame,x,y\n9,1,2\n0,5,2\n4,1,1\n"]
)
def test_small_and_unsorted_tables_are_valid(text: str) -> None:
    Path("a.csv").write_text(text)
    for method in ("nearest", "lap", "cover", "kalman"):
        assert run(["link", "a.csv", "-o", f"{method}.csv", "--method", method]) == 0
        lines = Path(f"{method}.csv").read_text().splitlines()
        assert len(lines) == len(text.splitlines())
        assert all(",-1," in line for line in lines[1:])
