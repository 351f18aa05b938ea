"""The folder of a study's run: what it is, its rows as they come, its nets, its results."""

import hashlib
import json
import os
import socket
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from corpuscle.studies.verdict import Row, Verdict

DECLARED = "study.json"
PARTS = "parts"
NETS = "nets"
ROWS = "rows.parquet"
VERDICT = "verdict.json"

PLURAL = ("data", "worlds", "cases", "repeats", "methods")
"""What is many of what a run declares."""


@dataclass(frozen=True, slots=True)
class Store:
    """The folder of one run.

    A row is one line of a file that belongs to one job and one process: it is appended when the row is measured, so
    that a kill loses at most the row being measured, and no two processes ever write into one file. A row that two
    processes measured, as when a worker was given up too soon, counts once: both measured the same.
    """

    folder: Path

    def check(self, declared: Mapping[str, Any]) -> None:
        """Check that nothing stands in the folder but this run, if anything does; nothing is made.

        Raises: ValueError, when another run or something else stands there.
        """
        place = self.folder / DECLARED
        if place.exists():
            check_same(self.folder, read_json(place), complete(declared))
        elif self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            message = f"{self.folder} exists and holds no run of a study; name another folder: -o DIR"
            raise ValueError(message)

    def begin(self, declared: Mapping[str, Any]) -> None:
        """Make the folder, unless the same run is in it.

        Raises: ValueError, when another run or something else stands there; it is left as it is.
        """
        self.check(declared)
        place = self.folder / DECLARED
        if not place.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            write_text(place, json.dumps(complete(declared), indent=1) + "\n")
        (self.folder / PARTS).mkdir(exist_ok=True)

    def check_version(self) -> None:
        """Check that this process, which may be a worker elsewhere, sees the run and is of its version.

        Raises: ValueError, when it does not, or is of another one.
        """
        version = self.read_declared()["version"]
        if version != this_version():
            message = f"the run is of version {version}, and this worker has {this_version()}: install the same on all"
            raise ValueError(message)

    def read_declared(self) -> dict[str, Any]:
        """Read what the run in the folder is.

        Raises: ValueError, when there is none.
        """
        place = self.folder / DECLARED
        if not place.exists():
            message = (
                f"{self.folder} holds no run of a study (no {DECLARED}): make one, corpuscle study run NAME -o DIR"
            )
            raise ValueError(message)
        return read_json(place)

    def read_parts(self, job: str = "") -> dict[tuple[Any, ...], dict[str, Any]]:
        """Read the rows measured so far, of one job or of all, by what they are rows of; a line cut short is none."""
        found: dict[tuple[Any, ...], dict[str, Any]] = {}
        for path in sorted((self.folder / PARTS).glob(f"{job or '*'}.*.jsonl")):
            for line in path.read_text(encoding="utf-8").splitlines():
                try:
                    row = json.loads(line)
                except ValueError:
                    continue
                found.setdefault(identify(row), row)
        return found

    def name_part(self, job: str) -> Path:
        """Name a file for the rows of a job that this process measures."""
        writer = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        return self.folder / PARTS / f"{job}.{writer}.jsonl"

    def write_rows(self, rows: Sequence[Row]) -> None:
        """Write all rows as one table, whole or not at all."""
        columns = list(dict.fromkeys(name for row in rows for name in row))
        table = pa.table({name: [row.get(name) for row in rows] for name in columns})
        made = self.folder / f".{ROWS}.{os.getpid()}"
        try:
            pq.write_table(table, made)
            made.replace(self.folder / ROWS)
        finally:
            made.unlink(missing_ok=True)

    def read_rows(self) -> list[dict[str, Any]]:
        """Read the rows of a finished run.

        Raises: ValueError, when it is not finished.
        """
        place = self.folder / ROWS
        if not place.exists():
            message = f"{self.folder}: the run is not finished (no {ROWS}); run it again, it goes on where it was"
            raise ValueError(message)
        rows: list[dict[str, Any]] = pq.read_table(place).to_pylist()
        return rows

    def write_verdict(self, verdict: Verdict) -> None:
        """Write the verdict."""
        write_text(self.folder / VERDICT, json.dumps(verdict.list_values(), indent=1) + "\n")


def append_row(path: Path, row: Mapping[str, Any]) -> None:
    """Append a row to a file of its job and process, whole before this returns."""
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def identify(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Say what a row is a row of: a scene, which its seed stands for, and a method."""
    return (row["seed"], row["method"])


def name_job(values: object) -> str:
    """Name a job by its values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()[:16]


def this_version() -> str:
    """Give the version of this package."""
    return metadata.version("corpuscle")


def complete(declared: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a run declares as JSON has it, with the version of this package."""
    whole: dict[str, Any] = json.loads(json.dumps({**declared, "version": this_version()}))
    return whole


def check_same(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Refuse to mix two runs."""
    for name in ("study", "scale", "version", *now):
        if before.get(name) != now.get(name):
            old, new = before.get(name), now.get(name)
            differs = "are others" if name in PLURAL else "is another"
            shown = f" {old!r}, not {new!r}" if isinstance(old, str) and isinstance(new, str) else ""
            message = f"{folder} holds another run: its {name} {differs}{shown}; name another folder: -o DIR"
            raise ValueError(message)


def read_json(path: Path) -> dict[str, Any]:
    """Read a file of this folder."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        message = f"{path}: expected JSON as `corpuscle study run` writes it, found something else"
        raise ValueError(message) from None
    return found


def write_text(path: Path, text: str) -> None:
    """Write a text, whole or not at all."""
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        made.write_text(text, encoding="utf-8")
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
