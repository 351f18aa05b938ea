"""Gaussian noise upon images: of the pixels that are filled, or of all."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float

from corpuscle.data.settings import setting
from corpuscle.simulation.perturbed import OWN, Perturbation


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise(Perturbation):
    """Gaussian noise, independent in every pixel; energies near zero may fall below it."""

    strength: ClassVar[str] = "sigma"
    signed: ClassVar[bool] = True

    sigma: float = setting(0.04, "standard deviation of the noise", unit=OWN, least=0)
    pixels: Literal["active", "all"] = setting(
        "active", "which pixels: active, those that are not zero; all: as if nothing were suppressed"
    )

    def change(
        self, pixels: Float[np.ndarray, "image channel y x"], generator: np.random.Generator
    ) -> Float[np.ndarray, "image channel y x"]:
        """Add noise."""
        noise = self.sigma * generator.standard_normal(pixels.shape, np.float32)
        return np.asarray(pixels + (noise if self.pixels == "all" else noise * (pixels != 0)))
