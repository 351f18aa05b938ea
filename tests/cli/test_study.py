"""`corpuscle study` as a user types it."""

import json
from pathlib import Path

import pyarrow.parquet
import pytest

from corpuscle.cli.main import run
from corpuscle.data.registry import Named
from corpuscle.studies import studies as registry
from corpuscle.studies.studies import STUDIES
from tests.studies.test_run import shipped_tiny

TINY = shipped_tiny(2)


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "STUDIES", Named("study", {**STUDIES.entries, "tiny": "tests.cli.test_study:TINY"}))


def test_list_names_every_study(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", "list"]) == 0
    shown = capsys.readouterr().out
    assert all(name in shown for name in STUDIES)


def test_run_writes_everything_and_report_one_page(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", "run", "tiny", "-o", "run"]) == 0
    caught = capsys.readouterr()
    assert "tiny: the claim" in caught.out
    assert "24 rows; wrote rows.parquet, figure.png, figure.svg, table.md, verdict.json into run/" in caught.err
    folder = Path("run")
    assert len(pyarrow.parquet.read_table(folder / "rows.parquet")) == 24
    assert json.loads((folder / "verdict.json").read_text())["statements"]
    assert (folder / "figure.png").stat().st_size > 10_000
    assert "| nearest |" in (folder / "table.md").read_text()
    assert run(["study", "report", "run"]) == 0
    assert "<svg" in (folder / "report.html").read_text(encoding="utf-8")


def test_the_folder_is_named_after_study_and_scale() -> None:
    assert run(["study", "run", "tiny", "--quiet"]) == 0
    assert (Path("tiny-quick") / "rows.parquet").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "mishra2024-fig7"], "no study 'mishra2024-fig7'; there are mishra2024-fig2a"),
        (["run", "tiny", "--scale", "full"], "no scale 'full'; there are quick, paper"),
        (["run", "tiny", "--workers", "2", "--scheduler", "tcp://a:1"], "give --workers or --scheduler, not both"),
        (["report", "nowhere"], "nowhere holds no run of a study (no study.json)"),
    ],
)
def test_a_mistake_is_one_line(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", *arguments]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert len(shown.splitlines()) == 1


def test_a_report_of_an_unfinished_run_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", "run", "tiny", "-o", "run", "--quiet"]) == 0
    (Path("run") / "rows.parquet").unlink()
    assert run(["study", "report", "run"]) == 2
    assert "the run is not finished (no rows.parquet); run it again" in capsys.readouterr().err


def test_another_run_is_not_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["study", "run", "tiny", "-o", "run", "--quiet"]) == 0
    before = {path.name: path.read_bytes() for path in Path("run").iterdir() if path.is_file()}
    assert run(["study", "run", "tiny", "-o", "run", "--scale", "paper"]) == 2
    assert "holds another run" in capsys.readouterr().err
    assert before == {path.name: path.read_bytes() for path in Path("run").iterdir() if path.is_file()}
