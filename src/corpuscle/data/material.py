"""What a layer does to a particle: Highland scattering, energy loss."""

import numpy as np
from jaxtyping import Float

PION = 0.13957039
"""Mass of the charged pion [GeV]."""

MUON = 0.1056583755
"""Mass of the muon [GeV]."""

KAON = 0.493677
"""Mass of the charged kaon [GeV]."""

PROTON = 0.93827209
"""Mass of the proton [GeV]."""

ELECTRON = 0.51099895e-3
"""Mass of the electron [GeV]."""


def scatter(
    momentum: Float[np.ndarray, "*any"], thickness: Float[np.ndarray, "*any"] | float, *, mass: float = PION
) -> Float[np.ndarray, "*any"]:
    """Give the standard deviation of the angle that a particle of unit charge is deflected by, in one plane [rad].

    theta0 = 13.6 MeV/(beta p) sqrt(x) [1 + 0.038 ln(x/beta^2)], x the thickness; 0 where there is nothing, and where
    the formula, outside its range, falls below 0.

    Args:
        momentum: momentum [GeV].
        thickness: what is crossed, along the particle's way [radiation lengths].
        mass: mass of the particle [GeV].

    Source: Highland, NIM 129 (1975) 497, in the form of the Particle Data Group.

    >>> scatter(np.array([1.0]), 0.02).round(6)
    array([0.001655])
    """
    beta_squared = momentum**2 / (momentum**2 + mass**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        angle = (
            0.0136 / (np.sqrt(beta_squared) * momentum)
            * np.sqrt(thickness) * (1 + 0.038 * np.log(thickness / beta_squared))
        )  # fmt: skip
    return np.where(np.asarray(thickness) > 0, np.maximum(angle, 0.0), 0.0)


SILICON = {"density_length": 21.82, "z_over_a": 0.49848, "excitation": 173e-9, "plasma": 31.05e-9}
"""Of silicon: radiation length [g/cm2], Z/A, mean excitation energy [GeV], plasma energy [GeV]."""


def lose_energy(
    momentum: Float[np.ndarray, "*any"], thickness: Float[np.ndarray, "*any"] | float, *, mass: float = PION
) -> Float[np.ndarray, "*any"]:
    """Give the mean energy that a particle of unit charge loses by ionisation in silicon [GeV].

    dE/dx = K Z/A 1/beta^2 [ln(2 m_e beta^2 gamma^2 W/I^2)/2 - beta^2 - delta/2], W the largest transfer to an electron,
    delta/2 = ln(plasma/I) + ln(beta gamma) - 1/2 where that is above 0 (its limit at high energy).

    Args:
        momentum: momentum [GeV].
        thickness: what is crossed, along the particle's way [radiation lengths].
        mass: mass of the particle [GeV].

    Source: Particle Data Group, Passage of particles through matter (Bethe equation).

    >>> (1e3 * lose_energy(np.array([0.5, 1.0]), 0.02)).round(2)
    array([0.74, 0.79])
    """
    gamma_beta = momentum / mass
    gamma = np.sqrt(1 + gamma_beta**2)
    beta_squared = (gamma_beta / gamma) ** 2
    ratio = ELECTRON / mass
    largest = 2 * ELECTRON * gamma_beta**2 / (1 + 2 * gamma * ratio + ratio**2)
    density = np.log(SILICON["plasma"] / SILICON["excitation"]) + np.log(gamma_beta) - 0.5
    logarithm = 0.5 * np.log(2 * ELECTRON * gamma_beta**2 * largest / SILICON["excitation"] ** 2)
    loss = 0.307075e-3 * SILICON["z_over_a"] / beta_squared * (logarithm - beta_squared - np.maximum(density, 0.0))
    return np.asarray(np.maximum(loss, 0.0) * thickness * SILICON["density_length"])
