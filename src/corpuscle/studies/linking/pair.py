"""Two particles that walk, by the preset that they start by: the worlds of the published experiment."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.scene import Scene
from corpuscle.simulation.base import World
from corpuscle.simulation.worlds import PRESETS, WORLDS
from corpuscle.studies.case import Case


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair(Case[Scene]):
    """Two particles that walk, by the preset that they start by.

    Args:
        start: the preset (`PRESETS`).
        frames: length of the sequence (T).
        measurement_noise: standard deviation of a measured coordinate (sigma) [length].

    >>> Pair(start="origin", frames=8, measurement_noise=1.0).derive_seed(0)
    6942210289346711397
    """

    start: str
    frames: int
    measurement_noise: float

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the world."""
        return {"start": self.start, "frames": self.frames, "measurement_noise": float(self.measurement_noise)}

    @property
    def known(self) -> dict[str, Any]:
        """What a method may be told of the world; how far apart a grid of particles starts, none is told."""
        spread = {"normal": PRESETS[self.start].get("start_spread"), "origin": 0.0}
        return {
            **self.columns,
            "step": PRESETS[self.start]["step"],
            "start_spread": spread.get(str(PRESETS[self.start]["start"])),
            "drift": PRESETS[self.start].get("drift", 0.0),
        }

    def build(self) -> World:
        """Build the world."""
        values = {**PRESETS[self.start], "frames": self.frames, "measurement_noise": self.measurement_noise}
        world: World = WORLDS["brownian"](**values)
        return world

    def draw_scene(self, repeat: int, data: Path | None = None) -> Scene:
        """Draw the scene of a repeat."""
        return self.build().simulate(np.random.default_rng(self.derive_seed(repeat)))
