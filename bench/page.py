"""The page of benchmarks: each writes its own section of it."""

import os
import re
import sys
from pathlib import Path

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


def write_section(page: Path, section: str) -> None:
    """Write a section, which begins with its heading `## ...`, in the place of the one of that heading, or at the end.

    Raises: ValueError, when the section begins with no such heading.
    """
    heading = section.split("\n", 1)[0]
    if not heading.startswith("## "):
        message = f"a section begins with its heading '## ...', not with {heading!r}"
        raise ValueError(message)
    text = page.read_text(encoding="utf-8") if page.exists() else "# Benchmarks\n"
    others = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    place = next((i for i, other in enumerate(others) if other.split("\n", 1)[0] == heading), len(others))
    others[place : place + 1] = [section]
    page.write_text("\n\n".join(other.strip() for other in others) + "\n", encoding="utf-8")


def use_one_thread(module: str) -> None:
    """Start a module again with one thread, unless that is so already: libraries read it when they are loaded."""
    if any(os.environ.get(name) != "1" for name in THREADS):
        arguments = [sys.executable, "-m", module, *sys.argv[1:]]
        os.execve(sys.executable, arguments, os.environ | dict.fromkeys(THREADS, "1"))
