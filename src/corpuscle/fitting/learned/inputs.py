"""What stands for a hit in a net that is told coordinates, from the crudest to the one that leaves least to learn."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Float32, Int

from corpuscle.data.event import TrackHits

Inputs = Literal["raw", "scaled", "relative", "chord"]

FEATURES: dict[Inputs, int] = {"raw": 3, "scaled": 3, "relative": 3, "chord": 5}
"""How many numbers stand for a hit."""

LENGTH = 500.0
"""The length that stands for 1 [mm]."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Told:
    """What a net is told of tracks, hits from the inside out, and how to read what it says.

    Args:
        offset: where the hits of each track begin, and the number of all hits.
        feature: what stands for each hit.
        mirror: -1 where a track was mirrored, so that its curvature has the other sign.
        cotangent: what its cotangent of theta is counted from.
    """

    offset: Int[np.ndarray, " track_and_1"]
    feature: Float32[np.ndarray, "hit feature"]
    mirror: Float[np.ndarray, " track"]
    cotangent: Float[np.ndarray, " track"]


def read_inputs(hits: TrackHits, inputs: Inputs) -> Told:
    """Read hits as a net is told them.

    Args:
        hits: hits of tracks, three or more each, at several radii.
        inputs: raw: x, y, z in millimetres, as published; scaled: in units of 0.5 m; relative: the radius, the azimuth
            from that of the first hit, and z; chord: along and across the line from the first hit to the last, mirrored
            such that the hits lie on its right, the cotangent of that line, and how far z is from it.
    """
    order = np.lexsort((hits.position[:, 2], np.hypot(hits.position[:, 0], hits.position[:, 1]), hits.owner))
    position, owner = hits.position[order], hits.owner
    plain = np.ones(len(hits)), np.zeros(len(hits))
    if inputs in {"raw", "scaled"}:
        return pack(hits, position / (1.0 if inputs == "raw" else LENGTH), *plain)
    if inputs == "chord":
        return read_chord(hits, position)
    x, y, z = position.T
    azimuth = np.arctan2(y, x)
    turned = azimuth - azimuth[hits.offset[:-1]][owner]
    turned -= 2 * np.pi * np.round(turned / (2 * np.pi))
    return pack(hits, np.stack([np.hypot(x, y) / LENGTH - 0.8, 5 * turned, z / LENGTH], axis=1), *plain)


def read_chord(hits: TrackHits, position: Float[np.ndarray, "hit 3"]) -> Told:
    """Read hits beside the chord of their track, which the track cannot be told from when it is straight."""
    owner, first, last = hits.owner, hits.offset[:-1], hits.offset[1:] - 1
    chord = position[last] - position[first]
    length = np.hypot(chord[:, 0], chord[:, 1])
    cosine, sine = (chord[:, :2] / length[:, None])[owner].T
    x, y, z = (position - position[first][owner]).T
    along, across = cosine * x + sine * y, cosine * y - sine * x
    cotangent = chord[:, 2] / length
    mirror = np.where(np.add.reduceat(across, first) > 0, -1.0, 1.0)
    across, off = across * mirror[owner], z - along * cotangent[owner]
    feature = [along / LENGTH - 0.8, across / 10, np.arcsinh(across / 0.2) / 3, cotangent[owner], np.arcsinh(off / 0.2)]
    return pack(hits, np.stack(feature, axis=1), mirror, cotangent)


def pack(
    hits: TrackHits,
    feature: Float[np.ndarray, "hit feature"],
    mirror: Float[np.ndarray, " track"],
    cotangent: Float[np.ndarray, " track"],
) -> Told:
    """Round to single precision what a net is told."""
    return Told(offset=hits.offset, feature=feature.astype(np.float32), mirror=mirror, cotangent=cotangent)
