"""Motion that changes between Brownian and directed."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.settings import setting
from corpuscle.data.units import RATE, SPEED
from corpuscle.simulation.base import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Switching(World):
    """Particles switch at random between Brownian and directed motion.

    Half of them begin in either state; in each frame a particle changes its state with the chance `switching`.
    Brownian: y_t = y_{t-1} + eps_t. Directed: y_t = y_{t-1} + eps_t + v_t with the velocity of the world `directed`,
    new whenever the state begins.

    Source: Genovesio et al., IEEE Transactions on Image Processing 15 (2006) 1062, who follow such spots with
    interacting motion models.

    >>> Switching(particles=2, frames=3).simulate(np.random.default_rng(0)).detections
    Detections(6 detections, 3 frames, 2-D)
    """

    drift: float = setting(
        2.0, "standard deviation of the velocity along each axis while directed", unit=SPEED, least=0
    )
    persistence: float = setting(0.9, "share of the velocity kept from frame to frame while directed", least=0, most=1)
    switching: float = setting(0.1, "chance a frame that a particle changes its state", unit=RATE, least=0, most=1)

    def move(self, generator: np.random.Generator, living: Int[np.ndarray, " a"]) -> Iterator[Float[np.ndarray, "p d"]]:
        """Add up steps, and velocities while directed."""
        offset = np.zeros((living[0], self.dimensions))
        velocity = generator.normal(0.0, self.drift, (living[0], self.dimensions))
        directed = generator.random((living[0], 1)) < 0.5
        yield offset
        for count in living[1:]:
            changes = generator.random((count, 1)) < self.switching
            directed = directed[:count] ^ changes
            kept = np.where(changes, 0.0, self.persistence)
            fresh = generator.normal(0.0, self.drift, (count, self.dimensions))
            eps = generator.normal(0.0, self.step, (count, self.dimensions))
            velocity = kept * velocity[:count] + np.sqrt(1 - kept**2) * fresh
            offset = offset[:count] + eps + directed * velocity
            yield offset
