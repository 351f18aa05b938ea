"""Memory-mapped shards of tracks: opened, checked, and gathered from by row."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int, Num

from corpuscle.data.apparatus import Apparatus, read_apparatus
from corpuscle.data.event import Particles, TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.io.checksums import CARD, verify, verify_once
from corpuscle.io.columns import check_sizes
from corpuscle.io.errors import FormatError
from corpuscle.io.shard_card import read_card
from corpuscle.io.shard_layout import COLUMNS, list_files


class Packed(NamedTuple):
    """Hits of tracks as they lie in the shards, one track behind another.

    Args:
        position: x, y, z [mm].
        layer: cylinder of each hit; -1: none.
        offset: where the hits of each track begin, and the number of all.
    """

    position: Float[np.ndarray, "hit 3"]
    layer: Int[np.ndarray, " hit"]
    offset: Int[np.ndarray, " track_and_1"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Shards:
    """Tracks in memory-mapped shards: rows are chosen by number, and nothing else is read.

    It pickles as its folder: a process that gets one opens the same files and shares their pages.

    Args:
        folder: where they lie.
        card: what the card says.
        apparatus: the field and the cylinders.
        parts: the arrays of each shard, by name.
        begin: the row of each shard's first track, and the number of all.
    """

    folder: Path
    card: dict[str, Any]
    apparatus: Apparatus
    parts: tuple[dict[str, Num[np.ndarray, "..."]], ...]
    begin: Int[np.ndarray, " shard_and_1"]
    _whole: dict[str, Num[np.ndarray, "..."]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return int(self.begin[-1])

    def __repr__(self) -> str:
        return f"Shards({len(self)} tracks, {self.card['counts']['hits']} hits, {self.folder.name})"

    def __reduce__(self) -> tuple[Any, ...]:
        return open_checked, (self.folder,)

    @property
    def length(self) -> Int[np.ndarray, " track"]:
        """How many hits each track has."""
        if "length" not in self._whole:
            self._whole["length"] = np.concatenate([np.diff(part["offset"]) for part in self.parts])
        return self._whole["length"]

    @property
    def event(self) -> Int[np.ndarray, " track"]:
        """The generator's event of each track."""
        return self.column("event")

    @property
    def origin(self) -> Int[np.ndarray, " track"]:
        """A number that tracks share if they were generated with one momentum."""
        return self.column("origin")

    def column(self, name: str) -> Num[np.ndarray, " track"]:
        """Give a column of tracks: mapped where there is one shard, joined in memory where there are several."""
        if name not in self._whole:
            parts = [part[name] for part in self.parts]
            self._whole[name] = parts[0] if len(parts) == 1 else np.concatenate(parts)
        return self._whole[name]

    def pack(self, rows: Int[np.ndarray, " some"]) -> Packed:
        """Gather the hits of tracks as they are stored: one gather for each shard that has any of them.

        Raises: IndexError, when a row is none.
        """
        check_rows(rows, len(self))
        if len(self.parts) == 1:
            return gather(self.parts[0], rows)
        length = self.length[rows]
        offset = np.concatenate([[0], np.cumsum(length)])
        position = np.empty((offset[-1], 3), np.float32)
        layer = np.empty(offset[-1], np.int16)
        for part, places, local in self.locate(rows):
            found = gather(part, local)
            hit = spread(offset[places], length[places])
            position[hit], layer[hit] = found.position, found.layer
        return Packed(position, layer, offset)

    def locate(
        self, rows: Int[np.ndarray, " some"]
    ) -> Iterator[tuple[dict[str, Num[np.ndarray, "..."]], Int[np.ndarray, " k"], Int[np.ndarray, " k"]]]:
        """Go through the shards that hold any of the rows: the shard, which of the rows, and their rows in it."""
        shard = np.searchsorted(self.begin, rows, side="right") - 1
        for k in np.unique(shard):
            places = np.flatnonzero(shard == k)
            yield self.parts[k], places, rows[places] - self.begin[k]

    def gather_column(self, name: str, rows: Int[np.ndarray, " some"]) -> Num[np.ndarray, "..."]:
        """Give some rows of a column of tracks."""
        check_rows(rows, len(self))
        if len(self.parts) == 1:
            return np.asarray(self.parts[0][name][rows])
        first = self.parts[0][name]
        found = np.empty((len(rows), *first.shape[1:]), first.dtype)
        for part, places, local in self.locate(rows):
            found[places] = part[name][local]
        return found

    def choose(self, rows: Int[np.ndarray, " some"]) -> TrackHits:
        """Give the hits of some tracks, as a fitter takes them: in double precision, as exact as they are stored."""
        packed = self.pack(rows)
        return TrackHits(
            event=self.gather_column("event", rows),
            track=self.gather_column("track", rows),
            offset=packed.offset,
            position=packed.position.astype(float),
            layer=packed.layer.astype(np.int64),
        )

    def parameters(self, rows: Int[np.ndarray, " some"]) -> HelixParameters:
        """Give the true parameters of some tracks; a row may be asked for twice."""
        return HelixParameters(self.gather_column("parameters", rows))

    def particles(self, rows: Int[np.ndarray, " some"]) -> Particles:
        """Give the truth of some tracks, each asked for once."""
        return Particles(
            event=self.gather_column("event", rows),
            track=self.gather_column("track", rows),
            parameters=self.parameters(rows),
            kind=self.gather_column("kind", rows).astype(np.int64),
            lost=self.gather_column("lost", rows).astype(float),
        )

    def split(
        self, seed: int = 0, shares: tuple[float, ...] = (0.8, 0.1, 0.1), *, apart: bool = False
    ) -> tuple[Int[np.ndarray, " part"], ...]:
        """Split the rows by generator event: no event stands on two sides.

        Args:
            seed: of the shuffle of the events.
            shares: of the events, for each side.
            apart: whether events that repeat a generated momentum stay on one side, too.
        """
        from corpuscle.io.splits import group_events, split_groups

        group = group_events(self.event, self.origin) if apart else self.event
        return split_groups(group, seed=seed, shares=shares)

    def verify(self) -> None:
        """Read every byte and compare it with the card.

        Raises: FormatError, naming the first file that is not what the card says.
        """
        verify(self.folder, list_files(self.card))


