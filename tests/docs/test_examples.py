"""Every example in the documentation runs, and prints what the page says."""

import doctest
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

import corpuscle
from corpuscle.cli.main import run

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MISTAKE = "# exit code 2"
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
LONG = ("docs/compare.md", "docs/score.md", "docs/start.md", "docs/trackable.md", "docs/train-images.md")
"""Pages whose examples take many seconds; the tests of `cli` run the same verbs in the quick suite."""

PAGES = [
    pytest.param(path, marks=pytest.mark.slow) if path.relative_to(ROOT).as_posix() in LONG else path
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    if BLOCK.search(path.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_examples_of_a_page_run(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    names: dict[str, Any] = {"corpuscle": corpuscle}
    for block in BLOCK.finditer(text):
        line = text[: block.start()].count("\n") + 1
        place = f"{page.relative_to(ROOT)}:{line}"
        if block[1] == "console":
            check_commands(block[2], place, capsys)
        elif ">>>" in block[2]:
            check_session(block[2], names, place, line)
        else:
            exec(compile(block[2], place, "exec"), names)


def check_session(block: str, names: dict[str, Any], place: str, line: int) -> None:
    """Run a block of `>>>` lines; what it defines stays."""
    example = doctest.DocTestParser().get_doctest(block, names, place, place, line)
    found: list[str] = []
    results = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=found.append, clear_globs=False)
    names.update(example.globs)
    assert results.failed == 0, "".join(found)


def check_commands(block: str, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Run the lines that begin with `$ corpuscle`; what follows one is what it prints, notes before results."""
    code = 2 if MISTAKE in block else 0
    for part in re.split(r"^\$ corpuscle ", block.replace(f"{MISTAKE}\n", ""), flags=re.MULTILINE)[1:]:
        command, _, wanted = part.partition("\n")
        capsys.readouterr()
        assert run(shlex.split(command, comments=True)) == code, f"{place}: {command}"
        printed = capsys.readouterr()
        got = printed.err + printed.out
        assert not wanted.strip() or doctest.OutputChecker().check_output(wanted, got, FLAGS), (
            f"{place}: {command}\nexpected:\n{wanted}\ncame:\n{got}"
        )
