"""Batches of tracks by number: one gather each from shards, shuffled alike on every machine, packed or padded."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.settings import check_settings, setting
from corpuscle.io.shards import Packed, Shards

PADDING = -2
"""The layer of a place in which there is no hit; -1 is a hit on no cylinder."""


class Padded(NamedTuple):
    """Tracks side by side, the short ones filled up.

    Args:
        position: x, y, z [mm], 0 where there is no hit.
        layer: cylinder of each hit; -1: none; -2: no hit.
        real: True where there is a hit.
        parameters: the true perigees.
        rows: the row of each track.
    """

    position: Float[np.ndarray, "track hit 3"]
    layer: Int[np.ndarray, "track hit"]
    real: Bool[np.ndarray, "track hit"]
    parameters: Float[np.ndarray, "track 5"]
    rows: Int[np.ndarray, " track"]


class Joined(NamedTuple):
    """Tracks one behind another.

    Args:
        position: x, y, z [mm].
        layer: cylinder of each hit; -1: none.
        offset: where the hits of each track begin, and the number of all (cumulative lengths).
        parameters: the true perigees.
        rows: the row of each track.
    """

    position: Float[np.ndarray, "hit 3"]
    layer: Int[np.ndarray, " hit"]
    offset: Int[np.ndarray, " track_and_1"]
    parameters: Float[np.ndarray, "track 5"]
    rows: Int[np.ndarray, " track"]


Batch = Padded | Joined


@dataclass(frozen=True, slots=True, kw_only=True)
class Loading:
    """How tracks become batches."""

    size: int = setting(3000, "tracks of a batch", least=1)
    shape: Literal["bucketed", "packed", "fixed"] = setting(
        "bucketed", "tracks of like length padded to the longest, hits one behind another, or all padded alike"
    )
    window: int = setting(32, "batches whose tracks are sorted by length together (bucketed)", least=1)
    hits: int | None = setting(None, "places of a track (fixed); none: as many as the longest has", least=1)
    shuffle: bool = setting(True, "in an order of its own for each epoch")
    seed: int = setting(0, "of the shuffles", least=0)

    def __post_init__(self) -> None:
        check_settings(self)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Batches:
    """The batches of some tracks, each by its number: the same for the same seed and epoch, whoever asks.

    Args:
        shards: where the tracks lie.
        rows: which of them.
        loading: how they become batches.

    Raises: ValueError, when a track has more hits than a fixed shape has places.
    """

    shards: Shards
    rows: Int[np.ndarray, " track"]
    loading: Loading

    def __post_init__(self) -> None:
        longest = self.longest
        if self.loading.hits is not None and longest > self.loading.hits:
            message = f"a track has {longest} hits, more than the {self.loading.hits} places of a fixed shape"
            raise ValueError(message)

    def __len__(self) -> int:
        return int(np.ceil(len(self.rows) / self.loading.size))

    @property
    def longest(self) -> int:
        """The most hits that any of the tracks has."""
        return int(self.shards.length[self.rows].max(initial=0))

    def plan(self, epoch: int) -> Int[np.ndarray, " track"]:
        """Give the rows of an epoch in the order in which they come, batch behind batch."""
        loading = self.loading
        if not loading.shuffle:
            return self.rows
        generator = np.random.default_rng([loading.seed, epoch])
        order = self.rows[generator.permutation(len(self.rows))]
        return self.sort_windows(order, generator) if loading.shape == "bucketed" else order

    def sort_windows(
        self, order: Int[np.ndarray, " track"], generator: np.random.Generator
    ) -> Int[np.ndarray, " track"]:
        """Sort the tracks of some batches at a time by length, and shuffle these batches."""
        size, reach = self.loading.size, self.loading.size * self.loading.window
        made = []
        for begin in range(0, len(order), reach):
            part = order[begin : begin + reach]
            part = part[np.argsort(self.shards.length[part], kind="stable")]
            # the shorter last batch stays last, so that batch k begins at k times the size
            batches = [part[k : k + size] for k in range(0, len(part), size)]
            whole = len(part) // size
            made += [batches[k] for k in generator.permutation(whole)] + batches[whole:]
        return np.concatenate(made) if made else order

    def load(self, epoch: int, number: int) -> Batch:
        """Load one batch of an epoch.

        Raises: IndexError, when there is no batch of that number.
        """
        if not 0 <= number < len(self):
            message = f"there are batches 0 to {len(self) - 1}, not {number}"
            raise IndexError(message)
        return self.gather(self.cut(self.plan(epoch), number))

    def cut(self, plan: Int[np.ndarray, " track"], number: int) -> Int[np.ndarray, " some"]:
        """Give the rows of one batch of a plan."""
        return plan[number * self.loading.size : (number + 1) * self.loading.size]

    def gather(self, rows: Int[np.ndarray, " some"]) -> Batch:
        """Make a batch of rows: one gather of hits, one of parameters."""
        packed = self.shards.pack(rows)
        parameters = self.shards.gather_column("parameters", rows)
        if self.loading.shape == "packed":
            return Joined(*packed, parameters, rows)
        width = self.loading.hits or self.longest
        return pad(packed, parameters, rows, width=None if self.loading.shape == "bucketed" else width)

    def follow(self, epoch: int, first: int = 0) -> Iterator[Batch]:
        """Go through an epoch, from some batch on: a training that was stopped goes on where it was."""
        plan = self.plan(epoch)
        for number in range(first, len(self)):
            yield self.gather(self.cut(plan, number))

    def measure_waste(self, epoch: int = 0) -> float:
        """Measure places over hits in an epoch: 1 where nothing is padded."""
        length, size = self.shards.length[self.plan(epoch)], self.loading.size
        if self.loading.shape == "packed" or not len(length):
            return 1.0
        parts = [length[k : k + size] for k in range(0, len(length), size)]
        fixed = (self.loading.hits or self.longest) if self.loading.shape == "fixed" else 0
        places = sum(len(part) * (fixed or int(part.max())) for part in parts)
        return float(places / length.sum())


def pad(
    packed: Packed, parameters: Float[np.ndarray, "track 5"], rows: Int[np.ndarray, " track"], *, width: int | None
) -> Padded:
    """Lay tracks side by side, as wide as the longest or as told."""
    length = np.diff(packed.offset)
    place = np.arange(int(length.max(initial=0)) if width is None else width)
    real = place < length[:, None]
    hit = np.where(real, packed.offset[:-1, None] + place, 0)
    if not len(packed.layer):
        return Padded(
            np.zeros((*real.shape, 3), np.float32), np.full(real.shape, PADDING, np.int16), real, parameters, rows
        )
    position = packed.position.take(hit, axis=0)
    position *= real[..., None]
    layer = np.where(real, packed.layer.take(hit), np.int16(PADDING))
    return Padded(position, layer, real, parameters, rows)
