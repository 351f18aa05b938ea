"""The card of a folder of flat arrays, found and parsed; what must stand in it is the folder's own business."""

import json
from pathlib import Path

from corpuscle.io.checksums import CARD
from corpuscle.io.errors import FormatError


def parse_card(folder: Path, *, expected: str, hint: str) -> tuple[Path, object]:
    """Give the file of a folder's card, and what it holds.

    Args:
        folder: the folder.
        expected: what a folder with a card is, for messages.
        hint: how to make one.

    Raises: FormatError, when there is no card or it is no JSON; FileNotFoundError, when there is no folder.
    """
    path = Path(folder) / CARD
    if not Path(folder).exists():
        message = f"there is no folder {folder}"
        raise FileNotFoundError(message)
    if not path.is_file():
        raise FormatError(folder, f"{expected}, with {CARD} in it", "none", hint=hint)
    try:
        return path, json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise FormatError(path, "JSON", str(error)) from None


def check_schema(path: Path, found: object, wanted: int) -> None:
    """Refuse a card of another version.

    Raises: FormatError, naming both.
    """
    if found != wanted:
        hint = "convert again, or use the version of corpuscle that wrote it"
        raise FormatError(path, f"schema {wanted}", f"schema {found!r}", hint=hint)
