"""Brownian motion under a static drift."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.settings import setting
from corpuscle.data.units import SPEED
from corpuscle.simulation.base import World
from corpuscle.simulation.brownian import walk


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(World):
    """Particles take normal steps and drift, each in its own direction.

    The motion of `brownian`, with a drift delta ~ N(0, drift^2 I) that each particle keeps for life.

    Source: Mishra and Roudot, EUSIPCO 2024, Eq 2; that delta is normal is an assumption.

    >>> Drift(particles=2, frames=3).drift
    1.0
    """

    drift: float = setting(
        1.0, "standard deviation of each particle's drift along each axis (delta)", unit=SPEED, least=0
    )

    def move(self, generator: np.random.Generator, living: Int[np.ndarray, " a"]) -> Iterator[Float[np.ndarray, "p d"]]:
        """Add up steps and the particle's own drift."""
        return walk(generator, living, self.dimensions, step=self.step, drift=self.drift)
