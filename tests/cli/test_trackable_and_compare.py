"""`corpuscle trackable` and `corpuscle compare` as a user types them."""

import json
from pathlib import Path

import pytest

import corpuscle
from corpuscle.cli.main import run
from corpuscle.studies.linking import ranking

SCENE = "--particles 20 --frames 15 --set spacing=9 --set step=1.5 --set field=reflecting"


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(ranking, "UNTOLD", ())  # learning from every scene takes a minute
    assert run(["simulate", "brownian", "-o", "spots.csv", "--truth", "truth.csv", *SCENE.split(), "--quiet"]) == 0


def test_trackable_says_how_far_one_may_go(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["trackable", "spots.csv", "--scenes", "2", "--json", "out.json", "--picture", "out.png"]) == 0
    shown = capsys.readouterr().out
    for words in (
        "particles a frame",
        "learned from about",
        "expected Jaccard of links",
        "frame interval x8",
        "density x4",
    ):
        assert words in shown
    assert "frame interval: the Jaccard is" in shown
    values = json.loads(Path("out.json").read_text())
    assert 0.5 < values["intervals"][0]["jaccard"] <= 1
    assert set(values["limits"]) == {"0.9", "0.5"}
    assert Path("out.png").stat().st_size > 10_000


@pytest.mark.slow
def test_compare_names_the_one_to_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["compare", "spots.csv", "--scenes", "2", "--picture", "out.svg"]) == 0
    caught = capsys.readouterr()
    assert "use " in caught.out
    assert "us/detection" in caught.out
    assert "left out: exact: it is made for 2 detections a frame" in caught.err
    assert "cost [µs a detection]" in Path("out.svg").read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", [pytest.param("trackable", marks=pytest.mark.slow), "compare"])
def test_json_is_printed_instead_of_a_table(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "spots.csv", "--scenes", "2", "--json", "-", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)["scenes"] == 2


@pytest.mark.slow
def test_the_same_from_python() -> None:
    detections, _ = corpuscle.simulate("brownian", particles=15, frames=12, spacing=9.0, step=1.5, field="reflecting")
    assert corpuscle.trackable(detections, method="lap", scenes=2)["step_over_spacing"] == pytest.approx(0.17, abs=0.05)
    assert corpuscle.compare(detections, scenes=2)["chosen"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["trackable", "spots.csv", "--picture", "out.gif"],
            "out.gif: expected a picture that ends in .png, .svg, .pdf",
        ),
        (["compare", "spots.csv", "--json", "spots.csv"], "spots.csv exists; replace it with --force"),
        (["trackable", "spots.csv", "--scenes", "1"], "expected 2 scenes or more, so that there is an interval, not 1"),
        (["compare", "few.csv"], "learning needs 40 detections in 4 frames, and here are 2 in 2"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("few.csv").write_text("frame,x,y\n0,1,1\n1,2,1\n")
    assert run(arguments) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1
