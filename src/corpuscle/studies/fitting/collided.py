"""Worlds of collisions as worlds of a study: tracks to fit, with the bound that no unbiased fit goes below."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool

from corpuscle.data.event import TrackHits
from corpuscle.data.settings import build_method
from corpuscle.estimation.helices.bound import cramer_rao
from corpuscle.simulation.collider import EventWorld
from corpuscle.simulation.helical import KINDS
from corpuscle.simulation.worlds import EVENT_WORLDS
from corpuscle.studies.case import Case
from corpuscle.studies.fitting.sample import Sample, pair_truth


@dataclass(frozen=True, slots=True, kw_only=True)
class Collided(Case[Sample]):
    """A world of collisions with its settings.

    Args:
        world: its name.
        settings: its settings.
        shown: what its rows say of it.
        told: what a method or its trainer may be told beside the settings.
        repeats: how many samples are scored.

    >>> Collided(world="helix", settings={"tracks": 3}, shown={"pt": 1.0}, repeats=2).known["field"]
    2.0
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
        """The world's settings by their names."""
        world = self.build()
        return {name: getattr(world, name) for name in world.__dataclass_fields__} | dict(self.told)

    @property
    def count(self) -> int | None:
        """How many samples are scored."""
        return self.repeats

    def declare(self) -> dict[str, Any]:
        """Write down world, settings and repeats."""
        return {"world": self.world, "settings": dict(self.settings), "repeats": self.repeats}

    def build(self) -> EventWorld:
        """Build the world."""
        return build_world(self.world, tuple(self.settings.items()))

    def draw_scene(self, repeat: int, data: Path | None = None) -> Sample:
        """Simulate the sample of a repeat."""
        return draw_sample(self.world, tuple(self.settings.items()), self.derive_seed(repeat))


def build_world(name: str, settings: tuple[tuple[str, Any], ...]) -> EventWorld:
    """Build a world from its name and settings."""
    world: EventWorld = build_method(EVENT_WORLDS[name], dict(settings))
    return world


@functools.lru_cache(maxsize=12)
def draw_sample(name: str, settings: tuple[tuple[str, Any], ...], seed: int) -> Sample:
    """Draw a sample; the last few are kept, since every method meets them."""
    world = build_world(name, settings)
    apparatus = world.apparatus
    hits, truth = pair_truth(world.simulate(np.random.default_rng(seed)))
    masses = {abs(number): mass for number, mass in KINDS.values()}
    bound = cramer_rao(
        apparatus.radius,
        field=apparatus.field,
        resolution=apparatus.resolution,
        resolution_z=apparatus.resolution_z,
        material=apparatus.material,
        parameters=truth.parameters,
        seen=list_seen(hits, len(apparatus.radius)),
        mass=masses[int(np.abs(truth.kind[0]))],
    )
    return Sample(hits=hits, apparatus=apparatus, truth=truth, bound=bound)


def list_seen(hits: TrackHits, layers: int) -> Bool[np.ndarray, "track layer"]:
    """List which cylinders saw each track.

    >>> from corpuscle.data.event import TrackHits
    >>> one = np.zeros(1, dtype=int)
    >>> list_seen(TrackHits(event=one, track=one, offset=np.array([0, 1]), position=np.ones((1, 3)), layer=one + 2), 3)
    array([[False, False,  True]])
    """
    seen = np.zeros((len(hits), layers), dtype=bool)
    known = hits.layer >= 0
    seen[hits.owner[known], hits.layer[known]] = True
    return seen
