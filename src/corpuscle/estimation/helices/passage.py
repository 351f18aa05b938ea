"""What cylinders do to the tracks that pass them: how far they deflect them, how much momentum they take."""

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.material import PION, lose_energy, scatter


def pass_cylinders(
    value: Float[np.ndarray, "track 5"],
    material: Float[np.ndarray, " layer"],
    first: Int[np.ndarray, " track"],
    *,
    mass: float = PION,
    energy_loss: bool = False,
) -> tuple[Float[np.ndarray, "track layer"], Float[np.ndarray, "track layer"]]:
    """Give what each cylinder does to each track, from the one of its first hit on.

    A cylinder is thickness/sin theta thick. What lies inside the first hit happened before the state that is sought.

    Args:
        value: d0, z0, phi, theta, q/p at the perigee of the state at the first hit [mm, mm, rad, rad, 1/GeV].
        material: thickness of the cylinders at normal incidence [radiation lengths].
        first: the cylinder of each track's first hit.
        mass: mass of the particles [GeV].
        energy_loss: whether they lose the mean energy of the Bethe equation.

    Returns:
        The standard deviation of the deflection in one plane [rad], and by which share of its first value q/p grows.

    >>> start = np.array([[0.0, 0.0, 0.0, np.pi / 2, 1.0]])
    >>> angle, growth = pass_cylinders(start, np.array([0.02, 0.02]), np.zeros(1, dtype=int), energy_loss=True)
    >>> angle.round(6), growth.round(6)
    (array([[0.001655, 0.001656]]), array([[0.000799, 0.000801]]))
    """
    start = np.minimum(1 / np.maximum(np.abs(value[:, 4]), 1e-12), 1e12)
    inclined = np.sin(value[:, 3])
    angle, growth = np.zeros((len(value), len(material))), np.zeros((len(value), len(material)))
    momentum = start.copy()
    for layer, thickness in enumerate(material):
        passed = layer >= first
        crossed = thickness / inclined
        angle[:, layer] = np.where(passed, scatter(momentum, crossed, mass=mass), 0.0)
        if energy_loss and thickness > 0:
            energy = np.hypot(momentum, mass) - np.where(passed, lose_energy(momentum, crossed, mass=mass), 0.0)
            left = np.sqrt(np.maximum(energy**2 - mass**2, (momentum / 2) ** 2))
            growth[:, layer] = start / left - start / momentum
            momentum = left
    return angle, growth
