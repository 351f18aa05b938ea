"""Checksums of the files of a folder, compared with its card at the first opening and on demand."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpuscle.data.progress import follow
from corpuscle.io.errors import FormatError

STAMP = "verified.json"
"""Says which files, of which age, were checked here."""

CARD = "card.json"

Files = Mapping[str, Mapping[str, Any]]
"""What a card says of each file, by its path in the folder: `bytes` and `sha256`."""


def digest(path: Path) -> str:
    """Give the checksum of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_file(path: Path) -> dict[str, Any]:
    """Give the size and the checksum of a file, for a card."""
    return {"bytes": path.stat().st_size, "sha256": digest(path)}


def verify(folder: Path, files: Files) -> None:
    """Compare every file with its checksum.

    Raises: FormatError, naming the first that differs.
    """
    for name, about in follow(files.items(), "checking", len(files)):
        found = digest(folder / name)
        if found != about["sha256"]:
            hint = "the file has changed: copy it or convert again"
            raise FormatError(folder / name, f"the checksum (SHA-256) {about['sha256']}", found, hint=hint)


def verify_once(folder: Path, files: Files) -> None:
    """Compare checksums unless these very files were checked before.

    Raises: FormatError, naming the first file that differs.
    """
    if not is_verified(folder, files):
        verify(folder, files)
        stamp(folder, files)


def describe_ages(folder: Path, files: Files) -> dict[str, list[int]]:
    """Give the size and the time of the last change of every file, and of the card."""
    stats = {name: (folder / name).stat() for name in (CARD, *files)}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def is_verified(folder: Path, files: Files) -> bool:
    """Tell whether these very files were checked before."""
    try:
        known = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(known == describe_ages(folder, files))


def stamp(folder: Path, files: Files) -> None:
    """Note that these files were checked; a folder that cannot be written to is checked again next time."""
    made = folder / f".{STAMP}"
    try:
        made.write_text(json.dumps(describe_ages(folder, files)), encoding="utf-8")
        made.replace(folder / STAMP)
    except OSError:
        made.unlink(missing_ok=True)
