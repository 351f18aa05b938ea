"""The least covariance that unbiased track parameters can have (Cramer and Rao), and closed forms to check it by."""

import numpy as np
from jaxtyping import Bool, Float

from corpuscle.data.helix import LIGHT, HelixParameters, cross_cylinders, curve
from corpuscle.data.material import PION
from corpuscle.estimation.helices.helix import Measured, weigh_hits
from corpuscle.estimation.helices.passage import pass_cylinders

BATCH = 10_000
"""Tracks weighed at once."""


def cramer_rao(
    layers: Float[np.ndarray, " layer"],
    *,
    field: float,
    resolution: float | Float[np.ndarray, " layer"],
    material: float | Float[np.ndarray, " layer"],
    parameters: HelixParameters,
    resolution_z: float | Float[np.ndarray, " layer"] | None = None,
    seen: Bool[np.ndarray, "track layer"] | None = None,
    mass: float = PION,
    beam: float | None = None,
) -> Float[np.ndarray, "track 5 5"]:
    """Give the Cramer-Rao bound of the covariance of d0, z0, phi, theta, q/p, track by track.

    I = J' C^-1 J, bound = I^-1, with J how r phi and z of all hits change with the parameters, C their covariance:
    measurement, and Highland scattering at every cylinder between the first hit and the last. That C changes with the
    parameters too, which tells a little more, is left out. The bound holds for unbiased estimates: one that has learned
    which tracks are likely may fall below it.

    Args:
        layers: radii of the cylinders, from the inside out [mm].
        field: the magnetic field along +z [T].
        resolution: standard deviation of a position along r phi, of all cylinders or one by one [mm].
        material: thickness at normal incidence [radiation lengths].
        parameters: the tracks: perigees of their states at the first hit.
        resolution_z: standard deviation along z (default: as along r phi) [mm].
        seen: which cylinders have a hit of each track (default: all that are crossed); the others scatter all the same.
        mass: mass of the particles [GeV].
        beam: standard deviation of d0 known beforehand, if tracks are known to come from the beam [mm].

    Returns:
        The covariance; NaN for a track that fewer than three hits are seen of, or that is NaN.

    Source: Fruehwirth et al., in: Particle Physics Reference Library 2 (Springer, 2020), ch. 13; Highland, NIM 129
    (1975) 497.

    >>> track = HelixParameters(np.array([[0.0, 0.0, 0.0, np.pi / 2, 0.1]]))
    >>> radii = np.array([32.0, 72, 116, 172, 260, 360, 500, 660, 820, 1020])
    >>> bound = cramer_rao(radii, field=2.0, resolution=0.02, material=0.0, parameters=track)
    >>> print(f"sigma(pT)/pT = {100 * np.sqrt(bound[0, 4, 4]) / 0.1:.3f} %")
    sigma(pT)/pT = 0.244 %
    """
    radius = np.asarray(layers, dtype=float)
    spread_z = resolution if resolution_z is None else resolution_z
    sigma = np.stack([np.broadcast_to(resolution, radius.shape), np.broadcast_to(spread_z, radius.shape)], axis=1)
    thickness = np.broadcast_to(np.asarray(material, dtype=float), radius.shape)
    known = find_crossed(parameters, radius, field)
    if seen is not None:
        known &= seen
    prior = np.zeros((5, 5))
    prior[0, 0] = 0.0 if beam is None else beam**-2
    bound = np.full((len(parameters), 5, 5), np.nan)
    for begin in range(0, len(parameters), BATCH):
        rows = begin + np.flatnonzero(known[begin : begin + BATCH].sum(axis=1) >= 3)
        if len(rows):
            measured = lay_hits(known[rows], radius, sigma**2, field)
            information = inform(measured, parameters.value[rows], thickness, mass=mass)
            bound[rows] = np.linalg.inv(information + prior)
    return bound


def find_crossed(
    parameters: HelixParameters, radius: Float[np.ndarray, " layer"], field: float
) -> Bool[np.ndarray, "track layer"]:
    """Tell which cylinders tracks cross."""
    wide = np.broadcast_to(radius, (len(parameters), len(radius)))
    value = parameters.value
    path = cross_cylinders(value[:, 0], value[:, 2], curve(parameters.q_over_pt, field), wide)[1]
    return np.asarray(np.isfinite(path))


def lay_hits(
    seen: Bool[np.ndarray, "track layer"],
    radius: Float[np.ndarray, " layer"],
    variance: Float[np.ndarray, "layer 2"],
    field: float,
) -> Measured:
    """Lay a hit wherever a cylinder sees a track; where on it does not matter."""
    place = np.nonzero(seen)[1]
    return Measured(
        offset=np.append(0, np.cumsum(seen.sum(axis=1))),
        radius=radius[place],
        azimuth=np.zeros(len(place)),
        z=np.zeros(len(place)),
        place=place,
        variance=variance[place],
        cylinder=radius,
        field=field,
    )


def inform(
    measured: Measured, value: Float[np.ndarray, "track 5"], material: Float[np.ndarray, " layer"], *, mass: float
) -> Float[np.ndarray, "track 5 5"]:
    """Give the information that hits have of their tracks: J' C^-1 J."""
    angle, _ = pass_cylinders(value, material, measured.first, mass=mass)
    most = int(np.diff(measured.offset).max())
    jacobian, covariance = weigh_hits(measured, value, angle, most=most)
    return np.asarray(jacobian.swapaxes(1, 2) @ np.linalg.solve(covariance, jacobian))


def gluckstern(transverse_momentum: float, *, points: int, lever: float, field: float, resolution: float) -> float:
    """Give sigma(pT)/pT of equidistant points without scattering.

    sigma(pT)/pT = pT sigma / (0.3 B L^2) sqrt(720 N^3/((N - 1)(N + 1)(N + 2)(N + 3))), N + 1 points, 0.3 = c.

    Args:
        transverse_momentum: transverse momentum (pT) [GeV].
        points: how many points (N + 1).
        lever: from the first to the last (L) [mm].
        field: the magnetic field (B) [T].
        resolution: standard deviation of a position across the track [mm].

    Source: Gluckstern, NIM 24 (1963) 381.

    >>> round(100 * gluckstern(10.0, points=10, lever=988.0, field=2.0, resolution=0.02), 3)
    0.241
    """
    n = points - 1
    shape = np.sqrt(720 * n**3 / ((n - 1) * (n + 1) * (n + 2) * (n + 3)))
    return float(transverse_momentum * resolution / (LIGHT * field * lever**2) * shape)


def scattering_limit(*, points: int, lever: float, field: float, material: float, beta: float = 1.0) -> float:
    """Give sigma(pT)/pT of equidistant layers where scattering is all that counts.

    sigma(pT)/pT = N/sqrt((N + 1)(N - 1)) 0.0136/(0.3 beta B L) sqrt((N + 1) x) (1 + 0.038 ln x), N + 1 layers, 0.3 = c.

    Args:
        points: how many layers (N + 1).
        lever: from the first to the last (L) [mm].
        field: the magnetic field (B) [T].
        material: thickness of each (x) [radiation lengths].
        beta: velocity of the particle [speed of light].

    Source: Drasal and Riegler, NIM A910 (2018) 127.

    >>> round(100 * scattering_limit(points=10, lever=988.0, field=2.0, material=0.02), 3)
    0.88
    """
    n = points - 1
    spread = np.sqrt(points * material) * (1 + 0.038 * np.log(material))
    return float(n / np.sqrt((n + 1) * (n - 1)) * 0.0136 / (beta * LIGHT * field * lever) * spread)
