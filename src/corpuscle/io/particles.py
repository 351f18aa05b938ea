"""Particles of detections, as two XML formats write them: t, x, y, z, one element a detection."""

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element

import pyarrow as pa

from corpuscle.io.cells import as_numbers, find_fraction
from corpuscle.io.errors import FormatError

NAMES = {"t": "frame", "x": "x", "y": "y", "z": "z"}


def read_particles(particles: Iterable[Element], source: str) -> pa.Table:
    """Read particles as a table with track, frame, x, y, z, every cell as it stands.

    Raises: FormatError, naming the particle and the detection that does not fit.
    """
    cells: dict[str, list[str]] = {name: [] for name in NAMES}
    track: list[int] = []
    detection: list[int] = []
    for number, particle in enumerate(particles):
        for index, element in enumerate(particle.findall("detection")):
            for name, column in cells.items():
                value = element.get(name, "0" if name == "z" else None)
                if value is None:
                    where = f"particle {number}, detection {index}"
                    raise FormatError(source, f"an attribute {name}", "none", where=where)
                column.append(value)
            track.append(number)
            detection.append(index)
    check_cells(cells, track, detection, source)
    columns = {"track": pa.array(track, pa.int64())}
    columns |= {NAMES[name]: pa.array(column, pa.string()) for name, column in cells.items()}
    return pa.table(columns)


def check_cells(cells: Mapping[str, list[str]], track: list[int], detection: list[int], source: str) -> None:
    """Check that t is a whole number from 0, not twice in a particle, and that the others are finite."""
    for name, column in cells.items():
        numbers, bad = as_numbers(pa.chunked_array([pa.array(column, pa.string())]))
        if bad is None:
            good = (numbers >= 0) if name == "t" else (abs(numbers) < float("inf"))
            bad = next((row for row, fits in enumerate(good) if not fits), None)
        if bad is None and name == "t":
            bad = find_fraction(numbers)
        if bad is not None:
            where = f"particle {track[bad]}, detection {detection[bad]}"
            expected = "a whole number from 0 for t" if name == "t" else f"a finite number for {name}"
            raise FormatError(source, expected, repr(column[bad]), where=where)
        if name == "t":
            check_frames(numbers.tolist(), track, detection, source)


def check_frames(frames: list[float], track: list[int], detection: list[int], source: str) -> None:
    """Refuse a particle that stands twice in a frame."""
    seen: dict[tuple[int, float], int] = {}
    for row, key in enumerate(zip(track, frames, strict=True)):
        if key in seen:
            where = f"particle {track[row]}, detection {detection[row]}"
            found = f"t={frames[row]:g} here and in detection {detection[seen[key]]}"
            raise FormatError(source, "every t once in a particle", found, where=where)
        seen[key] = row
