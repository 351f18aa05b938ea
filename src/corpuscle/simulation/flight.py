"""How a charged particle flies through a barrel: helix, crossing, scattering, loss, and on as another helix."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.helix import approach_axis, cross_cylinders, curve
from corpuscle.data.material import lose_energy, scatter

Columns = Float[np.ndarray, " track"]


def cross_layers(
    perigee: Float[np.ndarray, "track 5"],
    apparatus: Apparatus,
    deflection: Float[np.ndarray, "layer track 2"],
    *,
    mass: float,
    energy_loss: bool = False,
) -> Iterator[tuple[Columns, Columns, Float[np.ndarray, "track 5"]]]:
    """Fly through the cylinders from the inside out, and give for each where it is crossed, and on which helix.

    Only the first crossing counts: a particle that never reaches the next cylinder, or stops in one, is NaN from
    there on. Every cylinder is thickness/sin theta thick; the angles across and along the field are deflected by
    theta0/sin theta and theta0 (Highland), at one momentum, so that the transverse momentum changes with theta.

    Args:
        perigee: d0, z0, phi, theta, q/p with which particles begin.
        apparatus: the field and the cylinders.
        deflection: standard normal numbers, for phi and theta at each cylinder.
        mass: mass of the particles [GeV].
        energy_loss: whether they lose the mean energy of the Bethe equation in each.

    Yields:
        The azimuth [rad] and z [mm] of the crossings of one cylinder, and the perigee of the helix that leads there.

    >>> from corpuscle.data.apparatus import lay_barrel
    >>> still = np.zeros((10, 1, 2))
    >>> start = np.array([[0.0, 0.0, 0.0, np.pi / 2, 1.0]])
    >>> [float(azimuth[0].round(2)) for azimuth, _, _ in cross_layers(start, lay_barrel(), still, mass=0.14)][-1]
    -0.31
    """
    for radius, thickness, angles in zip(apparatus.radius, apparatus.material, deflection, strict=True):
        azimuth, z, phi = cross_one(perigee, float(radius), apparatus.field)
        yield azimuth, z, perigee
        theta, q_over_p = perigee[:, 3], perigee[:, 4]
        crossed = thickness / np.sin(theta)
        sigma = scatter(1 / np.abs(q_over_p), crossed, mass=mass)
        if energy_loss:
            q_over_p = slow(q_over_p, crossed, mass=mass)
        momentum = aim(phi + sigma / np.sin(theta) * angles[:, 0], theta + sigma * angles[:, 1]) / np.abs(q_over_p)
        position = np.stack([radius * np.cos(azimuth), radius * np.sin(azimuth), z])
        perigee = approach_axis(position.T, momentum.T, np.sign(q_over_p), apparatus.field).value


def cross_one(perigee: Float[np.ndarray, "track 5"], radius: float, field: float) -> tuple[Columns, Columns, Columns]:
    """Give the azimuth, z and direction (phi) of tracks where they first cross one cylinder; NaN where they do not."""
    d0, z0, phi, theta, q_over_p = perigee.T
    curvature = curve(q_over_p / np.sin(theta), field)
    azimuth, path = cross_cylinders(d0, phi, curvature, np.full((len(d0), 1), radius))
    return azimuth[:, 0], z0 + path[:, 0] / np.tan(theta), phi + curvature * path[:, 0]


def aim(phi: Columns, theta: Columns) -> Float[np.ndarray, "3 track"]:
    """Give the direction of flight; a polar angle that scattering threw over the axis points to the other side.

    >>> aim(np.array([0.0]), np.array([np.pi / 2])).round(3).T
    array([[1., 0., 0.]])
    """
    return np.stack([np.cos(phi) * np.sin(theta), np.sin(phi) * np.sin(theta), np.cos(theta)])


def slow(q_over_p: Columns, thickness: Columns, *, mass: float) -> Columns:
    """Give charge over momentum behind a layer in which the mean energy is lost; NaN where a particle stops.

    >>> (1 / slow(np.array([2.0]), np.array([0.02]), mass=0.13957)).round(4)
    array([0.4992])
    """
    momentum = 1 / np.abs(q_over_p)
    energy = np.hypot(momentum, mass) - lose_energy(momentum, thickness, mass=mass)
    left = np.sqrt(np.where(energy > mass, energy**2 - mass**2, np.nan))
    return np.asarray(np.sign(q_over_p) / left)
