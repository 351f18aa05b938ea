"""A folder that is made once, whole, however many processes want it at the same time."""

import shutil
import uuid
from collections.abc import Callable
from pathlib import Path


def make_once(place: Path, fill: Callable[[Path], object]) -> Path:
    """Fill a folder unless it is there, and give it.

    Two processes may do so at once: each fills a folder of its own, and the first one stays.

    Args:
        place: the folder.
        fill: what fills it, given where to.
    """
    if place.exists():
        return place
    place.parent.mkdir(parents=True, exist_ok=True)
    made = place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}")
    try:
        fill(made)
        try:
            made.rename(place)
        except OSError:
            if not place.exists():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return place
