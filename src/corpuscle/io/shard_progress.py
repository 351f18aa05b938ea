"""How far a conversion into shards has come, kept beside what it writes, so that it can go on."""

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.io.room import PROGRESS, write_json
from corpuscle.io.shard_layout import COLUMNS


@dataclass(slots=True)
class Progress:
    """What was written so far.

    Args:
        shards: the shards that are complete: tracks, hits and files of each.
        open: tracks and hits of the shard that is being written.
        dropped: what was left out.
        ranges: the least and the most of everything.
        notes: sentences for the card.
        events: the numbers of the events that were taken.
        saved: how many events were written when this was saved.
    """

    shards: dict[str, dict[str, Any]] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=lambda: {"tracks": 0, "hits": 0})
    dropped: Counter[str] = field(default_factory=Counter)
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    events: set[int] = field(default_factory=set)
    saved: int = 0

    def save(self, room: Path, key: str) -> None:
        """Save it, after everything that it counts was written."""
        self.saved = len(self.events)
        values = {
            "key": key, "shards": self.shards, "open": self.open, "dropped": self.dropped, "ranges": self.ranges,
            "notes": self.notes, "events": sorted(self.events),
        }  # fmt: skip
        write_json(room / PROGRESS, values)

    def note(self, text: str) -> None:
        """Keep a sentence for the card, once."""
        if text not in self.notes:
            self.notes.append(text)

    def widen(self, tracks: TrackHits, value: Float[np.ndarray, "track 5"], lost: Float[np.ndarray, " track"]) -> None:
        """Take note of the least and the most of everything in some tracks."""
        parameters = HelixParameters(value)
        found = {
            "radius of hits [mm]": np.hypot(tracks.position[:, 0], tracks.position[:, 1]),
            "z of hits [mm]": tracks.position[:, 2],
            "layer": tracks.layer,
            "hits of a track": tracks.length,
            "pT [GeV]": parameters.transverse_momentum,
            "pseudorapidity": parameters.pseudorapidity,
            "d0 [mm]": value[:, 0],
            "z0 [mm]": value[:, 1],
            "lost": lost[np.isfinite(lost)],
        }
        for name, values in found.items():
            if len(values):
                low, high = self.ranges.get(name, (np.inf, -np.inf))
                self.ranges[name] = (min(low, float(values.min())), max(high, float(values.max())))


def resume(room: Path, known: Mapping[str, Any]) -> Progress:
    """Give what was written from the same source, as far as it was saved; nothing where it begins."""
    if not known:
        return Progress()
    progress = Progress(
        shards=known["shards"],
        open=known["open"],
        dropped=Counter(known["dropped"]),
        ranges={name: (low, high) for name, (low, high) in known["ranges"].items()},
        notes=known["notes"],
        events=set(known["events"]),
        saved=len(known["events"]),
    )
    cut_back(room, progress)
    return progress


def cut_back(room: Path, progress: Progress) -> None:
    """Take away what was written after the progress was saved."""
    current = room / name_shard(len(progress.shards))
    for folder in room.iterdir():
        if folder.is_dir() and (folder.name > current.name or (folder == current and not progress.open["tracks"])):
            shutil.rmtree(folder)
    for column in COLUMNS if current.is_dir() else ():
        with (current / column.name).open("r+b") as file:
            file.truncate(column.count_bytes(progress.open, whole=False))


def name_shard(number: int) -> str:
    """Name the folder of a shard.

    >>> name_shard(7)
    '00007'
    """
    return f"{number:05d}"
