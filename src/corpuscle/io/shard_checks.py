"""Whether shards are what their card says: sizes at every opening, checksums once on each machine."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from corpuscle.data.progress import follow
from corpuscle.io.errors import FormatError
from corpuscle.io.shard_layout import CARD, COLUMNS

STAMP = "verified.json"
"""Says which files, of which size and age, were checked here."""


def check_sizes(folder: Path, name: str, entry: Mapping[str, Any]) -> None:
    """Check that every file of a shard is there, and as long as the card says.

    Raises: FormatError, naming the first file that is not.
    """
    for column in COLUMNS:
        path = folder / name / column.name
        wanted = column.count_bytes(entry)
        hint = "the shard was cut or written over: make it again with corpuscle convert"
        if not path.is_file():
            raise FormatError(path, f"a file of {wanted} bytes", "none", hint=hint)
        if path.stat().st_size != wanted:
            raise FormatError(path, f"{wanted} bytes", f"{path.stat().st_size}", hint=hint)


def verify(folder: Path, card: Mapping[str, Any]) -> None:
    """Compare every file with its checksum.

    Raises: FormatError, naming the first that differs.
    """
    files = [
        (folder / name / file, about["sha256"])
        for name, entry in card["shards"].items()
        for file, about in entry["files"].items()
    ]
    for path, wanted in follow(files, "checking"):
        found = digest(path)
        if found != wanted:
            hint = "the file has changed: copy it or convert again"
            raise FormatError(path, f"the checksum (SHA-256) {wanted}", found, hint=hint)


def digest(path: Path) -> str:
    """Give the checksum of a file, read piece by piece."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def describe_ages(folder: Path, card: Mapping[str, Any]) -> dict[str, list[int]]:
    """Give the size and the time of the last change of every file, and of the card."""
    names = [CARD, *(f"{name}/{file}" for name, entry in card["shards"].items() for file in entry["files"])]
    stats = {name: (folder / name).stat() for name in names}
    return {name: [stat.st_size, stat.st_mtime_ns] for name, stat in stats.items()}


def is_verified(folder: Path, card: Mapping[str, Any]) -> bool:
    """Tell whether these very files were checked before."""
    try:
        known = json.loads((folder / STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(known == describe_ages(folder, card))


def stamp(folder: Path, card: Mapping[str, Any]) -> None:
    """Note that these files were checked; a folder that cannot be written to is checked again next time."""
    made = folder / f".{STAMP}"
    try:
        made.write_text(json.dumps(describe_ages(folder, card)), encoding="utf-8")
        made.replace(folder / STAMP)
    except OSError:
        made.unlink(missing_ok=True)
