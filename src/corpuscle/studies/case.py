"""One world of a grid: what its rows say of it, what a method may be told, and the scene of each repeat."""

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from corpuscle.data.scene import Scene
from corpuscle.data.settings import build_method
from corpuscle.simulation.base import World
from corpuscle.simulation.worlds import WORLDS

TRAINING = 10_000
"""The first repeat whose scene is for tuning; repeats that are scored stay below."""

T_co = TypeVar("T_co", covariant=True)
"""What a world gives: a `Scene` to link, a `Sample` of tracks to fit."""


class Case(ABC, Generic[T_co]):
    """One world of a grid. Every method meets the same scene of a repeat, whose seed its columns give."""

    __slots__ = ()

    @property
    @abstractmethod
    def columns(self) -> dict[str, Any]:
        """What a row says of the world: plain values, other ones in every other case of a study."""

    @property
    @abstractmethod
    def known(self) -> dict[str, Any]:
        """What a method may be told of the world."""

    @abstractmethod
    def draw_scene(self, repeat: int, data: Path | None = None) -> T_co:
        """Give the scene of a repeat: what methods are given, with its truth.

        Args:
            repeat: its number.
            data: the folder of data, for cases that read one.
        """

    @property
    def count(self) -> int | None:
        """How many repeats it has, where the grid does not say."""
        return None

    @property
    def missing(self) -> str:
        """Say why it cannot be drawn here; an empty text when it can."""
        return ""

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it reads, below the folder of data."""
        return ()

    def list_training(self, count: int) -> range:
        """List the repeats whose scenes settings are tuned on."""
        return range(TRAINING, TRAINING + count)

    def declare(self) -> dict[str, Any]:
        """Write down what its scenes depend on beside the columns."""
        return {}

    def derive_seed(self, repeat: int) -> int:
        """Derive the seed of a repeat from the world's values: no method and no other world has a say in it."""
        text = json.dumps([*self.columns.values(), int(repeat)])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated(Case[Scene]):
    """A world of the registry with its settings.

    Args:
        world: its name.
        settings: its settings.
        shown: what its rows say of it.
        told: what a method may be told beside the settings.
        repeats: how many scenes are scored.

    >>> Simulated(world="brownian", settings={"particles": 3}, shown={"particles": 3}, repeats=2).known["step"]
    1.5
    """

    world: str
    settings: Mapping[str, Any]
    shown: Mapping[str, Any]
    told: Mapping[str, Any] = field(default_factory=dict)
    repeats: int

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the world."""
        return dict(self.shown)

    @property
    def known(self) -> dict[str, Any]:
        """The world's parameters, under the names that methods have for them."""
        return {**tell_world(self.build()), **self.told}

    @property
    def count(self) -> int | None:
        """How many scenes are scored."""
        return self.repeats

    def declare(self) -> dict[str, Any]:
        """Write down world, settings and repeats."""
        return {"world": self.world, "settings": dict(self.settings), "repeats": self.repeats}

    def build(self) -> World:
        """Build the world."""
        world: World = build_method(WORLDS[self.world], self.settings)
        return world

    def draw_scene(self, repeat: int, data: Path | None = None) -> Scene:
        """Simulate the scene of a repeat."""
        return self.build().simulate(np.random.default_rng(self.derive_seed(repeat)))


def tell_world(world: World) -> dict[str, Any]:
    """Give what a method may be told of a world, under the names and in the units that methods have for it.

    `reach` is the standard deviation of the way from one detection of a particle to its next, along each axis [length].
    A field that particles cross adds the chance to leave it in a frame, 2 dimensions s / (sqrt(2 pi) side), with the
    way in a frame taken as normal with the standard deviation s along each axis.
    """
    drift = float(getattr(world, "drift", 0.0))
    speed = float(getattr(world, "speed", 0.0))
    spread = {"normal": world.start_size, "origin": 0.0}.get(world.chosen_start)
    velocity = np.hypot(drift, speed / np.sqrt(world.dimensions))
    squared = world.step**2 + 2 * world.measurement_noise**2 + velocity**2
    leaves = 0.0
    if world.field == "crossing":
        leaves = 2 * world.dimensions * np.hypot(world.step, velocity) / (np.sqrt(2 * np.pi) * world.side)
    return {
        "particles": world.particles,
        "frames": world.frames,
        "spacing": world.chosen_spacing,
        "step": world.step,
        "process_noise": world.step,
        "measurement_noise": world.measurement_noise,
        "drift": float(velocity),
        "persistence": float(getattr(world, "persistence", 1.0)),
        "slow_share": 0.0,
        "start_spread": spread,
        "misses": float(world.misses),
        "false_detections": float(world.false_detections) * world.particles,
        "births": float(world.births + leaves) * world.particles,
        "deaths": float(min(world.deaths + leaves, 1.0)),
        "reach": float(np.sqrt(squared)),
        "reach_squared": float(squared),
    }
