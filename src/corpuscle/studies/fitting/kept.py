"""Tracks kept in every way that a training loop may load them from: text, tensors, shards."""

import atexit
import functools
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from corpuscle.data.event import Collisions
from corpuscle.io.shard_writer import write_shards
from corpuscle.io.shards import Shards
from corpuscle.simulation.helical import Helix
from corpuscle.studies.case import Case

if TYPE_CHECKING:
    from torch import Tensor

PER_EVENT = 1000
"""Tracks of an event."""

CELLS = 3
"""Cells of a hit; TrackML's have 3.4."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Kept:
    """The same kind of tracks, kept in three ways.

    Args:
        text: a folder with a few events as TrackML's CSV files.
        tensors: a tensor of hits and one of parameters for each track.
        shards: all tracks as shards.
        size: how many tracks a batch has.
    """

    text: Path
    tensors: "list[tuple[Tensor, Tensor]]"
    shards: Shards
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptTracks(Case[Kept]):
    """Tracks of the helix world (1,000 an event, 5 % holes), to be loaded in batches.

    Args:
        tracks: how many there are as tensors and as shards.
        events: how many events there are as text, which takes long to read.
        size: how many tracks a batch has.
        repeats: how often loading is measured.
    """

    tracks: int
    events: int
    size: int
    repeats: int

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the world."""
        return {"batch": self.size}

    @property
    def known(self) -> dict[str, Any]:
        """Nothing that a way to load is told."""
        return {}

    @property
    def count(self) -> int | None:
        """How often loading is measured."""
        return self.repeats

    def declare(self) -> dict[str, Any]:
        """Write down how much is loaded."""
        return {"world": "helix", "tracks": self.tracks, "events": self.events, "repeats": self.repeats}

    def draw_scene(self, repeat: int, data: Path | None = None) -> Kept:
        """Keep tracks in every way."""
        return replace(keep_tracks(self.tracks, self.events), size=self.size)


@functools.lru_cache(maxsize=1)
def keep_tracks(tracks: int, events: int) -> Kept:
    """Simulate tracks and keep them; once, since how long loading takes is not a matter of chance in them.

    The folder that they lie in goes when the process ends.
    """
    folder = Path(tempfile.mkdtemp(prefix="corpuscle-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    (folder / "text").mkdir()
    for event in range(events):
        write_text(folder / "text", simulate_event(event), event)
    count = -(-tracks // PER_EVENT)
    shards = write_shards(folder / "shards", (simulate_event(event) for event in range(count)), Helix().apparatus)
    return Kept(text=folder / "text", tensors=list_tensors(shards), shards=shards, size=1)


def simulate_event(event: int) -> Collisions:
    """Simulate one event, whose number is its seed."""
    made = Helix(tracks=PER_EVENT, tracks_per_event=PER_EVENT, holes=0.05).simulate(np.random.default_rng(event))
    number = np.array([event])
    return Collisions(
        replace(made.hits, number=number), replace(made.particles, event=np.repeat(number, len(made.particles)))
    )


def list_tensors(shards: Shards) -> "list[tuple[Tensor, Tensor]]":
    """Make a tensor of hits and one of parameters for each track."""
    import torch

    rows = np.arange(len(shards))
    packed, value = shards.pack(rows), shards.parameters(rows).value
    hits = np.split(packed.position, packed.offset[1:-1])
    return [(torch.tensor(one), torch.tensor(five, dtype=torch.float32)) for one, five in zip(hits, value, strict=True)]


def write_text(folder: Path, collisions: Collisions, event: int) -> None:
    """Write an event as TrackML's four files, with as many columns and rows as those have."""
    import pyarrow as pa
    from pyarrow import csv

    for name, columns in lay_out(collisions).items():
        csv.write_csv(pa.table(dict(columns)), folder / f"event{event:09d}-{name}.csv")


def lay_out(collisions: Collisions) -> dict[str, Mapping[str, np.ndarray]]:
    """Lay an event out in the columns of TrackML."""
    hits, particles = collisions.hits, collisions.particles
    parameters, owner = particles.parameters, hits.track
    hit, number = np.arange(1, len(hits) + 1), particles.track + 1
    phi, across = parameters.value[:, 2], parameters.transverse_momentum
    momentum = {"px": across * np.cos(phi), "py": across * np.sin(phi), "pz": parameters.longitudinal_momentum}
    place = dict(zip("xyz", hits.position.T, strict=True))
    where = {"volume_id": hits.layer, "layer_id": hits.layer, "module_id": hits.layer}
    cells = np.repeat(hit, CELLS)
    true = {f"t{name}": value for name, value in place.items()}
    true |= {f"t{name}": value[owner] for name, value in momentum.items()}
    begins = {"vx": -parameters.value[:, 0] * np.sin(phi), "vy": parameters.value[:, 0] * np.cos(phi)}
    return {
        "hits": {"hit_id": hit, **place, **where},
        "cells": {"hit_id": cells, "ch0": cells, "ch1": cells, "value": np.full(len(cells), 0.25)},
        "truth": {"hit_id": hit, "particle_id": number[owner], **true, "weight": np.full(len(hit), 1 / len(hit))},
        "particles": {
            "particle_id": number,
            "particle_type": particles.kind,
            **begins,
            "vz": parameters.value[:, 1],
            **momentum,
            "q": parameters.charge,
            "nhits": np.bincount(owner, minlength=len(number)),
        },
    }
