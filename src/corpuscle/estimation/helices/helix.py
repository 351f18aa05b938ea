"""How the hits of helices change with their parameters, and with what happens to them on their way."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.helix import LIGHT
from corpuscle.estimation.helices.helix_kernel import carry_kick
from corpuscle.estimation.helices.weigh_kernel import predict_hits, weigh_tracks


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Measured:
    """Hits of tracks on cylinders about the axis, as a fit sees them: two coordinates with their errors.

    Args:
        offset: where the hits of each track begin, and the number of all hits.
        radius: distance of each hit from the axis [mm].
        azimuth: azimuth of each hit [rad].
        z: z of each hit [mm].
        place: the cylinder whose material a track passes right behind each hit.
        variance: variance along r azimuth and along z [mm^2].
        cylinder: radii of all cylinders [mm].
        field: the magnetic field along +z [T].
    """

    offset: Int[np.ndarray, " track_and_1"]
    radius: Float[np.ndarray, " hit"]
    azimuth: Float[np.ndarray, " hit"]
    z: Float[np.ndarray, " hit"]
    place: Int[np.ndarray, " hit"]
    variance: Float[np.ndarray, "hit 2"]
    cylinder: Float[np.ndarray, " layer"]
    field: float

    def __len__(self) -> int:
        return len(self.offset) - 1

    @property
    def bend(self) -> float:
        """The curvature of a charge of 1 with a transverse momentum of 1 GeV, without its sign [1/mm]."""
        return LIGHT * self.field

    @property
    def first(self) -> Int[np.ndarray, " track"]:
        """The innermost cylinder that each track has a hit on; 0 for a track without hits."""
        first = np.zeros(len(self), dtype=np.int64)
        full = np.diff(self.offset) > 0
        first[full] = np.minimum.reduceat(self.place, self.offset[:-1][full]) if full.any() else 0
        return first

    def choose(self, rows: Int[np.ndarray, " row"]) -> "Measured":
        """Give the hits of some tracks, in the order of the rows."""
        length = np.diff(self.offset)[rows]
        offset = np.append(0, np.cumsum(length))
        hit = np.arange(offset[-1]) + np.repeat(self.offset[rows] - offset[:-1], length)
        own = {name: getattr(self, name)[hit] for name in ("radius", "azimuth", "z", "place", "variance")}
        return Measured(offset=offset, cylinder=self.cylinder, field=self.field, **own)


def differentiate_hits(
    value: Float[np.ndarray, "track 5"], radius: Float[np.ndarray, "track layer"], *, field: float
) -> tuple[Float[np.ndarray, "track layer 2"], Float[np.ndarray, "track layer 2 5"]]:
    """Give where tracks cross cylinders, and how that changes with their parameters.

    Args:
        value: d0, z0, phi, theta, q/p [mm, mm, rad, rad, 1/GeV].
        radius: the cylinders [mm].
        field: the magnetic field along +z [T].

    Returns:
        Azimuth [rad] and z [mm] of the crossings, and the change of (r azimuth, z) with d0, z0, phi, theta, q/p; NaN
        where a track turns back before.

    >>> crossing, jacobian = differentiate_hits(np.array([[0, 0, 0, np.pi / 2, -1.0]]), np.array([[100.0]]), field=2.0)
    >>> crossing.round(4), jacobian[0, 0, 0].round(2)
    (array([[[0.03, 0.  ]]]), array([  1.,   0., 100.,  -0.,  -3.]))
    """
    tracks, layers = radius.shape
    crossing, jacobian = np.empty((tracks, layers, 2)), np.empty((tracks, layers, 2, 5))
    predict_hits(
        np.ascontiguousarray(value, dtype=float), np.ascontiguousarray(radius), LIGHT * field, crossing, jacobian
    )
    return crossing, jacobian


def differentiate_kick(value: Float[np.ndarray, " 5"], path: float, *, field: float) -> Float[np.ndarray, "5 3"]:
    """Give how the perigee of one track changes with what happens to it at a path from there (see `carry_kick`).

    Args:
        value: d0, z0, phi, theta, q/p [mm, mm, rad, rad, 1/GeV].
        path: how far from the perigee, across the field [mm].
        field: the magnetic field along +z [T].

    Returns:
        The change of d0, z0, phi, theta, q/p with a turn of phi, a turn of theta at constant momentum, and a growth of
        q/p by a share of itself.
    """
    carried = np.empty((5, 3))
    carry_kick(np.asarray(value, dtype=float), LIGHT * field, path, carried)
    return carried


def weigh_hits(
    measured: Measured,
    value: Float[np.ndarray, "track 5"],
    angle: Float[np.ndarray, "track layer"],
    *,
    most: int,
) -> tuple[Float[np.ndarray, "track coordinate 5"], Float[np.ndarray, "track coordinate coordinate"]]:
    """Give how all measured coordinates of each track change with its parameters, and their covariance.

    C = diag(variance) + sum over cylinders of (J G) Q (J G)', with J how a hit changes with the perigee, G how the
    perigee of the helix behind a cylinder changes with a kick there, Q = diag(angle^2/sin^2 theta, angle^2) for the
    turns of phi and theta; a kick moves the hits behind its cylinder only.

    Args:
        measured: the hits; of them only radius, place and variance count.
        value: d0, z0, phi, theta, q/p of each track.
        angle: standard deviation of the deflection at each cylinder [rad].
        most: the number of hits that results have room for; rows of hits that are not there are 0, of covariance 1.
    """
    tracks = len(measured)
    jacobian, covariance = np.zeros((tracks, 2 * most, 5)), np.zeros((tracks, 2 * most, 2 * most))
    weigh_tracks(
        measured.offset, measured.radius, measured.place, measured.variance, measured.cylinder, measured.bend,
        np.ascontiguousarray(value, dtype=float), angle, jacobian, covariance,
    )  # fmt: skip
    return jacobian, covariance
