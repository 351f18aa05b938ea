"""`corpuscle link --report`: one page an input, whole or not at all, and only of methods that give probabilities."""

from pathlib import Path

import pyarrow as pa
import pytest

import corpuscle
from corpuscle.cli.main import run
from corpuscle.linking.probabilistic.merged import MergedHypotheses

GOOD = "frame,x,y\n0,0,0\n0,2,0\n1,0.6,0\n1,1.4,0\n"
MERGED = ["--method", "merged", "--set", "step=1"]


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(GOOD)


def names() -> list[str]:
    return sorted(str(path) for path in Path().rglob("*") if path.is_file())


def test_a_page_is_written_beside_the_tracks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["link", "a.csv", "-o", "b.csv", *MERGED, "--report", "c.html"]) == 0
    assert names() == ["a.csv", "b.csv", "c.html"]
    assert "How sure the links of a.csv are" in Path("c.html").read_text(encoding="utf-8")
    assert "a.csv: how sure its links are -> c.html\n" in capsys.readouterr().err
    assert run(["link", "a.csv", "-o", "b.csv", *MERGED, "--report", "c.html", "--force"]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--method", "lap", "--report", "c.html"],
            "about how likely links are, and lap does not say; these methods do: merged,",
        ),
        ([*MERGED, "--report", "a.csv"], "a report is a page: end its name in .html, not 'a.csv'"),
        ([*MERGED, "--report", "old.html"], "old.html exists; replace it with --force"),
        ([*MERGED, "--report", "nowhere/c.html"], "there is no folder nowhere"),
        (["--method", "mreged", "--report", "c.html"], "no linker 'mreged'"),
    ],
)
def test_a_report_that_cannot_be_is_refused_first(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("old.html").write_text("old")
    assert run(["link", "a.csv", "-o", "b.csv", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert names() == ["a.csv", "old.html"]
    assert Path("old.html").read_text() == "old"


@pytest.mark.slow
def test_several_inputs_have_a_folder_of_pages(capsys: pytest.CaptureFixture[str]) -> None:
    Path("in").mkdir()
    for name in ("one.csv", "two.csv"):
        Path("in", name).write_text(GOOD)
    assert run(["link", "in", "-o", "out", *MERGED, "--report", "c.html"]) == 2
    assert "c.html is a file; the reports of several inputs need a folder to go into" in capsys.readouterr().err
    assert run(["link", "in", "-o", "out", *MERGED, "--report", "pages"]) == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["one.csv", "two.csv"]
    assert sorted(path.name for path in Path("pages").iterdir()) == ["one.csv.html", "two.csv.html"]
    assert run(["link", "in", "-o", "again", *MERGED, "--report", "pages"]) == 2
    assert "pages/one.csv.html exists" in capsys.readouterr().err
    assert not Path("again").exists()
    assert run(["link", "in", "-o", "out", *MERGED, "--report", "out", "--force"]) == 0
    assert len(list(Path("out").iterdir())) == 4


def test_a_bad_input_among_several_leaves_no_page() -> None:
    Path("in").mkdir()
    Path("in/one.csv").write_text(GOOD)
    Path("in/two.csv").write_text("frame,x,y\n0,1,oops\n")
    before = names()
    assert run(["link", "in", "-o", "out", *MERGED, "--report", "pages"]) == 2
    assert names() == before
    assert not Path("pages").exists()


def test_from_python() -> None:
    table = pa.table({"frame": [0, 0, 1, 1], "x": [0.0, 2, 0.6, 1.4], "y": [0.0] * 4})
    linked = corpuscle.link(table, method=MergedHypotheses(step=1.0), report="c.html")
    assert linked["track"].to_pylist() == [0, 1, 0, 1]
    assert "How sure the links of the table are" in Path("c.html").read_text(encoding="utf-8")
    with pytest.raises(FileExistsError, match=r"c\.html exists"):
        corpuscle.link(table, method="merged", report="c.html")
    with pytest.raises(ValueError, match="lap does not say; these methods do: merged, exact"):
        corpuscle.link(table, method="lap", report="d.html")
