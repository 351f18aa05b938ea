"""Tables of hits and particles as this package writes them, taken in pieces of many events."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from corpuscle.data.event import Collisions, Events, Particles
from corpuscle.data.helix import HelixParameters
from corpuscle.data.settings import setting
from corpuscle.io.collider.barrel import Barrel
from corpuscle.io.collider.base import Collider
from corpuscle.io.collisions import read_hits, read_particles
from corpuscle.io.recorded import Recorded, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Own(Collider):
    """Tables of hits and particles as `corpuscle simulate` writes them, in one folder."""

    step: ClassVar[int] = 4096

    hits: str = setting("hits.parquet", "name of the table of hits in the folder")
    particles: str = setting("particles.parquet", "name of the table of particles")

    def __post_init__(self) -> None:
        Collider.__post_init__(self)
        if self.barrel != "usual" or self.positions != "measured":
            raise ValueError("corpuscle: the tables say what the cylinders are and where hits are; leave that out")

    def lay(self, path: Path) -> Barrel:
        """Give the cylinders that the table of hits names; settings go first."""
        names = ("field", "resolution", "resolution_z", "material")
        given = {name: getattr(self, name) for name in names if getattr(self, name) is not None}
        return Barrel(read_hits(path / self.hits, given)[1], {})

    def list_events(self, path: Path) -> list[int]:
        """List the numbers of the events."""
        return [int(number) for number in read_hits(path / self.hits)[0].number]

    def stream(self, path: Path, barrel: Barrel, first: int = 0) -> Iterator[Recorded]:
        """Read many events at a time."""
        events, _ = read_hits(path / self.hits)
        particles = read_particles(path / self.particles)
        for begin in range(first, len(events.number), self.step):
            some = cut_events(events, begin, min(begin + self.step, len(events.number)))
            yield record(Collisions(some, choose(particles, np.isin(particles.event, some.number))))


def cut_events(events: Events, begin: int, end: int) -> Events:
    """Give some of the events, one behind another."""
    hit = slice(int(events.offset[begin]), int(events.offset[end]))
    return Events(
        number=events.number[begin:end],
        offset=events.offset[begin : end + 1] - events.offset[begin],
        position=events.position[hit],
        layer=events.layer[hit],
        track=events.track[hit],
    )


def choose(particles: Particles, rows: Int[np.ndarray, " some"] | np.ndarray) -> Particles:
    """Give some of the particles."""
    return Particles(
        event=particles.event[rows],
        track=particles.track[rows],
        parameters=HelixParameters(particles.parameters.value[rows]),
        kind=particles.kind[rows],
        lost=particles.lost[rows],
    )
