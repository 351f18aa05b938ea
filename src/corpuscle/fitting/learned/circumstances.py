"""Tracks with all that is known before they are corrected: hits inside out, errors, scattering, a rough fit."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters, curve
from corpuscle.data.material import PION, scatter
from corpuscle.fitting.screen import place_hits

LEAST_TURN = 0.01
"""Scattering that moves the last hit by less than this share of an error is as good as none."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Circumstances:
    """Tracks, hit behind hit from the inside out, as an apparatus sees them.

    Args:
        start: their closed-form fit, with the covariance of the measurement.
        field: the magnetic field along +z [T].
        offset: where the hits of each track begin, and the number of all hits.
        position: x, y, z of each hit [mm].
        radius: its distance from the axis [mm].
        error: standard deviation of each hit along r phi and along z [mm].
        scattering: how the track is deflected.
    """

    start: HelixParameters
    field: float
    offset: Int[np.ndarray, " track_and_1"]
    position: Float[np.ndarray, "hit 3"]
    radius: Float[np.ndarray, " hit"]
    error: Float[np.ndarray, "hit 2"]
    scattering: "Scattering"

    @property
    def length(self) -> Int[np.ndarray, " track"]:
        """How many hits each track has."""
        return np.diff(self.offset)

    @property
    def owner(self) -> Int[np.ndarray, " hit"]:
        """The row of each hit's track."""
        return np.repeat(np.arange(len(self.start)), self.length)

    @property
    def nearest(self) -> Float[np.ndarray, " track"]:
        """The radius of each track's first hit [mm]."""
        return np.asarray(self.radius[self.offset[:-1]])

    @property
    def reach(self) -> Float[np.ndarray, " track"]:
        """The radius of its last [mm]."""
        return np.asarray(self.radius[self.offset[1:] - 1])

    @property
    def blur(self) -> Float[np.ndarray, "track 2"]:
        """The error of a hit along r phi and z that counts as much as those of each track do on average [mm]."""
        return blur_hits(self.error, self.offset)

    @property
    def sine(self) -> Float[np.ndarray, " track"]:
        """The sine of theta."""
        return np.asarray(np.sin(self.start.value[:, 3]))

    @property
    def cotangent(self) -> Float[np.ndarray, " track"]:
        """The cotangent of theta: how far a track flies along the field for each millimetre across it."""
        return np.asarray(1 / np.tan(self.start.value[:, 3]))

    @property
    def curvature(self) -> Float[np.ndarray, " track"]:
        """The signed curvature (kappa) [1/mm]."""
        return curve(self.start.q_over_pt, self.field)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Scattering:
    """How tracks are deflected across the field (theta0 / sin theta) by what they cross.

    Args:
        total: from the first hit to the last, the root of the sum of squares [rad].
        own: the share of `total` squared that each hit's cylinder has, if another is hit behind it; else 0.
        skipped: the share of the cylinders without a hit between the hit before and each.
    """

    total: Float[np.ndarray, " track"]
    own: Float[np.ndarray, " hit"]
    skipped: Float[np.ndarray, " hit"]


def lay_tracks(hits: TrackHits, apparatus: Apparatus, start: HelixParameters) -> Circumstances:
    """Lay tracks out for correction.

    Args:
        hits: the hits of tracks that could be fitted, in any order within each.
        apparatus: the field, and what each cylinder measures and is made of.
        start: their closed-form fit.
    """
    radius = np.hypot(hits.position[:, 0], hits.position[:, 1])
    order = np.lexsort((hits.position[:, 2], radius, hits.owner))
    place, radius = place_hits(hits, apparatus)[order], radius[order]
    error = np.stack([apparatus.resolution[place], apparatus.resolution_z[place]], axis=1)
    scattering = deflect(apparatus, start, place, hits.offset)
    least = LEAST_TURN * blur_hits(error, hits.offset).min(axis=1) / radius[hits.offset[1:] - 1]
    return Circumstances(
        start=start,
        field=apparatus.field,
        offset=hits.offset,
        position=hits.position[order],
        radius=radius,
        error=error,
        scattering=Scattering(
            total=np.maximum(scattering.total, least), own=scattering.own, skipped=scattering.skipped
        ),
    )


def deflect(
    apparatus: Apparatus,
    start: HelixParameters,
    place: Int[np.ndarray, " hit"],
    offset: Int[np.ndarray, " track_and_1"],
) -> Scattering:
    """Give how tracks are deflected between their first and last hits, as pions are.

    Args:
        apparatus: what they cross.
        start: their parameters.
        place: the cylinder of each hit, tracks one behind another, from the inside out.
        offset: where the hits of each track begin.
    """
    sine = np.sin(start.value[:, 3])[:, None]
    thickness = apparatus.material / sine
    momentum = np.broadcast_to(1 / np.abs(start.value[:, 4:]), thickness.shape)
    angle = scatter(momentum, thickness, mass=PION) / sine
    before = np.concatenate([np.zeros_like(sine), np.cumsum(angle**2, axis=1)], axis=1)
    owner = np.repeat(np.arange(len(start)), np.diff(offset))
    own = before[owner, place + 1] - before[owner, place]
    own[:-1][place[1:] == place[:-1]] = 0.0  # modules overlap: a cylinder scatters once, behind its last hit
    own[offset[1:] - 1] = 0.0
    behind = np.concatenate([[0], place[:-1] + 1])
    skipped = np.maximum(before[owner, place] - before[owner, behind], 0.0)
    skipped[offset[:-1]] = 0.0
    total = np.add.reduceat(own + skipped, offset[:-1])
    share = np.divide(1.0, total, out=np.zeros_like(total), where=total > 0)[owner]
    return Scattering(total=np.sqrt(total), own=own * share, skipped=skipped * share)


def blur_hits(
    error: Float[np.ndarray, "hit 2"], offset: Int[np.ndarray, " track_and_1"]
) -> Float[np.ndarray, "track 2"]:
    """Give the errors that equal hits would have which weigh as much as those of each track together.

    >>> blur_hits(np.array([[3.0, 1.0], [4.0, 1.0]]), np.array([0, 2])).round(3)
    array([[3.394, 1.   ]])
    """
    weight = np.add.reduceat(error**-2.0, offset[:-1], axis=0)
    return np.asarray(np.sqrt(np.diff(offset)[:, None] / weight))
