"""A folder in the making: it appears whole or not at all, and is gone on with where it was stopped."""

import json
import shutil
from pathlib import Path
from typing import Any

from corpuscle.io.checksums import CARD
from corpuscle.io.files import check_writable
from corpuscle.io.plain import make_plain

PROGRESS = "progress.json"


def enter_room(folder: Path, *, key: str) -> tuple[Path, dict[str, Any]]:
    """Go on with what was begun beside a folder from the same source, or begin.

    Args:
        folder: the folder that is to appear.
        key: says what it is made of; what was begun from something else is thrown away.

    Returns:
        The hidden folder that is written into, and how far it has come: nothing where it begins.
    """
    room = folder.with_name(f".{folder.name}.part")
    try:
        known = json.loads((room / PROGRESS).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if isinstance(known, dict) and known.get("key") == key:
        return room, known
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir()
    return room, {}


def leave_room(room: Path, folder: Path) -> None:
    """Move what is complete to its place."""
    (room / PROGRESS).unlink()
    replaced = folder.with_name(f".{folder.name}.replaced")
    if folder.exists():
        folder.rename(replaced)
    room.rename(folder)
    shutil.rmtree(replaced, ignore_errors=True)


def write_json(path: Path, values: object, *, indent: int | None = None) -> None:
    """Write a file of JSON in one step, null in place of what JSON has no number for."""
    made = path.with_name(f"{path.name}.new")
    made.write_text(json.dumps(make_plain(values), indent=indent) + "\n", encoding="utf-8")
    made.replace(path)


def check_folder(folder: Path, *, force: bool, what: str, marks: str) -> None:
    """Refuse a folder that exists, unless it is one of this kind that may be replaced.

    Args:
        folder: the folder that is to appear.
        force: whether one of the same kind may be replaced.
        what: the kind, for the message.
        marks: what a card of this kind says of its format.

    Raises: FileExistsError, saying what to do.
    """
    if not folder.exists():
        check_writable(folder)
        return
    if not folder.is_dir() or (any(folder.iterdir()) and not is_of_kind(folder, marks)):
        message = f"{folder} exists and is no folder of {what}; choose another name"
        raise FileExistsError(message)
    if not force:
        message = f"{folder} exists; replace it with --force, or choose another name"
        raise FileExistsError(message)


def is_of_kind(folder: Path, marks: str) -> bool:
    """Tell whether a folder's card says that it is of this kind; one that cannot be read is taken at its name."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except OSError:
        return False
    except ValueError:
        return True
    return not isinstance(card, dict) or card.get("format", marks) == marks
