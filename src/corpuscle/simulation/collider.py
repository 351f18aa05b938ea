"""What every world of events shares: particles fly through cylinders, which see their hits or miss them."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import NOISE, Collisions, Events, Particles
from corpuscle.data.helix import HelixParameters
from corpuscle.data.settings import check_settings, setting


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Flight:
    """Particles flown through an apparatus.

    Args:
        azimuth: where each cylinder measured each track [rad]; NaN where it was never reached.
        z: the same along the axis [mm].
        perigee: d0, z0, phi, theta, q/p of the state at the first hit that is seen.
        kind: what each particle is, by its PDG number; 0: unknown.
        lost: the share of its momentum that it had lost before that hit.
    """

    azimuth: Float[np.ndarray, "track layer"]
    z: Float[np.ndarray, "track layer"]
    perigee: Float[np.ndarray, "track 5"]
    kind: Int[np.ndarray, " track"]
    lost: Float[np.ndarray, " track"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventWorld(ABC):
    """A world of collisions is its settings; from a generator it makes events, each with its truth.

    A world says what its apparatus is and how particles fly through it (`fly`); holes, noise and the order of the hits
    are the same in all. Chances are drawn in one order, whatever the settings, so that worlds that differ only in how
    they measure have the same particles on the same ways from the same seed.
    """

    tracks: int = setting(1000, "tracks in all events together", least=0)
    tracks_per_event: int = setting(10, "tracks in each event; the last may have fewer", least=1)
    holes: float = setting(0.0, "chance that a cylinder misses a particle that crosses it", least=0, most=1)
    noise: float = setting(0.0, "mean number of noise hits an event, uniform on the cylinders", least=0)

    def __post_init__(self) -> None:
        check_settings(self)

    @property
    @abstractmethod
    def apparatus(self) -> Apparatus:
        """The field and the cylinders."""

    @property
    @abstractmethod
    def half_length(self) -> Float[np.ndarray, " layer"]:
        """How far from the middle the noise of each cylinder reaches [mm]."""

    @abstractmethod
    def fly(self, generator: np.random.Generator, seen: Bool[np.ndarray, "track layer"]) -> Flight:
        """Let particles fly through the apparatus.

        Args:
            generator: where the chances come from.
            seen: whether each cylinder would see each particle.
        """

    def simulate(self, generator: np.random.Generator) -> Collisions:
        """Draw events.

        Events are numbered from 0, tracks from 0 in each. Hits stand event by event in an order that tells nothing;
        noise does not stand in the truth. A particle that is never seen stands there with the perigee it began with.

        Args:
            generator: where all chances come from; the same state gives the same events.

        >>> from corpuscle.simulation.helical import Helix
        >>> Helix(tracks=20).simulate(np.random.default_rng(0)).hits
        Events(2 events, 200 hits)
        """
        shape = (self.tracks, len(self.apparatus.radius))
        seen, place = generator.random(shape) >= self.holes, generator.random(shape)
        flight = self.fly(generator, seen)
        row, layer = np.nonzero(seen & np.isfinite(flight.azimuth))
        position = self.put_on_cylinders(flight.azimuth[row, layer], flight.z[row, layer], layer)
        events = -(-self.tracks // self.tracks_per_event)
        noise_event, noise_position, noise_layer = self.draw_noise(generator, events)
        event, track = np.divmod(np.arange(self.tracks), self.tracks_per_event)
        hits = gather_events(
            events,
            event=np.concatenate([event[row], noise_event]),
            place=np.concatenate([place[row, layer], generator.random(len(noise_event))]),
            position=np.concatenate([position, noise_position]),
            layer=np.concatenate([layer, noise_layer]),
            track=np.concatenate([track[row], np.full(len(noise_event), NOISE)]),
        )
        truth = HelixParameters(flight.perigee)
        return Collisions(
            hits, Particles(event=event, track=track, parameters=truth, kind=flight.kind, lost=flight.lost)
        )

    def put_on_cylinders(
        self, azimuth: Float[np.ndarray, " hit"], z: Float[np.ndarray, " hit"], layer: Int[np.ndarray, " hit"]
    ) -> Float[np.ndarray, "hit 3"]:
        """Give x, y, z of hits on their cylinders [mm]."""
        radius = self.apparatus.radius[layer]
        return np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), z], axis=1)

    def draw_noise(
        self, generator: np.random.Generator, events: int
    ) -> tuple[Int[np.ndarray, " hit"], Float[np.ndarray, "hit 3"], Int[np.ndarray, " hit"]]:
        """Draw noise hits, uniform on the area of the cylinders: their events, positions and cylinders."""
        event = np.repeat(np.arange(events), generator.poisson(self.noise, events))
        area = self.apparatus.radius * np.maximum(self.half_length, np.finfo(float).tiny)
        layer = generator.choice(len(area), len(event), p=area / area.sum())
        azimuth = generator.uniform(-np.pi, np.pi, len(event))
        z = self.half_length[layer] * generator.uniform(-1, 1, len(event))
        return event, self.put_on_cylinders(azimuth, z, layer), layer


def gather_events(
    count: int,
    *,
    event: Int[np.ndarray, " hit"],
    place: Float[np.ndarray, " hit"],
    position: Float[np.ndarray, "hit 3"],
    layer: Int[np.ndarray, " hit"],
    track: Int[np.ndarray, " hit"],
) -> Events:
    """Put hits event by event, within each in the order of their places."""
    order = np.lexsort((place, event))
    return Events(
        number=np.arange(count),
        offset=np.append(0, np.cumsum(np.bincount(event, minlength=count))).astype(np.int64),
        position=position[order],
        layer=layer[order],
        track=track[order],
    )


def check_range(owner: str, name: str, lowest: float, highest: float) -> None:
    """Refuse a range that runs backwards."""
    if lowest > highest:
        message = f"{owner}.lowest_{name}: expected at most highest_{name}, {highest:g}, not {lowest:g}"
        raise ValueError(message)
