"""The architecture page says what the modules say."""

from docs.architecture import DOCS, write_page


def test_the_architecture_page_is_up_to_date() -> None:
    page = (DOCS / "architecture.md").read_text(encoding="utf-8")
    assert page == write_page(), "run `python docs/architecture.py`"
