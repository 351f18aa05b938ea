"""Motion straight ahead, every particle at the same speed in a direction of its own."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.settings import setting
from corpuscle.data.units import LENGTH, SPEED
from corpuscle.simulation.base import World


@dataclass(frozen=True, slots=True, kw_only=True)
class Straight(World):
    """Particles go straight ahead, all at one speed, each in a direction of its own, and diffuse.

    y_t = y_{t-1} + speed u + eps_t with eps_t ~ N(0, step^2 I) and a direction u that each particle keeps, uniform over
    all directions. With `field=crossing` particles cross the field of view and leave it while others enter.

    Source: Chenouard et al., Nature Methods 11 (2014) 281, whose microtubule scenario moves so; the speed is the same
    for all here, which is this package's choice.

    >>> Straight(particles=2, frames=3).simulate(np.random.default_rng(0)).detections
    Detections(6 detections, 3 frames, 2-D)
    """

    step: float = setting(0.5, "standard deviation of one diffusive step along each axis (mu)", unit=LENGTH, least=0)
    speed: float = setting(3.0, "how far each particle goes ahead in one frame", unit=SPEED, least=0)

    def move(self, generator: np.random.Generator, living: Int[np.ndarray, " a"]) -> Iterator[Float[np.ndarray, "p d"]]:
        """Add up the way ahead and diffusive steps."""
        offset = np.zeros((living[0], self.dimensions))
        heading = generator.normal(0.0, 1.0, (living[0], self.dimensions))
        velocity = self.speed * heading / np.maximum(np.linalg.norm(heading, axis=1, keepdims=True), 1e-300)
        yield offset
        for count in living[1:]:
            offset = offset[:count] + velocity[:count] + generator.normal(0.0, self.step, (count, self.dimensions))
            yield offset
