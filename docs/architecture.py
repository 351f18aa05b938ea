"""Print the architecture page: every folder and file of the package with the first line of its docstring."""

import ast
from pathlib import Path

DOCS = Path(__file__).parent
HEAD = """# Architecture

Floors, from the top: `cli`, `api`, `report`, `studies`, `training`, `metrics`, `linking`, `fitting` and
`identification`, `estimation` and `nets`, `simulation` and `io`, `data`. A file imports only from floors below its own;
rooms on one floor are strangers. This page is printed from the modules' docstrings by `python docs/architecture.py`.
"""


def list_modules(folder: Path, depth: int = 0) -> list[str]:
    """List the files of a folder, and below them its folders, as `name  first line`."""
    lines: list[str] = []
    for path in sorted(folder.iterdir(), key=lambda path: (path.is_dir(), path.name)):
        module = path / "__init__.py" if path.is_dir() else path
        if module.suffix == ".py" and module.exists() and path.name != "__init__.py":
            name = "  " * depth + path.name + "/" * path.is_dir()
            said = (ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))) or "").split("\n", 1)[0]
            lines += [f"{name:<26}{said}".rstrip(), *(list_modules(path, depth + 1) if path.is_dir() else [])]
    return lines


def write_page() -> str:
    """Write the page."""
    return "\n".join([HEAD, "```text", *list_modules(DOCS.parent / "src" / "corpuscle"), "```"]) + "\n"


if __name__ == "__main__":
    (DOCS / "architecture.md").write_text(write_page(), encoding="utf-8")
