"""Motion with a velocity that persists."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.settings import setting
from corpuscle.data.units import LENGTH, SPEED
from corpuscle.simulation.base import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Directed(World):
    """Particles keep most of their velocity from frame to frame, and diffuse.

    y_t = y_{t-1} + v_t + eps_t with eps_t ~ N(0, step^2 I) and
    v_t = persistence v_{t-1} + sqrt(1 - persistence^2) N(0, drift^2 I), so that the velocity keeps the standard
    deviation `drift` along each axis and its correlation after k frames is persistence^k.

    Source: Uhlenbeck and Ornstein, Physical Review 36 (1930) 823, the velocity process sampled once a frame.

    >>> Directed(particles=2, frames=3).simulate(np.random.default_rng(0)).detections
    Detections(6 detections, 3 frames, 2-D)
    """

    step: float = setting(0.5, "standard deviation of one diffusive step along each axis (mu)", unit=LENGTH, least=0)
    drift: float = setting(2.0, "standard deviation of the velocity along each axis", unit=SPEED, least=0)
    persistence: float = setting(0.9, "share of the velocity kept from frame to frame", least=0, most=1)

    def move(self, generator: np.random.Generator, living: Int[np.ndarray, " a"]) -> Iterator[Float[np.ndarray, "p d"]]:
        """Add up velocities and diffusive steps."""
        offset = np.zeros((living[0], self.dimensions))
        velocity = generator.normal(0.0, self.drift, (living[0], self.dimensions))
        yield offset
        for count in living[1:]:
            fresh = generator.normal(0.0, self.drift, (count, self.dimensions))
            eps = generator.normal(0.0, self.step, (count, self.dimensions))
            velocity = self.persistence * velocity[:count] + np.sqrt(1 - self.persistence**2) * fresh
            offset = offset[:count] + velocity + eps
            yield offset
