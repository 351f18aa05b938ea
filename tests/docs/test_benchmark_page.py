"""Each benchmark writes its own section of the page of benchmarks and leaves the others alone."""

from pathlib import Path

import pytest

from bench.page import write_section


def test_a_section_stands_in_the_place_of_the_old_one(tmp_path: Path) -> None:
    page = tmp_path / "benchmarks.md"
    write_section(page, "## One\n\nfirst\n")
    write_section(page, "## Two\n\n### Part\n\nsecond\n")
    write_section(page, "## One\n\nthird\n")
    assert page.read_text() == "# Benchmarks\n\n## One\n\nthird\n\n## Two\n\n### Part\n\nsecond\n"


def test_a_section_without_a_heading_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"begins with its heading '## \.\.\.', not with 'One'"):
        write_section(tmp_path / "benchmarks.md", "One\n")
