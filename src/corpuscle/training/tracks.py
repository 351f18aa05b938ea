"""Tracks that fitters learn from: simulated, or read from shards."""

import dataclasses
import functools
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from jaxtyping import Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.data.settings import setting
from corpuscle.io.shards import Shards, open_shards
from corpuscle.simulation.helical import Helix
from corpuscle.training.drawn import DrawnTrainer
from corpuscle.training.leaks import warn_repeated

WORLD = ("field", "radii", "resolution", "resolution_z", "material", "lowest_pt", "highest_pt", "highest_eta",
         "d0_spread", "z0_spread", "holes")  # fmt: skip
"""The settings of the helix world; shards bring their own."""

RARE = 0.1
"""Of the tracks of shards, this part at either end counts as none that was learned from [%]."""


class Tracks(NamedTuple):
    """Hits of tracks, the apparatus they lie in, and the truth."""

    hits: TrackHits
    apparatus: Apparatus
    truth: HelixParameters


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackTrainer(DrawnTrainer):
    """Draws the tracks that fitters learn from.

    They come from the helix world, or from shards (`data`), which `corpuscle convert` makes: then the field, the
    cylinders and the momenta are those of the shards, and their events are split into four fifths to learn from, a
    tenth that validation measures, and a tenth for whoever judges the net.
    """

    data: str | None = setting(None, "the folder of shards to learn from; none: tracks are simulated")
    epochs: int = setting(40, "passes over the batches", least=1)
    batches: int = setting(200, "batches of one epoch", least=1)
    experiments: int = setting(512, "tracks in a batch", least=1)
    fresh: bool = setting(True, "draw new tracks in every epoch instead of the same ones")
    learning_rate: float = setting(3e-3, "of Adam, at its highest", above=0)
    schedule: Literal["constant", "cosine"] = setting(
        "cosine", "learning rate: constant, or growing over 50 steps and falling as a cosine"
    )
    validation: int = setting(10_000, "tracks that validation measures", least=1)
    precision: Literal["single", "bfloat16", "float16"] = setting(
        "single", "inside the net, behind the embedding; coordinates are never rounded to half precision"
    )
    field: float = setting(2.0, "magnetic field along +z", unit="T")
    radii: str = setting("trackml", "cylinders from the inside out, 30,60,90 [mm]; trackml: the barrel of TrackML")
    resolution: float = setting(0.02, "standard deviation of a position along r phi", unit="mm", above=0)
    resolution_z: float = setting(0.05, "standard deviation of a position along z", unit="mm", above=0)
    material: float = setting(0.02, "thickness of each layer", unit="radiation lengths", least=0)
    lowest_pt: float = setting(0.5, "least transverse momentum", unit="GeV", above=0)
    highest_pt: float = setting(50.0, "largest transverse momentum", unit="GeV", above=0)
    highest_eta: float = setting(1.0, "largest pseudorapidity on either side", least=0, most=10)
    d0_spread: float = setting(1.0, "standard deviation of d0, the width of the beam spot", unit="mm", least=0)
    z0_spread: float = setting(50.0, "standard deviation of z0, the length of the beam spot", unit="mm", least=0)
    holes: float = setting(0.05, "chance that a cylinder misses a particle", least=0, most=1)

    def __post_init__(self) -> None:
        DrawnTrainer.__post_init__(self)
        for known in dataclasses.fields(self):
            if self.data is not None and known.name in self.simulated and getattr(self, known.name) != known.default:
                message = f"{known.name} is for simulated tracks, and these come from {self.data}: leave it out"
                raise ValueError(message)
        _ = self.apparatus
        if self.data is not None:
            split_once(self.data)

    @property
    def simulated(self) -> tuple[str, ...]:
        """The settings that only simulated tracks have."""
        return WORLD

    @property
    def apparatus(self) -> Apparatus:
        """The apparatus that the tracks lie in."""
        return self.make_world(1).apparatus if self.data is None else open_once(self.data).apparatus

    def make_world(self, tracks: int) -> Helix:
        """Make the world that tracks are drawn from."""
        return Helix(tracks=tracks, tracks_per_event=tracks, **{name: getattr(self, name) for name in WORLD})

    def measure_reach(self) -> tuple[float, float]:
        """Give the least transverse momentum [GeV] and the largest pseudorapidity of the tracks to learn from."""
        if self.data is None:
            return self.lowest_pt, self.highest_eta
        known = open_once(self.data).parameters(split_once(self.data)[0])
        lowest = np.percentile(known.transverse_momentum, RARE)
        return float(lowest), float(np.percentile(np.abs(known.pseudorapidity), 100 - RARE))

    def draw_tracks(self, generator: np.random.Generator, count: int, *, held: bool = False) -> Tracks:
        """Draw tracks.

        Args:
            generator: where the chances come from.
            count: how many.
            held: whether they are for validation: of shards, from events that are never learned from.
        """
        if self.data is None:
            return simulate(self.make_world(count), generator)
        shards = open_once(self.data)
        rows = split_once(self.data)[1 if held else 0]
        chosen = generator.choice(rows, count, replace=count > len(rows))
        return Tracks(shards.choose(chosen), shards.apparatus, shards.parameters(chosen))


def simulate(world: Helix, generator: np.random.Generator) -> Tracks:
    """Simulate tracks of one event; those without a hit are left out."""
    made = world.simulate(generator)
    hits = made.hits.collect_tracks()
    return Tracks(hits, world.apparatus, HelixParameters(made.particles.parameters.value[hits.track]))


@functools.lru_cache(maxsize=4)
def open_once(folder: str) -> Shards:
    """Open shards, once in a process."""
    return open_shards(folder)


@functools.lru_cache(maxsize=4)
def split_once(folder: str) -> tuple[Int[np.ndarray, " track"], ...]:
    """Split the rows of shards by event: to learn from, to validate, to judge; repeated targets are warned of."""
    shards = open_once(folder)
    sides = shards.split()
    named = dict(zip(("training", "validation", "test"), sides, strict=True))
    warn_repeated({name: shards.origin[rows] for name, rows in named.items()})
    empty = [name for name in ("training", "validation") if not len(named[name])]
    if empty:
        message = f"{folder}: expected events for training and validation, but {empty[0]} has none: convert more events"
        raise ValueError(message)
    return sides
