"""Collisions streamed into shards: whole or not at all, and gone on with where they were stopped."""

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import Int

from corpuscle.data.apparatus import Apparatus, write_apparatus
from corpuscle.data.event import Collisions, TrackHits
from corpuscle.data.progress import follow
from corpuscle.io.checksums import CARD, describe_file, stamp
from corpuscle.io.errors import FormatError
from corpuscle.io.recorded import FIRST, PRODUCTION, Recorded, choose_tracks, record
from corpuscle.io.room import check_folder, enter_room, leave_room, write_json
from corpuscle.io.shard_card import UNITS, write_page
from corpuscle.io.shard_layout import COLUMNS, FORMAT, SCHEMA, list_files
from corpuscle.io.shard_progress import name_shard, resume
from corpuscle.io.shards import Shards, open_shards
from corpuscle.io.splits import count_shared

SHARD_HITS = 2**25
"""The most hits of a shard, about 0.7 GB."""

FLUSH_HITS = 2**20
"""Hits that may be lost when a conversion is stopped, and about what is held in memory."""


class ShardWriter:
    """Writes shards into a folder beside their place, and moves it there when they are complete.

    Args:
        folder: where the shards are to lie.
        apparatus: the field and the cylinders.
        source: where the tracks come from, for the card; what was begun from another source is not gone on with.
        positions: what the positions are, for the card.
        least: the fewest hits of a track that is kept.
        shard_hits: the most hits of a shard.
        force: whether shards that exist may be replaced.

    Raises: FileExistsError, when the folder exists (unless `force`, and then only shards are replaced).
    """

    def __init__(
        self,
        folder: str | Path,
        apparatus: Apparatus,
        *,
        source: Mapping[str, Any],
        positions: str = "measured",
        least: int = 3,
        shard_hits: int = SHARD_HITS,
        force: bool = False,
    ) -> None:
        self.folder, self.least, self.shard_hits = Path(folder), least, shard_hits
        check_folder(self.folder, force=force, what="shards", marks=FORMAT)
        self.about: dict[str, Any] = {
            "format": FORMAT,
            "schema": SCHEMA,
            "units": UNITS,
            "source": dict(source),
            "positions": positions,
            "apparatus": write_apparatus(apparatus),
        }
        self.key = hashlib.sha256(json.dumps([self.about, least, shard_hits], sort_keys=True).encode()).hexdigest()
        self.room, known = enter_room(self.folder, key=self.key)
        self.files: dict[str, BinaryIO] = {}
        self.waiting: list[Recorded] = []
        self.held = 0
        self.progress = resume(self.room, known)
        self.done = self.progress.saved

    def __enter__(self) -> "ShardWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        empty = not self.progress.shards and not self.progress.open["tracks"]
        if kind is not None and (empty or not self.done):
            shutil.rmtree(self.room, ignore_errors=True)

    def add(self, recorded: Recorded) -> None:
        """Take collisions; what is written is written in pieces.

        Raises: FormatError, when an event was there already.
        """
        numbers = recorded.collisions.hits.number.tolist()
        twice = self.progress.events.intersection(numbers)
        if twice:
            hint = "convert files that number their events alike into shards of their own"
            raise FormatError(self.folder, "every event once", f"event {min(twice)} twice", hint=hint)
        self.progress.events.update(numbers)
        self.waiting.append(recorded)
        self.held += len(recorded.collisions.hits)
        if self.held >= FLUSH_HITS:
            self.flush()

    def flush(self) -> None:
        """Write what waits, and note how far this has come."""
        for recorded in self.waiting:
            tracks, row, dropped = choose_tracks(recorded, least=self.least)
            self.progress.dropped.update(dropped)
            self.append(tracks, row, recorded)
        self.waiting, self.held = [], 0
        for file in self.files.values():
            file.flush()
        self.progress.save(self.room, self.key)
        self.done = self.progress.saved

    def append(self, tracks: TrackHits, row: Int[np.ndarray, " track"], recorded: Recorded) -> None:
        """Write tracks behind those of the open shard, which is closed when it is full."""
        if not len(tracks):
            return
        if self.progress.open["hits"] and self.progress.open["hits"] + len(tracks.position) > self.shard_hits:
            self.finish()
        particles = recorded.collisions.particles
        value = particles.parameters.value[row]
        columns = {
            "position": tracks.position,
            "layer": tracks.layer,
            "offset": tracks.offset[:-1] + self.progress.open["hits"],
            "event": tracks.event,
            "track": tracks.track,
            "origin": recorded.origin[row],
            "parameters": value,
            "kind": particles.kind[row],
            "lost": particles.lost[row],
        }
        for column in COLUMNS:
            np.ascontiguousarray(columns[column.name.split(".")[0]], column.type).tofile(self.open_file(column.name))
        self.progress.open["tracks"] += len(tracks)
        self.progress.open["hits"] += len(tracks.position)
        self.progress.widen(tracks, value, particles.lost[row])

    def open_file(self, name: str) -> BinaryIO:
        """Give a file of the open shard."""
        if name not in self.files:
            self.name_open().mkdir(exist_ok=True)
            self.files[name] = (self.name_open() / name).open("ab")
        return self.files[name]

    def name_open(self) -> Path:
        """Name the folder of the open shard."""
        return self.room / name_shard(len(self.progress.shards))

    def close(self) -> None:
        """Close the files of the open shard."""
        for file in self.files.values():
            file.close()
        self.files = {}

    def finish(self) -> None:
        """Close the open shard: its last offset, its sizes and checksums."""
        np.array([self.progress.open["hits"]], "<i8").tofile(self.open_file("offset.i64"))
        self.close()
        shard = self.name_open()
        files = {column.name: describe_file(shard / column.name) for column in COLUMNS}
        self.progress.shards[shard.name] = {**self.progress.open, "files": files}
        self.progress.open = {"tracks": 0, "hits": 0}

    def seal(self) -> Shards:
        """Write the rest and the card; the shards can be read then, and are published by `publish`.

        Raises: FormatError, when there is no track.
        """
        self.flush()
        if self.progress.open["tracks"]:
            self.finish()
        if not self.progress.shards:
            why = ", ".join(f"{count} {what}" for what, count in self.progress.dropped.items() if count)
            raise FormatError(str(self.about["source"].get("name", "")), "tracks to keep", f"none ({why})")
        tracks, hits = (sum(entry[of] for entry in self.progress.shards.values()) for of in ("tracks", "hits"))
        size = sum(about["bytes"] for entry in self.progress.shards.values() for about in entry["files"].values())
        card = {
            **self.about,
            "target": FIRST if "lost" in self.progress.ranges else PRODUCTION,
            "counts": {"tracks": tracks, "hits": hits, "events": len(self.progress.events)},
            "bytes_a_hit": size / hits,
            "events": {"least": min(self.progress.events), "most": max(self.progress.events)},
            "ranges": self.progress.ranges,
            "dropped": dict(self.progress.dropped),
            "notes": self.progress.notes,
            "shards": self.progress.shards,
        }
        write_json(self.room / CARD, card, indent=1)
        shards = open_shards(self.room, check=False)
        shared = count_shared(shards.event, shards.origin)
        if shared:
            self.progress.note(
                f"{shared} tracks share their generated momentum with one of another event: split with apart=True"
            )
            write_json(self.room / CARD, card, indent=1)
        (self.room / "card.md").write_text(write_page(card), encoding="utf-8")
        return replace(shards, card=card)

    def publish(self) -> Shards:
        """Move the shards to their place."""
        leave_room(self.room, self.folder)
        shards = open_shards(self.folder, check=False)
        stamp(self.folder, list_files(shards.card))
        return shards


def write_shards(
    folder: str | Path,
    collisions: Iterable[Collisions] | Sequence[Collisions],
    apparatus: Apparatus,
    *,
    source: Mapping[str, Any] | None = None,
    least: int = 3,
    shard_hits: int = SHARD_HITS,
    force: bool = False,
) -> Shards:
    """Write collisions of a simulation into shards.

    Args:
        folder: where the shards are to lie.
        collisions: events with their truth, taken one after another.
        apparatus: the field and the cylinders.
        source: where they come from, for the card.
        least: the fewest hits of a track that is kept.
        shard_hits: the most hits of a shard.
        force: whether shards that exist may be replaced.

    Raises: FileExistsError, when the folder exists; FormatError, when an event comes twice or there is no track.
    """
    about = source or {"format": "simulated"}
    with ShardWriter(folder, apparatus, source=about, least=least, shard_hits=shard_hits, force=force) as writer:
        known = frozenset(writer.progress.events)
        for one in follow(collisions, "writing"):
            if not known.issuperset(one.hits.number.tolist()):
                writer.add(record(one))
        writer.seal()
        return writer.publish()
