"""The hits of collisions, and the particles that made them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.helix import HelixParameters

NOISE = -1
"""The track of a hit that no particle made."""


@dataclass(frozen=True, slots=True, eq=False)
class Events:
    """The hits of collisions, one event behind another: flat values and offsets.

    Event k has the hits `offset[k]` to `offset[k + 1]`. A hit may be anywhere, NaN included: what cannot be fitted is
    marked where it is fitted, so that one bad hit does not stop a million tracks.

    Args:
        number: the number of each event.
        offset: where the hits of each event begin, and the number of all hits.
        position: x, y, z of each hit [mm].
        layer: the cylinder of each hit in its apparatus, from 0; -1: none of them.
        track: the track that each hit belongs to, unique within its event; -1: noise.

    Raises: ValueError, when lengths and offsets do not fit, or a track or event is named twice.

    >>> hits = Events(np.array([7]), np.array([0, 2]), np.ones((2, 3)), np.array([0, 1]), np.array([5, -1]))
    >>> hits, hits.collect_tracks()
    (Events(1 event, 2 hits), TrackHits(1 track, 1 hit))
    """

    number: Int[np.ndarray, " event"]
    offset: Int[np.ndarray, " event_and_1"]
    position: Float[np.ndarray, "hit 3"]
    layer: Int[np.ndarray, " hit"]
    track: Int[np.ndarray, " hit"]

    def __post_init__(self) -> None:
        check_offset(self.offset, len(self.number), len(self.position), what="events")
        if len(np.unique(self.number)) != len(self.number):
            raise ValueError("an event stands twice: each has one number")
        if (self.track < NOISE).any():
            row = int(np.argmax(self.track < NOISE))
            message = f"a track is a number from 0, or -1 for noise, but hit {row} has {self.track[row]}"
            raise ValueError(message)

    def __len__(self) -> int:
        return len(self.position)

    def __repr__(self) -> str:
        return f"Events({tell(len(self.number), 'event')}, {tell(len(self), 'hit')})"

    @property
    def event(self) -> Int[np.ndarray, " hit"]:
        """The number of each hit's event."""
        return np.repeat(self.number, np.diff(self.offset))

    def collect_tracks(self) -> "TrackHits":
        """Give the hits of tracks, one track behind another, by event and track; noise is left out."""
        owner = np.repeat(np.arange(len(self.number)), np.diff(self.offset))
        rows = np.flatnonzero(self.track != NOISE)
        rows = rows[np.lexsort((self.track[rows], owner[rows]))]
        begins = np.ones(len(rows), dtype=bool)
        begins[1:] = (np.diff(owner[rows]) != 0) | (np.diff(self.track[rows]) != 0)
        first = np.flatnonzero(begins)
        return TrackHits(
            event=self.number[owner[rows[first]]],
            track=self.track[rows[first]],
            offset=np.append(first, len(rows)),
            position=self.position[rows],
            layer=self.layer[rows],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TrackHits:
    """The hits of tracks, one track behind another: what a fitter is given.

    Track k has the hits `offset[k]` to `offset[k + 1]`, in any order.

    Args:
        event: the event of each track.
        track: the number of each track in its event.
        offset: where the hits of each track begin, and the number of all hits.
        position: x, y, z of each hit [mm].
        layer: the cylinder of each hit in its apparatus, from 0; -1: none of them.
    """

    event: Int[np.ndarray, " track"]
    track: Int[np.ndarray, " track"]
    offset: Int[np.ndarray, " track_and_1"]
    position: Float[np.ndarray, "hit 3"]
    layer: Int[np.ndarray, " hit"]

    def __post_init__(self) -> None:
        check_offset(self.offset, len(self.track), len(self.position), what="tracks")

    def __len__(self) -> int:
        return len(self.track)

    def __repr__(self) -> str:
        return f"TrackHits({tell(len(self), 'track')}, {tell(len(self.position), 'hit')})"

    @property
    def length(self) -> Int[np.ndarray, " track"]:
        """How many hits each track has."""
        return np.diff(self.offset)

    @property
    def owner(self) -> Int[np.ndarray, " hit"]:
        """The row of each hit's track."""
        return np.repeat(np.arange(len(self)), self.length)

    def choose(self, rows: Int[np.ndarray, " some"] | Bool[np.ndarray, " track"]) -> "TrackHits":
        """Give some of the tracks, in the order asked for: one gather, whatever their lengths."""
        rows = np.flatnonzero(rows) if rows.dtype == bool else rows
        length = self.length[rows]
        offset = np.concatenate([[0], np.cumsum(length)])
        hit = np.arange(offset[-1]) + np.repeat(self.offset[rows] - offset[:-1], length)
        return TrackHits(
            event=self.event[rows],
            track=self.track[rows],
            offset=offset,
            position=self.position[hit],
            layer=self.layer[hit],
        )


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Particles:
    """The truth of collisions: who made the hits.

    Args:
        event: the event of each particle.
        track: the track of its hits in that event.
        parameters: its perigee, of the state at its first hit (what the hits can tell), without covariance.
        kind: what it is, by its number of the Particle Data Group (PDG); 0: unknown.
        lost: the share of its momentum that it had lost before its first hit.
    """

    event: Int[np.ndarray, " track"]
    track: Int[np.ndarray, " track"]
    parameters: HelixParameters
    kind: Int[np.ndarray, " track"]
    lost: Float[np.ndarray, " track"]

    def __post_init__(self) -> None:
        lengths = {len(getattr(self, name)) for name in self.__dataclass_fields__}
        if len(lengths) > 1:
            message = f"particles have columns of one length, not of {sorted(lengths)}"
            raise ValueError(message)
        check_once(self.event, self.track, "particle")

    def __len__(self) -> int:
        return len(self.track)

    def __repr__(self) -> str:
        return f"Particles({tell(len(self), 'particle')}, {tell(len(np.unique(self.event)), 'event')})"


@dataclass(frozen=True, slots=True, eq=False)
class Collisions:
    """Events with their truth."""

    hits: Events
    particles: Particles


def check_once(event: Int[np.ndarray, " n"], track: Int[np.ndarray, " n"], noun: str) -> None:
    """Refuse rows of which two name the same track of the same event.

    Raises: ValueError, naming the track.
    """
    order = np.lexsort((track, event))
    same = (np.diff(event[order]) == 0) & (np.diff(track[order]) == 0)
    if same.any():
        row = order[int(np.argmax(same))]
        message = f"a {noun} stands once, but track {track[row]} of event {event[row]} stands twice"
        raise ValueError(message)


def pair_tracks(
    event: Int[np.ndarray, " n"],
    track: Int[np.ndarray, " n"],
    other_event: Int[np.ndarray, " m"],
    other_track: Int[np.ndarray, " m"],
) -> tuple[Int[np.ndarray, " k"], Int[np.ndarray, " k"]]:
    """Pair rows that name the same track of the same event, in the order of the first; each stands once on a side.

    >>> pair_tracks(np.array([0, 0]), np.array([4, 5]), np.array([0, 1]), np.array([5, 5]))
    (array([1]), array([0]))
    """
    names = np.concatenate([np.stack([event, track], axis=1), np.stack([other_event, other_track], axis=1)])
    place = np.unique(names, axis=0, return_inverse=True)[1].reshape(-1)
    _, ours, theirs = np.intersect1d(place[: len(event)], place[len(event) :], return_indices=True)
    order = np.argsort(ours, kind="stable")
    return ours[order], theirs[order]


def check_offset(offset: Int[np.ndarray, " any"], count: int, hits: int, *, what: str) -> None:
    """Check that offsets grow from 0 to the number of hits."""
    if len(offset) != count + 1 or offset[0] != 0 or offset[-1] != hits or (np.diff(offset) < 0).any():
        message = f"offsets of {count} {what} are {count + 1} numbers that grow from 0 to {hits}, the number of hits"
        raise ValueError(message)


def tell(count: int, what: str) -> str:
    """Tell a count of things."""
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
