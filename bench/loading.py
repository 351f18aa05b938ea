"""Measure what it takes to load tracks: read on the fly, listed in memory, or gathered from memory-mapped shards.

Run `python -m bench.loading --events 10 --tracks 300000 --repeats 5`, with `--out docs/benchmarks.md` to write the
section.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bench.page import use_one_thread, write_section
from corpuscle.api.shards import convert_collisions
from corpuscle.data.event import Collisions
from corpuscle.io.shard_writer import write_shards
from corpuscle.io.shards import Shards, open_shards
from corpuscle.simulation.helical import Helix
from corpuscle.training.loading import Batches, Loading

PER_EVENT = 1000
Shape = Literal["bucketed", "packed", "fixed"]

CELLS = 3
"""Cells of a hit; TrackML's have 3.4."""

SECTION = """## Loading

What this shows: how many tracks a second reach a training loop, and what they take on disk or in memory. The reader on
the fly is the one that the slides describe: four CSV files an event through pandas (cells, which are thrown away),
merged, grouped by particle, a tensor a track, padded batch by batch. The list is its later form: a tensor a track in
memory, `pad_sequence` on every batch. The others gather batches from shards. All give the same batches of {size}
tracks of the helix world ({per_event} tracks an event, ten layers, 5 % holes), the list and the shards shuffled, with
their true parameters; one process, one thread, no workers, processor time, in alternation. On the fly {few} tracks are
read, from files that are in the page cache, and otherwise {tracks:,}; a rate is the median of {repeats} repeats, least
and most in brackets; ratios are medians of the ratios within a repeat. Bytes a hit are everything, identifiers and
parameters included: in memory for the list, on disk otherwise (for CSV without the cells).

    python -m bench.loading --events {events} --tracks {tracks} --repeats {repeats} --out docs/benchmarks.md

| how | tracks a second | times on the fly | bytes a hit | places a hit |
|---|---|---|---|---|
{rows}

`corpuscle convert --from trackml` makes shards of these CSV files, once, at {convert:.0f} tracks a second ({share:.1f}
times the reader on the fly). Places a hit are what padding fills up: 1 is nothing.
"""


@dataclass
class Row:
    """What was measured of one way to load."""

    name: str
    bytes_a_hit: float
    waste: float
    rate: list[float] = field(default_factory=list)

    def describe(self, reference: "Row") -> str:
        """Give the row of the table."""
        ratio = np.median(np.array(self.rate) / np.array(reference.rate))
        rate = f"{np.median(self.rate):,.0f} ({min(self.rate):,.0f}-{max(self.rate):,.0f})"
        return f"| {self.name} | {rate} | {ratio:,.0f} | {self.bytes_a_hit:.1f} | {self.waste:.2f} |"


