"""Two kinds of particles in one scene: quick ones whose velocity may persist, and slow ones that only diffuse."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.settings import setting
from corpuscle.data.units import LENGTH, RATE, SPEED
from corpuscle.simulation.base import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Mixed(World):
    """Particles are of a quick or of a slow kind, and may change it.

    Quick: y_t = y_{t-1} + v_t + eps_t with the velocity of the world `directed`, of standard deviation `drift`. Slow:
    y_t = y_{t-1} + N(0, slow_step^2 I). A share `slow_share` begins slow; with the chance `switching` a frame the kind
    of a particle is drawn anew by these shares. This is the motion that `marginal` supposes and learns.

    Source: two states of diffusion as in Hansen et al., eLife 7 (2018) e33125 (Spot-On), with a velocity added to one.

    >>> Mixed(particles=2, frames=3).simulate(np.random.default_rng(0)).detections
    Detections(6 detections, 3 frames, 2-D)
    """

    drift: float = setting(
        0.0, "standard deviation of the velocity along each axis, of the quick kind", unit=SPEED, least=0
    )
    persistence: float = setting(1.0, "share of the velocity kept from frame to frame", least=0, most=1)
    slow_step: float = setting(0.3, "standard deviation of one step of the slow kind along each axis", unit=LENGTH,
                               least=0)  # fmt: skip
    slow_share: float = setting(0.5, "share of the slow kind", least=0, most=1)
    switching: float = setting(0.0, "chance a frame that a particle's kind is drawn anew", unit=RATE, least=0, most=1)

    def move(self, generator: np.random.Generator, living: Int[np.ndarray, " a"]) -> Iterator[Float[np.ndarray, "p d"]]:
        """Add up steps of each particle's kind, and velocities of the quick."""
        offset = np.zeros((living[0], self.dimensions))
        velocity = generator.normal(0.0, self.drift, (living[0], self.dimensions))
        slow = generator.random((living[0], 1)) < self.slow_share
        yield offset
        for count in living[1:]:
            drawn = generator.random((count, 1)) < self.switching
            slow = np.where(drawn, generator.random((count, 1)) < self.slow_share, slow[:count])
            fresh = generator.normal(0.0, self.drift, (count, self.dimensions))
            eps = generator.normal(0.0, 1.0, (count, self.dimensions))
            velocity = self.persistence * velocity[:count] + np.sqrt(1 - self.persistence**2) * fresh
            offset = offset[:count] + np.where(slow, self.slow_step * eps, velocity + self.step * eps)
            yield offset
