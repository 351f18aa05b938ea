"""Events of the helix world, many tracks in each, as an information study draws them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.settings import build_method
from corpuscle.simulation.collider import EventWorld
from corpuscle.simulation.worlds import EVENT_WORLDS
from corpuscle.studies.case import TRAINING, Case
from corpuscle.studies.information.collected import Collected, collect

TUNING_EVENTS = 4
"""Events that windows are tuned on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Barrel(Case[Collected]):
    """Events of the helix world.

    Args:
        events: how many.
        tracks: tracks in each.
        repeats: how many such samples.
        settings: further settings of the world.

    >>> Barrel(events=2, tracks=5).draw_scene(0).hits
    TrackHits(10 tracks, 100 hits)
    """

    events: int
    tracks: int
    repeats: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the world."""
        return {"world": "helix", "world_events": self.events, "world_tracks": self.tracks}

    @property
    def known(self) -> dict[str, Any]:
        """What a method may be told: nothing."""
        return {}

    @property
    def count(self) -> int | None:
        """How many samples there are."""
        return self.repeats

    def declare(self) -> dict[str, Any]:
        """Write down the further settings."""
        return dict(self.settings)

    def draw_scene(self, repeat: int, data: Path | None = None) -> Collected:
        """Simulate events, and others that windows are tuned on."""
        seed = self.derive_seed(repeat)
        other = self.derive_seed(TRAINING + repeat)
        return self.simulate(seed, self.events, tuning=self.simulate(other, TUNING_EVENTS))

    def simulate(self, seed: int, events: int, tuning: Collected | None = None) -> Collected:
        """Simulate so many events."""
        settings = {"tracks": events * self.tracks, "tracks_per_event": self.tracks, **self.settings}
        world: EventWorld = build_method(EVENT_WORLDS["helix"], settings)
        return collect(world.simulate(np.random.default_rng(seed)), seed=seed, tuning=tuning)
