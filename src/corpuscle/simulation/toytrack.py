"""Circles without errors, as the toy of the slides has them: a smoke test."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from corpuscle.data.apparatus import Apparatus, lay_barrel
from corpuscle.data.helix import LIGHT, cross_cylinders, curve
from corpuscle.data.settings import setting
from corpuscle.simulation.collider import EventWorld, Flight, check_range

EXACT = 1e-6
"""What the apparatus says that its exact hits may be off, since a fit weighs by errors [mm]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToyTracks(EventWorld):
    """Circles in a plane whose radius is their transverse momentum: no field constant, no errors, no material.

    A smoke test and nothing more. Nothing is measured imperfectly and nothing scatters, so any fit that knows what a
    circle is has no error here: the bound is 0, a ratio to it means nothing, and a net looks infinitely bad or the
    question is empty. Use `helix` to compare methods.

    One unit of momentum is one unit of length; the field is chosen so that it is (3335.64 T, a GeV a millimetre). Ten
    cylinders, at equal distances, see the first quarter of a turn; particles fly from the origin at right angles to z.

    Source: ToyTrack (murnanedaniel/ToyTrack), as used in Couthures, Tracking with ML, 22 January 2025.

    >>> ToyTracks(tracks=4).simulate(np.random.default_rng(0)).hits
    Events(1 event, 40 hits)
    """

    innermost: float = setting(0.5, "radius of the first cylinder", unit="mm", above=0)
    outermost: float = setting(3.0, "radius of the last of ten", unit="mm", above=0)
    lowest_pt: float = setting(1.0, "least transverse momentum", unit="GeV", above=0)
    highest_pt: float = setting(5.0, "largest transverse momentum", unit="GeV", above=0)

    def __post_init__(self) -> None:
        EventWorld.__post_init__(self)
        check_range("ToyTracks", "pt", self.lowest_pt, self.highest_pt)
        if self.innermost >= self.outermost:
            message = f"ToyTracks.innermost: expected less than outermost, {self.outermost:g}, not {self.innermost:g}"
            raise ValueError(message)

    @property
    def apparatus(self) -> Apparatus:
        """Ten cylinders in the field in which the radius of a track is its transverse momentum."""
        radii = tuple(np.linspace(self.innermost, self.outermost, 10).tolist())
        return lay_barrel(field=1 / LIGHT, radii=radii, resolution=EXACT, resolution_z=EXACT, material=0.0)

    @property
    def half_length(self) -> Float[np.ndarray, " layer"]:
        """Noise lies in the plane."""
        return np.zeros(10)

    def fly(self, generator: np.random.Generator, seen: Bool[np.ndarray, "track layer"]) -> Flight:
        """Let particles fly from the origin for a quarter of a turn."""
        count, _ = seen.shape
        uniform = generator.random((count, 3))
        momentum = self.lowest_pt + (self.highest_pt - self.lowest_pt) * uniform[:, 0]
        charge = np.where(uniform[:, 1] < 0.5, -1.0, 1.0)
        phi, zero = np.pi * (2 * uniform[:, 2] - 1), np.zeros(count)
        curvature = curve(charge / momentum, 1 / LIGHT)
        radius = np.broadcast_to(self.apparatus.radius, seen.shape)
        azimuth, path = cross_cylinders(zero, phi, curvature, radius)
        quarter = np.abs(curvature)[:, None] * path <= np.pi / 2
        return Flight(
            azimuth=np.where(quarter, azimuth, np.nan),
            z=np.zeros(seen.shape),
            perigee=np.stack([zero, zero, phi, zero + np.pi / 2, charge / momentum], axis=1),
            kind=np.zeros(count, dtype=np.int64),
            lost=zero,
        )
