"""Collisions as a file has them: hits, particles, and what the file could not give."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Int

from corpuscle.data.event import Collisions, TrackHits, pair_tracks
from corpuscle.io.splits import name_origins

FIRST = "perigee of the state at the first hit"
PRODUCTION = "perigee of the state of production: no momentum at the hits is known, nor what was lost before the first"


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Recorded:
    """Collisions with what a shard keeps beside them.

    Args:
        collisions: events with their truth.
        origin: a number for each particle, which those share that were generated with one momentum.
        dropped: what was left out already, and how much of it.
    """

    collisions: Collisions
    origin: Int[np.ndarray, " particle"]
    dropped: Mapping[str, int] = field(default_factory=dict)


def record(collisions: Collisions) -> Recorded:
    """Take collisions whose particles have lost nothing: their own momentum is what was generated."""
    parameters = collisions.particles.parameters
    momentum = np.stack([parameters.transverse_momentum, parameters.longitudinal_momentum], axis=1)
    return Recorded(collisions=collisions, origin=name_origins(momentum))


def choose_tracks(recorded: Recorded, *, least: int) -> tuple[TrackHits, Int[np.ndarray, " track"], dict[str, int]]:
    """Choose the tracks that shards keep: of particles with parameters, with enough hits, all at finite places.

    Returns:
        The hits of these tracks, the row of each one's particle, and what was left out.
    """
    events, particles = recorded.collisions.hits, recorded.collisions.particles
    tracks = events.collect_tracks()
    row = np.full(len(tracks), -1)
    ours, theirs = pair_tracks(tracks.event, tracks.track, particles.event, particles.track)
    row[ours] = theirs
    lost = np.zeros(len(tracks), dtype=bool)
    lost[tracks.owner[~np.isfinite(tracks.position).all(axis=1)]] = True
    unknown = row < 0
    shapeless = ~unknown & np.isnan(particles.parameters.value[row, 0]) if len(particles) else unknown
    short = ~unknown & ~shapeless & (tracks.length < least)
    dropped = {
        **recorded.dropped,
        "noise hits": len(events) - len(tracks.position),
        "tracks of no particle in the truth": int(unknown.sum()),
        "tracks without parameters: no charge, or no credible momentum": int((shapeless & ~unknown).sum()),
        f"tracks of fewer than {least} hits": int(short.sum()),
        "tracks with a hit at no finite place": int((lost & ~unknown & ~shapeless & ~short).sum()),
    }
    keep = np.flatnonzero(~(unknown | shapeless | short | lost))
    return tracks.choose(keep), row[keep], dropped