def simulate(tracks: int, seed: int) -> Iterator[Collisions]:
    """Simulate events one after another."""
    for event in range(-(-tracks // PER_EVENT)):
        world = Helix(tracks=PER_EVENT, tracks_per_event=PER_EVENT, holes=0.05)
        yield number_event(world.simulate(np.random.default_rng([seed, event])), event)


def number_event(collisions: Collisions, event: int) -> Collisions:
    """Give the one event that was simulated another number."""
    hits, particles = collisions.hits, collisions.particles
    there = np.full(len(particles), event)
    return Collisions(replace(hits, number=np.array([event])), replace(particles, event=there))


def write_csv(folder: Path, collisions: Collisions, event: int) -> None:
    """Write an event as TrackML's four files."""
    import pandas as pd

    hits, particles = collisions.hits, collisions.particles
    parameters, stem = particles.parameters, folder / f"event{event:09d}"
    number = particles.track + 1
    hit_id = np.arange(len(hits)) + 1
    transverse, phi = parameters.transverse_momentum, parameters.value[:, 2]
    momentum = np.stack([transverse * np.cos(phi), transverse * np.sin(phi), parameters.longitudinal_momentum], axis=1)
    row = np.searchsorted(particles.track, hits.track)
    volume = np.select([hits.layer < 4, hits.layer < 8], [8, 13], 17)
    layer = 2 * (hits.layer - np.select([hits.layer < 4, hits.layer < 8], [0, 4], 8)) + 2
    x, y, z = hits.position.T
    where = {"volume_id": volume, "layer_id": layer, "module_id": 1}
    d0, z0 = parameters.value[:, 0], parameters.value[:, 1]
    tables: dict[str, dict[str, Any]] = {
        "hits": {"hit_id": hit_id, "x": x, "y": y, "z": z, **where},
        "cells": {"hit_id": np.repeat(hit_id, CELLS), "ch0": 7, "ch1": 9, "value": 0.25},
        "truth": {
            "hit_id": hit_id, "particle_id": number[row], "tx": x, "ty": y, "tz": z,
            **dict(zip(("tpx", "tpy", "tpz"), momentum[row].T, strict=True)), "weight": 1 / len(hits),
        },
        "particles": {
            "particle_id": number, "particle_type": particles.kind, "vx": -d0 * np.sin(phi), "vy": d0 * np.cos(phi),
            "vz": z0, **dict(zip(("px", "py", "pz"), momentum.T, strict=True)),
            "q": parameters.charge.astype(int), "nhits": np.bincount(row, minlength=len(number)),
        },
    }  # fmt: skip
    for name, columns in tables.items():
        pd.DataFrame(columns).to_csv(f"{stem}-{name}.csv", index=False)


def read_on_the_fly(folder: Path, size: int) -> int:
    """Read every event as the slides' loader does, and give how many tracks it made batches of."""
    import pandas as pd
    import torch
    from torch.nn.utils.rnn import pad_sequence

    count, inputs, targets = 0, [], []
    for path in sorted(folder.glob("*-hits.csv")):
        stem = str(path).removesuffix("-hits.csv")
        hits, _, particles, truth = (
            pd.read_csv(f"{stem}-{name}.csv") for name in ("hits", "cells", "particles", "truth")
        )
        particles = particles[particles["nhits"] >= 5]
        merged = truth.merge(particles, on="particle_id").merge(hits, on="hit_id")
        for _, track in merged.groupby("particle_id"):
            inputs.append(torch.tensor(track[["x", "y", "z"]].to_numpy(), dtype=torch.float32))
            px, py, pz = track[["px", "py", "pz"]].to_numpy()[0]
            targets.append(torch.tensor([np.hypot(px, py), pz]))
            if len(inputs) == size:
                pad_sequence(inputs, batch_first=True), torch.stack(targets)
                count, inputs, targets = count + size, [], []
    return count + len(inputs)


def list_tensors(shards: Shards, count: int) -> list[tuple[Any, Any]]:
    """Make a tensor of hits and one of parameters for each of the first tracks."""
    import torch

    packed = shards.pack(np.arange(count))
    value = shards.parameters(np.arange(count)).value
    cuts = packed.offset[1:-1]
    hits = np.split(packed.position, cuts)
    return [(torch.tensor(one), torch.tensor(five, dtype=torch.float32)) for one, five in zip(hits, value, strict=True)]


def load_list(tracks: list[tuple[Any, Any]], size: int) -> int:
    """Load an epoch from a list of tensors."""
    import torch
    from torch.nn.utils.rnn import pad_sequence
    from torch.utils.data import DataLoader

    def collate(batch: list[tuple[Any, Any]]) -> tuple[Any, Any]:
        return pad_sequence([one for one, _ in batch], batch_first=True), torch.stack([five for _, five in batch])

    loader: Any = DataLoader(tracks, batch_size=size, shuffle=True, collate_fn=collate)  # type: ignore[arg-type] # a list does
    return sum(len(five) for _, five in loader)


def load_shards(batches: Batches, epoch: int) -> int:
    """Load an epoch from shards."""
    return sum(len(batch.rows) for batch in batches.follow(epoch))


def measure_memory() -> int:
    """Give the memory that this process has in use [bytes]."""
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096


def time_rate(load: Callable[[], int]) -> float:
    """Give tracks a second."""
    begin = time.process_time()
    count = load()
    return count / (time.process_time() - begin)


def measure(events: int, tracks: int, repeats: int, size: int) -> tuple[list[Row], float]:
    """Measure every way in turn, and the conversion."""
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        (folder / "csv").mkdir()
        hits = 0
        for event, collisions in enumerate(simulate(events * PER_EVENT, seed=0)):
            write_csv(folder / "csv", collisions, event)
            hits += len(collisions.hits)
        text = sum(path.stat().st_size for path in (folder / "csv").iterdir() if "cells" not in path.name)
        converted = time_rate(lambda: make_shards(folder))
        shards = write_shards(folder / "shards", simulate(tracks, seed=1), Helix().apparatus)
        list_tensors(shards, 1)  # what is imported is not counted
        before = measure_memory()
        tensors = list_tensors(shards, len(shards))
        memory = measure_memory() - before
        count = int(shards.length.sum())
        size_on_disk = shards.card["bytes_a_hit"]
        shapes: tuple[Shape, ...] = ("bucketed", "fixed", "packed")
        ways = {
            shape: Batches(shards=shards, rows=np.arange(len(shards)), loading=Loading(size=size, shape=shape))
            for shape in shapes
        }
        fixed = ways["fixed"].measure_waste()
        rows = [
            Row("on the fly (CSV, merge, groupby)", text / hits, fixed),
            Row("list of tensors, pad_sequence", memory / count, fixed),
            *(Row(f"shards, {shape}", size_on_disk, ways[shape].measure_waste()) for shape in shapes),
        ]
        loads: list[Callable[[int], int]] = [
            lambda _: read_on_the_fly(folder / "csv", size),
            lambda _: load_list(tensors, size),
            *((lambda epoch, way=ways[shape]: load_shards(way, epoch)) for shape in shapes),
        ]
        for repeat in range(repeats):
            for row, load in zip(rows, loads, strict=True):
                row.rate.append(time_rate(lambda load=load, repeat=repeat: load(repeat)))  # type: ignore[misc] # bound now
    return rows, converted


def make_shards(folder: Path) -> int:
    """Convert the CSV files, and give how many tracks there are."""
    convert_collisions(folder / "csv", folder / "converted", source="trackml")
    return len(open_shards(folder / "converted"))


def main() -> None:
    """Measure and print; write the section when asked to."""
    use_one_thread("bench.loading")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10)
    parser.add_argument("--tracks", type=int, default=300_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--size", type=int, default=3000)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    rows, converted = measure(asked.events, asked.tracks, asked.repeats, asked.size)
    table = "\n".join(row.describe(rows[0]) for row in rows)
    share = converted / float(np.median(rows[0].rate))
    text = SECTION.format(
        rows=table, size=asked.size, per_event=PER_EVENT, few=f"{asked.events * PER_EVENT:,}", tracks=asked.tracks,
        repeats=asked.repeats, events=asked.events, convert=converted, share=share,
    )  # fmt: skip
    print(text)
    if asked.out:
        write_section(asked.out, text)


if __name__ == "__main__":
    main()
