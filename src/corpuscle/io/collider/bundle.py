"""The files of a folder or of a zip archive, by event and part."""

import gzip
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpuscle.io.errors import FormatError

EVENT = re.compile(r"event(\d+)-([a-z_-]+)\.csv(\.gz)?")


@dataclass(frozen=True, slots=True)
class Member:
    """One file, perhaps inside an archive."""

    path: Path
    inside: str = ""

    def __str__(self) -> str:
        return f"{self.path.name}/{self.inside}" if self.inside else self.path.name

    @property
    def name(self) -> str:
        """Its own name, without folders."""
        return (self.inside or self.path.name).rsplit("/", 1)[-1]

    def read(self) -> bytes:
        """Read it whole, unpacked where it is packed.

        Raises: FormatError, when it or its archive is cut.
        """
        try:
            if self.inside:
                with zipfile.ZipFile(self.path) as archive:
                    data = archive.read(self.inside)
            else:
                data = self.path.read_bytes()
            return gzip.decompress(data) if self.name.endswith(".gz") else data
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, KeyError) as error:
            raise FormatError(str(self), "a whole file", str(error) or "a cut one", hint="copy it again") from None


@dataclass(frozen=True, slots=True)
class EventFiles:
    """The files of one event, by part."""

    number: int
    parts: Mapping[str, Member]

    def __getitem__(self, part: str) -> Member:
        return self.parts[part]

    def __contains__(self, part: str) -> bool:
        return part in self.parts


def list_members(path: Path) -> list[Member]:
    """List the files of a folder, those in its archives too, or of an archive.

    Raises: FileNotFoundError, when there is nothing; FormatError, when an archive is none.
    """
    if not path.exists():
        message = f"there is no folder or archive {path}"
        raise FileNotFoundError(message)
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    found: list[Member] = []
    for file in files:
        if file.suffix.lower() == ".zip":
            try:
                with zipfile.ZipFile(file) as archive:
                    found += [Member(file, name) for name in sorted(archive.namelist()) if not name.endswith("/")]
            except zipfile.BadZipFile as error:
                raise FormatError(file, "a whole zip archive", str(error), hint="copy it again") from None
        elif file.is_file():
            found.append(Member(file))
    return found


def find_events(path: Path, required: Sequence[str]) -> list[EventFiles]:
    """Find the files of every event, which are named `event000000001-hits.csv` and so on, in the order of the events.

    Raises: FormatError, when there is no event, one lacks a part or has it twice.
    """
    events: dict[int, dict[str, Member]] = {}
    for member in list_members(path):
        match = EVENT.fullmatch(member.name)
        if match is None:
            continue
        parts = events.setdefault(int(match[1]), {})
        if match[2] in parts:
            expected = f"one file of {match[2]} for event {int(match[1])}"
            raise FormatError(path, expected, f"{parts[match[2]]} and {member}", hint="leave one of them")
        parts[match[2]] = member
    if not events:
        raise FormatError(path, f"files like event000000001-{required[0]}.csv (or .csv.gz, or in a .zip)", "none")
    for number, parts in sorted(events.items()):
        missing = [part for part in required if part not in parts]
        if missing:
            expected = f"{' and '.join(missing)} of event {number} (event{number:09d}-{missing[0]}.csv)"
            raise FormatError(path, expected, f"only {', '.join(sorted(parts))}")
    return [EventFiles(number, parts) for number, parts in sorted(events.items())]
