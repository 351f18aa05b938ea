"""`corpuscle motion` from end to end: table, picture, JSON, and what it refuses."""

import json
from pathlib import Path

import pyarrow.csv
import pytest

from corpuscle.cli.main import run


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pair = ["--particles", "3", "--frames", "40", "--set", "spacing=5", "--set", "measurement_noise=0.5"]
    run(["simulate", "brownian", "-o", "spots.csv", "--truth", "truth.csv", *pair, "--quiet"])
    run(["link", "spots.csv", "-o", "tracks.csv", "--method", "merged", "--quiet"])


def test_values_are_printed_with_and_without_the_doubt_of_the_links(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["motion", "tracks.csv", "--measurement-noise", "0.5"]) == 0
    printed = capsys.readouterr()
    assert "with the links' doubt" in printed.out
    assert "diffusion coefficient D" in printed.out
    assert "links are expected to be wrong" in printed.out
    assert "tracks.csv: without --pixel-size and --frame-interval" in printed.err
    assert run(["motion", "truth.csv", "--pixel-size", "160nm", "--frame-interval", "50ms", "--quiet"]) == 0
    printed = capsys.readouterr()
    assert "um^2/s" in printed.out
    assert "doubt" not in printed.out
    assert printed.err == ""


@pytest.mark.parametrize("ending", ["csv", "parquet", pytest.param("tsv", marks=pytest.mark.slow)])
def test_every_output_is_written(ending: str, capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"out.{ending}", "out.png", "out.json"]
    command = ["motion", "tracks.csv", "-o", names[0], "--picture", names[1], "--json", names[2]]
    assert run(command) == 0
    assert Path("out.png").read_bytes().startswith(b"\x89PNG")
    values = json.loads(Path("out.json").read_text())
    assert values["tracks"] == 3
    assert len(values["lags"]["lag"]) == 10
    if ending == "csv":
        table = pyarrow.csv.read_csv("out.csv")
        assert table.column_names[:3] == ["track", "detections", "first_frame"]
        assert table["track"].to_pylist() == [0, 1, 2]
    capsys.readouterr()
    for name in names:
        others = [other for other in names if other != name]
        kept = {other: Path(other).rename(f"kept-{other}") for other in others}
        assert run(command) == 2
        assert f"{name} exists" in capsys.readouterr().err
        assert not any(Path(other).exists() for other in others)
        for other, place in kept.items():
            place.rename(other)
    assert run([*command, "--force"]) == 0


def test_json_goes_to_the_screen(capsys: pytest.CaptureFixture[str]) -> None:
    Path("still.csv").write_text("track,frame,x,y\n0,0,1,1\n0,1,1,1\n0,2,1,1\n")
    capsys.readouterr()
    assert run(["motion", "still.csv", "--json", "-"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["exponent"] is None
    assert "nothing moves" in printed.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["spots.csv"], "expected a column for track"),
        (["tracks.csv", "-o", "out.xml"], "tracks' values go into a .csv, .tsv or .parquet, not 'out.xml'"),
        (["tracks.csv", "--picture", "out.gif"], "a picture ends in .png, .svg or .pdf, not 'out.gif'"),
        (["tracks.csv", "-o", "nowhere/out.csv"], "there is no folder nowhere"),
        (["tracks.csv", "--lags", "0"], "lags is at least 1, not 0"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(Path().iterdir())
    capsys.readouterr()
    assert run(["motion", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert sorted(Path().iterdir()) == before
