"""Brownian motion, the motion of the published experiment."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.settings import setting
from corpuscle.data.units import SPEED
from corpuscle.simulation.base import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Brownian(World):
    """Particles take independent normal steps.

    y_t = y_{t-1} + eps_t + delta from frame 1 on, with eps_t ~ N(0, step^2 I) (mu) and a drift delta ~ N(0, drift^2 I)
    drawn once for each particle; z_t = y_t + omega_t with omega_t ~ N(0, measurement_noise^2 I) (sigma). The paper's
    Eq 3 gives omega no index t; here it is new in every frame. `PRESETS` has the published two particles.

    Source: Mishra and Roudot, EUSIPCO 2024, Eqs 2-3.

    >>> Brownian(particles=2, frames=3, start="origin").simulate(np.random.default_rng(0)).truth.track
    array([0, 0, 0, 1, 1, 1])
    """

    drift: float = setting(
        0.0, "standard deviation of each particle's drift along each axis (delta)", unit=SPEED, least=0
    )

    def move(self, generator: np.random.Generator, living: Int[np.ndarray, " a"]) -> Iterator[Float[np.ndarray, "p d"]]:
        """Add up steps and the particle's own drift."""
        return walk(generator, living, self.dimensions, step=self.step, drift=self.drift)


def walk(
    generator: np.random.Generator, living: Int[np.ndarray, " a"], dimensions: int, *, step: float, drift: float
) -> Iterator[Float[np.ndarray, "p d"]]:
    """Walk from the origin in normal steps, with a static drift for each particle (see `World.move`).

    Source: Mishra and Roudot, EUSIPCO 2024, Eq 2.

    >>> [len(offset) for offset in walk(np.random.default_rng(0), np.array([3, 1]), 2, step=1.5, drift=0.0)]
    [3, 1]
    """
    delta = generator.normal(0.0, drift, (living[0], dimensions))
    offset = np.zeros_like(delta)
    yield offset
    for count in living[1:]:
        eps = generator.normal(0.0, step, (count, dimensions))
        offset = offset[:count] + eps + delta[:count]
        yield offset
