"""`corpuscle link` as it comes: what was learned is said, and a minimum probability is obeyed or refused."""

import re
from pathlib import Path

import pyarrow.csv
import pytest

from corpuscle.cli.main import run

LEARNED = re.compile(
    r"detections\.csv: learned from about \d+ links: random walk; step [\d.]+ ± [\d.]+ px, .*misses 0\."
)


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    scene = ["--particles", "20", "--frames", "20", "--set", "spacing=6", "--set", "misses=0.05", "--quiet"]
    assert run(["simulate", "brownian", "-o", "detections.csv", "--truth", "truth.csv", *scene]) == 0


def test_what_was_learned_is_said_in_the_unit_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["link", "detections.csv", "-o", "a.csv", "--pixel-size", "160nm"]) == 0
    said = capsys.readouterr().err
    assert LEARNED.search(said)
    assert "detections.csv: method marginal: 18.8 detections a frame" in said
    assert re.search(r"PosteriorLinks\(step=[\d.]+, .*gap=\d", said)
    assert "length" not in said
    assert run(["link", "detections.csv", "-o", "b.csv"]) == 0
    plain = capsys.readouterr().err
    assert " px" not in plain
    assert "{" not in plain


def test_what_is_set_is_held(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["link", "detections.csv", "-o", "a.csv", "--set", "step=1.25"]) == 0
    said = capsys.readouterr().err
    assert "PosteriorLinks(step=1.25, " in said
    assert "; step" not in said


@pytest.mark.parametrize("method", ["auto", pytest.param("marginal", marks=pytest.mark.slow)])
def test_a_minimum_probability_is_obeyed(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["link", "detections.csv", "--method", method, "--quiet"]
    assert run([*command, "-o", "all.csv", "--minimum-probability", "0"]) == 0
    assert run([*command, "-o", "sure.csv", "--minimum-probability", "0.9"]) == 0
    assert capsys.readouterr().err == ""
    all_links, sure = (
        [p for p in pyarrow.csv.read_csv(name)["link_probability"].to_pylist() if p is not None]
        for name in ("all.csv", "sure.csv")
    )
    assert min(all_links) < 0.9 <= min(sure)
    assert 0 < len(sure) < len(all_links)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--method", "lap"],
            "a minimum probability is for a method that weighs every link, and lap does not; these do:",
        ),
        (["--method", "merged"], "and merged does not; these do: marginal, auto"),
        (["--method", "lapp"], "no linker 'lapp'"),
    ],
)
def test_a_minimum_probability_is_refused(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["link", "detections.csv", "-o", "a.csv", "--minimum-probability", "0.5", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not Path("a.csv").exists()


@pytest.mark.parametrize("value", ["-0.1", "1.5", "nan", "much"])
def test_a_minimum_that_is_no_probability_is_refused(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["link", "detections.csv", "-o", "a.csv", f"--minimum-probability={value}"]) == 2
    assert "minimum" in capsys.readouterr().err
    assert not Path("a.csv").exists()
