"""Every linker on the same scenes: what each finds and what it costs."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from corpuscle.data.progress import follow
from corpuscle.data.scene import Scene
from corpuscle.linking.base import Linker
from corpuscle.linking.result import Linked, run_linker
from corpuscle.metrics.base import Result
from corpuscle.metrics.score import score_all

PATIENCE = 0.1
"""Seconds after which a linker is not run again on a scene for a better figure of its cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One linker on one scene.

    Args:
        method: the linker's name.
        scene: the number of the scene; every linker meets the same ones.
        settings: the linker with what it took from the detections filled in.
        values: its scores, by name.
        microseconds: what linking cost [microseconds a detection], compiling apart.
    """

    method: str
    scene: int
    settings: str
    values: Mapping[str, float | int]
    microseconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One linker over all scenes: the mean and the standard error of every value."""

    method: str
    mean: Mapping[str, float]
    error: Mapping[str, float]


def compare(scenes: Sequence[Scene], linkers: Mapping[str, Linker], *, gate: float = 5.0) -> list[Row]:
    """Link every scene with every linker whose domain it is, and score each result.

    Each linker first links the first scene once, not counted, so that compiling is not timed.

    Args:
        scenes: scenes with their truth.
        linkers: the linkers by name.
        gate: the gate of the scores [length].
    """
    suited = {
        name: linker
        for name, linker in linkers.items()
        if not any(linker.domain.refuse(scene.detections) for scene in scenes)
    }
    for name, linker in follow(suited.items(), "compiling", len(suited)):
        run_linker(name, linker, scenes[0].detections)
    jobs = [(name, number) for number in range(len(scenes)) for name in suited]
    return [
        measure(name, suited[name], number, scenes[number], gate=gate) for name, number in follow(jobs, "comparing")
    ]


def measure(name: str, linker: Linker, number: int, scene: Scene, *, gate: float) -> Row:
    """Link one scene and score it; the cost is the least of up to three runs, fewer of a slow linker."""
    seconds: list[float] = []
    while len(seconds) < 3 and sum(seconds) < PATIENCE:
        begin = time.perf_counter()
        linked = run_linker(name, linker, scene.detections)
        seconds.append(time.perf_counter() - begin)
    return Row(
        method=name,
        scene=number,
        settings=repr(linked.linker),
        values=score_linked(linked, scene, gate=gate),
        microseconds=1e6 * min(seconds) / max(len(scene.detections), 1),
    )


def score_linked(linked: Linked, scene: Scene, *, gate: float) -> dict[str, float | int]:
    """Score what a linker found in a scene."""
    detections, tracks = scene.detections, linked.tracks
    sure = tracks.probability if linked.linker.promises.probabilities else None
    result = Result(tracks.label, detections.frame, detections.position, tracks.parent, tracks.merged_into, sure)
    return score_all(scene.truth, result, gate=gate)


def summarise(rows: Sequence[Row]) -> list[Summary]:
    """Give the mean and the standard error of every linker's values, in the order of the rows."""
    names = dict.fromkeys(row.method for row in rows)
    return [summarise_one(name, [row for row in rows if row.method == name]) for name in names]


def summarise_one(name: str, rows: Sequence[Row]) -> Summary:
    """Give the mean and the standard error of one linker's values over scenes."""
    keys = [key for key in rows[0].values if all(key in row.values for row in rows)]
    columns = {key: np.array([row.values[key] for row in rows], dtype=np.float64) for key in keys}
    columns["microseconds"] = np.array([row.microseconds for row in rows])
    root = np.sqrt(len(rows))
    return Summary(
        method=name,
        mean={key: float(column.mean()) for key, column in columns.items()},
        error={
            key: float(column.std(ddof=1) / root) if len(rows) > 1 else float("nan") for key, column in columns.items()
        },
    )
