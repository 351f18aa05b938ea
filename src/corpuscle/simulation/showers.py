"""Electrons and photons in a calorimeter, behind material in a magnetic field (a textbook toy, not CMS)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.pixels import Shape
from corpuscle.data.settings import setting
from corpuscle.simulation.pictured import ImageWorld
from corpuscle.simulation.showers_kernel import LAYERS, draw_showers

ETA = np.array([0.0, 0.4, 0.8, 1.0, 1.2, 1.4, 1.5])
THICKNESS = np.array([0.39, 0.45, 0.60, 0.90, 1.30, 1.75, 1.80])
"""Radiation lengths in front of the calorimeter at some pseudorapidities, about those of a tracker of the LHC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Showers(ImageWorld):
    """An electron or a photon of one transverse momentum, seen by 32 x 32 crystals around the hottest.

    On its way out an electron radiates (Bethe and Heitler's spectrum) and bends; a photon may convert into two
    electrons that do the same. Material and field are therefore all that tells them apart, beside the depth at which
    a photon begins to shower. Without material, field and that depth both classes are one: no method can beat 0.5.

    Source: Particle Data Group, Passage of particles through matter, Eqs 34.28 and 34.31 (complete screening).
    """

    classes: ClassVar[tuple[str, str]] = ("photon", "electron")
    channels: ClassVar[tuple[str, ...]] = ("energy / 50 GeV", "time / 50 ns")
    known: ClassVar[Mapping[str, str]] = {"eta": "pseudorapidity of the particle"}
    negative: ClassVar[tuple[int, ...]] = (1,)

    pt: float = setting(50.0, "transverse momentum", unit="GeV", least=1, most=1000)
    highest_eta: float = setting(1.4, "range of the pseudorapidity on either side, uniform", least=0, most=1.5)
    material: float = setting(1.0, "times the usual material in front of the calorimeter", least=0, most=5)
    field: float = setting(3.8, "magnetic field along the axis", unit="T", least=0, most=10)
    start_depth: bool = setting(True, "whether photons begin to shower later than electrons, and the deeper the wider")
    stochastic: float = setting(0.028, "relative resolution of an energy of 1 GeV", least=0)
    constant: float = setting(0.003, "relative resolution of a high energy", least=0)
    miscalibration: float = setting(0.01, "relative error of each crystal, another one in each image", least=0)
    noise: float = setting(0.042, "standard deviation of the noise of a crystal", unit="GeV", least=0)
    threshold: float = setting(
        3.0, "energy below which a crystal is not read out, in standard deviations of noise", least=0
    )

    @property
    def shape(self) -> Shape:
        """Energy and time of 32 x 32 crystals."""
        return (2, 32, 32)

    def draw(
        self, generator: np.random.Generator, label: Int[np.ndarray, " image"]
    ) -> tuple[Float[np.ndarray, "image channel y x"], dict[str, Float[np.ndarray, " image"]]]:
        """Draw showers."""
        eta = generator.uniform(-self.highest_eta, self.highest_eta, len(label))
        thickness = self.material * np.interp(np.abs(eta), ETA, THICKNESS)
        out = np.zeros((len(label), *self.shape))
        draw_showers(
            generator, label, eta, thickness, LAYERS, self.pt, self.field, self.start_depth, self.stochastic,
            self.constant, self.miscalibration, self.noise, self.threshold, out,
        )  # fmt: skip
        return out, {"eta": eta}
