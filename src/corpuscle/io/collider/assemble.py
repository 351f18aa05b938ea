"""Hits and who made them become collisions: noise left out of tracks, parameters where a particle was first seen."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.event import NOISE, Collisions, Events, Particles
from corpuscle.data.helix import approach_axis
from corpuscle.io.errors import FormatError
from corpuscle.io.recorded import Recorded
from corpuscle.io.splits import name_origins

GAIN = 1.01
"""A momentum at the first hit above the generated one by more than this factor is not believed."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Seen:
    """The hits of one event, and what made each.

    Args:
        position: where each hit is taken to be [mm].
        layer: its cylinder; -1: none.
        maker: the particle that made it; 0: noise.
        crossing: where the particle truly was [mm]; None: unknown.
        momentum: its momentum there [GeV]; None: unknown.
        order: what grows along a track (time); None: the distance from where it was made.
    """

    position: Float[np.ndarray, "hit 3"]
    layer: Int[np.ndarray, " hit"]
    maker: Int[np.ndarray, " hit"]
    crossing: Float[np.ndarray, "hit 3"] | None = None
    momentum: Float[np.ndarray, "hit 3"] | None = None
    order: Float[np.ndarray, " hit"] | None = None


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Makers:
    """The particles of one event as the generator made them.

    Args:
        number: its identifier in the event, above 0.
        kind: what each is (PDG); 0: unknown.
        charge: in units of the positron's.
        vertex: where it was made [mm].
        momentum: its momentum there [GeV].
    """

    number: Int[np.ndarray, " particle"]
    kind: Int[np.ndarray, " particle"]
    charge: Float[np.ndarray, " particle"]
    vertex: Float[np.ndarray, "particle 3"]
    momentum: Float[np.ndarray, "particle 3"]


def assemble(event: int, seen: Seen, makers: Makers, *, field: float, source: str) -> Recorded:
    """Make the collisions of one event.

    Parameters are the perigee of the state at the first hit; where no momentum is known there, of the state in which
    the particle was made, and what it lost is NaN.

    Args:
        event: its number.
        seen: its hits.
        makers: its particles.
        field: the magnetic field along +z [T].
        source: the files, for messages.

    Raises: FormatError, when a particle stands twice, an identifier is below 0, or no hit was made by any of the
        particles: files of two events, then.
    """
    order = np.argsort(makers.number, kind="stable")
    check_makers(makers.number[order], seen.maker, source)
    place = np.searchsorted(makers.number[order], seen.maker)
    place = np.minimum(place, len(order) - 1)
    row = np.where(seen.maker == makers.number[order][place], order[place], -1)
    real = seen.maker != 0
    if real.any() and (row[real] < 0).all():
        raise FormatError(
            source, f"hits of the particles of event {event}", "hits of none of them: files of two events"
        )
    first, owner = find_first(seen, makers, np.where(real, row, -1))
    momentum = makers.momentum[owner]
    if seen.momentum is None or seen.crossing is None:
        state, there, lost = makers.vertex[owner], momentum, np.full(len(owner), np.nan)
    else:
        state, there = seen.crossing[first], seen.momentum[first]
        with np.errstate(divide="ignore", invalid="ignore"):
            kept = np.linalg.norm(there, axis=1) / np.linalg.norm(momentum, axis=1)
        believed = kept <= GAIN
        there, lost = np.where(believed[:, None], there, np.nan), 1 - kept
    generated = np.stack([np.hypot(momentum[:, 0], momentum[:, 1]), momentum[:, 2]], axis=1)
    particles = Particles(
        event=np.full(len(owner), event),
        track=makers.number[owner],
        parameters=approach_axis(state, there, makers.charge[owner], field),
        kind=makers.kind[owner],
        lost=lost,
    )
    hits = Events(
        number=np.array([event]),
        offset=np.array([0, len(seen.maker)]),
        position=seen.position,
        layer=seen.layer,
        track=np.where(real, seen.maker, NOISE),
    )
    dropped = {"particles without hits": len(makers.number) - len(owner)}
    return Recorded(collisions=Collisions(hits, particles), origin=name_origins(generated), dropped=dropped)


def find_first(
    seen: Seen, makers: Makers, row: Int[np.ndarray, " hit"]
) -> tuple[Int[np.ndarray, " some"], Int[np.ndarray, " some"]]:
    """Find the first hit of each particle that has any, and the particle."""
    where = seen.position if seen.crossing is None else seen.crossing
    along = seen.order if seen.order is not None else np.linalg.norm(where - makers.vertex[row], axis=1)
    hit = np.flatnonzero(row >= 0)
    hit = hit[np.lexsort((along[hit], row[hit]))]
    begins = np.ones(len(hit), dtype=bool)
    begins[1:] = np.diff(row[hit]) != 0
    first = hit[begins]
    return first, row[first]


def check_makers(number: Int[np.ndarray, " particle"], maker: Int[np.ndarray, " hit"], source: str) -> None:
    """Refuse particles that stand twice, that are none, or that have a number below 0."""
    if not len(number):
        raise FormatError(source, "particles", "none")
    lowest = int(maker.min(initial=0))
    if lowest < 0 or number[0] < 1:
        expected = "particle numbers from 1 to 2^63, and 0 for hits of noise"
        raise FormatError(source, expected, str(min(lowest, int(number[0]))))
    twice = np.flatnonzero(np.diff(number) == 0)
    if len(twice):
        raise FormatError(source, "every particle once", f"particle {number[twice[0]]} twice")
