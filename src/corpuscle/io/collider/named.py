"""Hits and particles as columns by role, from files that name their columns as they like."""

from typing import Literal

import numpy as np

from corpuscle.io.collider.assemble import Makers, Seen, assemble
from corpuscle.io.collider.barrel import Barrel
from corpuscle.io.collider.columns import Columns, as_whole, stack
from corpuscle.io.errors import FormatError
from corpuscle.io.recorded import Recorded

HIT_ROLES = {
    "event": "event_id", "particle": "particle_id", "x": "x", "y": "y", "z": "z", "tx": "tx", "ty": "ty", "tz": "tz",
    "tpx": "tpx", "tpy": "tpy", "tpz": "tpz", "time": "tt", "volume": "volume_id", "layer": "layer_id",
}  # fmt: skip
"""Roles of the columns of hits, with the names that ACTS gives them."""

PARTICLE_ROLES = {
    "event": "event_id", "number": "particle_id", "kind": "particle_type", "charge": "q",
    "vx": "vx", "vy": "vy", "vz": "vz", "px": "px", "py": "py", "pz": "pz",
}  # fmt: skip
"""The same of particles."""

MEANINGS = {
    "event": "the event", "particle": "the particle that made the hit", "volume": "the volume of the hit",
    "layer": "the layer of the hit", "number": "the particle's number", "charge": "its charge",
    "vx": "where it was made", "vy": "where it was made", "vz": "where it was made",
    "px": "its momentum", "py": "its momentum", "pz": "its momentum",
}  # fmt: skip


def describe_role(role: str) -> str:
    """Say what a role means; the roles without a meaning here may be missing."""
    return MEANINGS.get(role, "perhaps missing")


def put_together(
    event: int,
    hits: Columns,
    particles: Columns,
    barrel: Barrel,
    *,
    positions: Literal["measured", "true"],
    source: str,
) -> Recorded:
    """Make the collisions of one event from columns by role.

    Raises: FormatError, when the positions asked for are not there, an identifier is no whole number, or columns of
        one table have several lengths.
    """
    for table in (hits, particles):
        lengths = {name: len(values) for name, values in table.items() if name != "event"}
        if len(set(lengths.values())) > 1:
            raise FormatError(source, f"columns of one length for event {event}", str(lengths))
    axes = ("x", "y", "z") if positions == "measured" else ("tx", "ty", "tz")
    if not set(axes) <= hits.keys():
        other = "true" if positions == "measured" else "measured"
        there = ", ".join(sorted(hits))
        hint = f"say what they are called, or --set positions={other}"
        raise FormatError(source, f"{positions} positions ({', '.join(axes)})", there, hint=hint)
    position = stack(hits, *axes)
    layer = barrel.number(as_whole(hits["volume"], "volumes", source), as_whole(hits["layer"], "layers", source))
    barrel.check(position, layer, source)
    known = {"tx", "ty", "tz", "tpx", "tpy", "tpz"} <= hits.keys()
    number = as_whole(particles["number"], "particle numbers", source)
    seen = Seen(
        position=position,
        layer=layer,
        maker=as_whole(hits["particle"], "particle numbers", source),
        crossing=stack(hits, "tx", "ty", "tz") if known else None,
        momentum=stack(hits, "tpx", "tpy", "tpz") if known else None,
        order=hits["time"].astype(float) if "time" in hits else None,
    )
    makers = Makers(
        number=number,
        kind=as_whole(particles["kind"], "kinds", source) if "kind" in particles else np.zeros(len(number), np.int64),
        charge=particles["charge"].astype(float),
        vertex=stack(particles, "vx", "vy", "vz"),
        momentum=stack(particles, "px", "py", "pz"),
    )
    return assemble(event, seen, makers, field=barrel.apparatus.field, source=source)
