"""Ways to load tracks in batches, from the one of the slides on, and how many tracks a second each gives."""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.studies.fitting.kept import Kept
from corpuscle.studies.study import Contender
from corpuscle.studies.verdict import (
    Row,
    Statement,
    Verdict,
    index_rows,
    lacks,
    list_methods,
    mean_and_error,
    mean_score,
)
from corpuscle.training.loading import Batches, Loading

ON_THE_FLY, LISTED, MAPPED, PACKED = "on_the_fly", "list_of_tensors", "memory_mapped", "packed"

CLAIMED, WANTED = 48.0, 500.0
"""How many times as fast as the reader on the fly the list is said to be, and shards are wanted to be."""


def read_on_the_fly(kept: Kept) -> int:
    """Read every event as the slides' loader does, and give how many tracks it made batches of.

    Four files an event (cells are read and thrown away), merged, grouped by particle, a tensor a track, padded.
    """
    import pandas as pd

    tracks: list[Any] = []
    count = 0
    for path in sorted(kept.text.glob("*-hits.csv")):
        hits, _, particles, truth = (
            pd.read_csv(name_file(path, kind)) for kind in ("hits", "cells", "particles", "truth")
        )
        merged = truth.merge(particles[particles["nhits"] >= 5], on="particle_id").merge(hits, on="hit_id")
        for _, track in merged.groupby("particle_id"):
            tracks.append(make_tensors(track))
            if len(tracks) == kept.size:
                count += len(pad_tensors(tracks)[1])
                tracks = []
    return count + (len(pad_tensors(tracks)[1]) if tracks else 0)


def name_file(hits: Path, kind: str) -> Path:
    """Name another file of the same event."""
    return hits.with_name(hits.name.replace("-hits.csv", f"-{kind}.csv"))


def make_tensors(track: Any) -> tuple[Any, Any]:  # noqa: ANN401 - a pandas table
    """Make a tensor of a track's true positions, and one of its pT and pz."""
    import torch

    px, py, pz = track[["px", "py", "pz"]].to_numpy()[0]
    return torch.tensor(track[["tx", "ty", "tz"]].to_numpy(), dtype=torch.float32), torch.tensor([np.hypot(px, py), pz])


def pad_tensors(tracks: Sequence[tuple[Any, Any]]) -> tuple[Any, Any]:
    """Put tracks side by side, the short ones filled up with zeros."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    return pad_sequence([hits for hits, _ in tracks], batch_first=True), torch.stack([target for _, target in tracks])


def load_list(kept: Kept) -> int:
    """Load an epoch from a list of tensors, shuffled, padded batch by batch."""
    from torch.utils.data import DataLoader

    loader: Any = DataLoader(kept.tensors, batch_size=kept.size, shuffle=True, collate_fn=pad_tensors)  # type: ignore[arg-type] # a list will do
    return sum(len(targets) for _, targets in loader)


def load_mapped(kept: Kept) -> int:
    """Load an epoch from memory-mapped shards, tracks of like length side by side and padded."""
    return follow(kept, Loading(size=kept.size, shape="bucketed"))


def load_packed(kept: Kept) -> int:
    """Load an epoch from memory-mapped shards, tracks one behind another."""
    return follow(kept, Loading(size=kept.size, shape="packed"))


def follow(kept: Kept, loading: Loading) -> int:
    """Load an epoch from shards."""
    batches = Batches(shards=kept.shards, rows=np.arange(len(kept.shards)), loading=loading)
    return sum(len(batch.rows) for batch in batches.follow(0))


WAYS: Mapping[str, Callable[[Kept], int]] = {
    ON_THE_FLY: read_on_the_fly,
    LISTED: load_list,
    MAPPED: load_mapped,
    PACKED: load_packed,
}
"""The ways by name."""


def measure_loading(method: Contender, entrant: None, kept: Kept) -> dict[str, Any]:
    """Time one epoch of a way to load, in processor time, so that others on the machine do not count."""
    begin = time.process_time()
    count = WAYS[method.name](kept)
    spent = time.process_time() - begin
    return {"tracks": count, "rate": count / spent}


def compare_rates(rows: Sequence[Row], method: str) -> tuple[float, float]:
    """Give how many times as many tracks a second a way gives as the reader on the fly, by repeat, and its error."""
    ours, theirs = index_rows(rows, "rate", method), index_rows(rows, "rate", ON_THE_FLY)
    return mean_and_error(np.array([ours[seed] / theirs[seed] for seed in ours]))


def judge_loading(rows: Sequence[Row]) -> Verdict:
    """Decide that a list of tensors is as much faster as was said, and shards as much as is wanted."""
    missing = lacks(rows, ON_THE_FLY, LISTED, MAPPED, PACKED, score="rate")
    if missing is not None:
        return missing
    found = []
    for size in sorted({row["batch"] for row in rows}):
        here = [row for row in rows if row["batch"] == size]
        for method, bar in ((LISTED, CLAIMED), (MAPPED, WANTED), (PACKED, WANTED)):
            mean, error = compare_rates(here, method)
            found.append(
                Statement(
                    text=f"{method} gives {bar:g} times the tracks a second of {ON_THE_FLY} or more (found {mean:.0f})",
                    score="rate", where=f"batches of {size}", margin=mean - bar, error=error,
                    holds=bool(mean >= bar), headline=True,
                )
            )  # fmt: skip
    told = [f"{method}: {mean_score(rows, 'rate', method)[0]:,.0f} tracks a second" for method in list_methods(rows)]
    return Verdict(
        statements=tuple(found),
        controls=tuple(told),
        reading="tracks a second of processor time, the mean of the ratios repeat by repeat: the list of tensors 48 "
        "times the reader on the fly or more, as the slides have it, and batches gathered from shards 500 times",
    )
