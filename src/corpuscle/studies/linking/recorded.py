"""Scenes read from files: every k-th frame of what was recorded, each phase a repeat, fields alone or overlaid."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.scene import Scene, Truth
from corpuscle.io.files import read_file
from corpuscle.io.table import read_truth
from corpuscle.simulation.clutter import join_scene
from corpuscle.studies.case import Case

KILOMETRES = 111.195
"""Length of one degree of a great circle [km]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A file with particles whose identity is known.

    Args:
        file: its path below the folder of data.
        origin: what is taken from its positions, so that several fields lie upon each other [length].
        roles: which column plays which role, where the names do not tell.
        interval: how far apart its frame numbers are.
        degrees: whether x and y are longitude and latitude [degree], to be made kilometres around their middle.
    """

    file: str
    origin: tuple[float, float] = (0.0, 0.0)
    roles: Mapping[str, str] | None = None
    interval: int = 1
    degrees: bool = False

    def read(self, data: Path) -> Truth:
        """Read where its particles are, frame by frame."""
        truth = read_truth(read_file(data / self.file, chosen=dict(self.roles or {})))
        frame = (truth.frame - truth.frame.min()) // self.interval
        position = flatten(truth.position) if self.degrees else truth.position - np.array(self.origin)
        return Truth(truth.track, frame, position)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Case[Scene]):
    """Every k-th frame of one or several sources; repeat p begins at frame p, so that there are k repeats.

    Detections are the recorded positions, shuffled within each frame; nothing is missed and nothing is false. Settings
    are tuned on the very scenes that are scored, the best that hindsight gives: there are no others.

    Args:
        shown: what its rows call it.
        sources: what is read, and laid upon each other where there are several.
        every: of how many frames one is taken (k).
    """

    shown: str
    sources: tuple[Source, ...]
    every: int

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the data."""
        return {"data": self.shown, "every": self.every}

    @property
    def known(self) -> dict[str, Any]:
        """Nothing is known of what was recorded."""
        return {}

    @property
    def count(self) -> int | None:
        """As many repeats as there are phases."""
        return self.every

    @property
    def files(self) -> tuple[str, ...]:
        """The files of its sources."""
        return tuple(source.file for source in self.sources)

    def list_training(self, count: int) -> range:
        """List all its phases: settings are chosen in hindsight."""
        return range(self.every)

    def declare(self) -> dict[str, Any]:
        """Write down its sources."""
        return {"sources": [repr(source) for source in self.sources]}

    def draw_scene(self, repeat: int, data: Path | None = None) -> Scene:
        """Read the scene of a phase.

        Raises: ValueError, when no folder of data was given.
        """
        if data is None:
            message = f"{self.shown} is read from {', '.join(self.files)}; give the folder of data"
            raise ValueError(message)
        whole = overlay([source.read(data) for source in self.sources])
        taken = whole.frame % self.every == repeat
        truth = Truth(whole.track[taken], whole.frame[taken] // self.every, whole.position[taken])
        nothing = (np.empty(0, dtype=np.int64), np.empty((0, whole.position.shape[1])))
        generator = np.random.default_rng(self.derive_seed(repeat))
        return join_scene(generator, truth, truth.position, np.ones(len(truth), dtype=bool), nothing)


def overlay(truths: list[Truth]) -> Truth:
    """Lay several truths upon each other; no two particles share a name.

    >>> one = Truth(np.zeros(2, int), np.arange(2), np.zeros((2, 2)))
    >>> overlay([one, one]).track
    array([0, 0, 1, 1])
    """
    tracks: list[Int[np.ndarray, " m"]] = []
    used = 0
    for truth in truths:
        tracks.append(truth.track + used)
        used += int(truth.track.max(initial=-1)) + 1
    frame = np.concatenate([truth.frame for truth in truths])
    return Truth(np.concatenate(tracks), frame, np.concatenate([truth.position for truth in truths]))


def flatten(degrees: Float[np.ndarray, "n 2"]) -> Float[np.ndarray, "n 2"]:
    """Make longitude and latitude kilometres east and north of their middle, as on a plane.

    >>> flatten(np.array([[0.0, 60.0], [2.0, 60.0]])).round(1)
    array([[-55.6,   0. ],
           [ 55.6,   0. ]])
    """
    middle = (degrees.min(axis=0) + degrees.max(axis=0)) / 2
    scale = KILOMETRES * np.array([np.cos(np.radians(middle[1])), 1.0])
    flat: Float[np.ndarray, "n 2"] = (degrees - middle) * scale
    return flat


ANDI = tuple(
    Source(file=f"andi2-fov/t2_trajs_exp_{number}_fov_0.csv", origin=origin)
    for number, origin in enumerate(((84.0, 39.0), (68.0, 50.0), (86.0, 61.0)))
)
"""One field of view each of three experiments of the AnDi-2 challenge, simulated, 200 frames [px]."""

PLANES = Source(
    file="opensky-planes/OpenSky_Plane_States.csv.gz",
    roles={"x": "lon", "y": "lat", "frame": "time", "track": "icao24"}, interval=10, degrees=True,
)  # fmt: skip
"""Aircraft over the United Kingdom, every 10 s for 20 minutes, their identity known [km]."""