def open_shards(folder: str | Path, *, check: bool = True) -> Shards:
    """Open a folder of shards.

    Sizes are compared with the card at every opening, checksums (one pass through all bytes, a second or two a
    gigabyte) at the first: that they were right stands in a file beside the card, with the age of each file, as far as
    one can be written.

    Args:
        folder: what `corpuscle convert` has made.
        check: whether to compare checksums that were not compared before.

    Raises: FormatError, when a file is missing, cut or changed; FileNotFoundError, when there is no folder.
    """
    folder = Path(folder)
    card = read_card(folder)
    for name, entry in card["shards"].items():
        check_sizes(folder / name, COLUMNS, entry, what="shard")
    if check:
        verify_once(folder, list_files(card))
    parts = tuple(
        {column.name.split(".")[0]: column.map(folder / name / column.name, entry) for column in COLUMNS}
        for name, entry in card["shards"].items()
    )
    try:
        apparatus = read_apparatus(card["apparatus"])
    except ValueError as error:
        raise FormatError(folder / CARD, "an apparatus", str(error)) from None
    begin = np.cumsum([0, *(entry["tracks"] for entry in card["shards"].values())])
    return Shards(folder=folder, card=card, apparatus=apparatus, parts=parts, begin=begin)


def open_checked(folder: Path) -> Shards:
    """Open shards that were checked by whoever sends them here."""
    return open_shards(folder, check=False)


def gather(part: dict[str, Num[np.ndarray, "..."]], rows: Int[np.ndarray, " some"]) -> Packed:
    """Gather the hits of tracks from one shard."""
    first = part["offset"][rows]
    length = part["offset"][rows + 1] - first
    hit = spread(first, length)
    offset = np.concatenate([[0], np.cumsum(length)])
    return Packed(part["position"].take(hit, axis=0), part["layer"].take(hit), np.asarray(offset))


def spread(first: Int[np.ndarray, " n"], length: Int[np.ndarray, " n"]) -> Int[np.ndarray, " hit"]:
    """Give the numbers from each first on, as many as its length.

    >>> spread(np.array([7, 2]), np.array([2, 3]))
    array([7, 8, 2, 3, 4])
    """
    begin = np.cumsum(length) - length
    return np.asarray(np.arange(int(length.sum())) + np.repeat(first - begin, length))


def check_rows(rows: Int[np.ndarray, " some"], count: int) -> None:
    """Refuse rows that are none, negative ones too."""
    if len(rows) and (rows.min() < 0 or rows.max() >= count):
        wrong = rows[np.argmax((rows < 0) | (rows >= count))]
        message = f"a row is a number from 0 to {count - 1}, not {wrong}"
        raise IndexError(message)
