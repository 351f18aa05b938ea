"""Quark and gluon jets from a branching of our own, seen by tracks and two calorimeters (a toy, not Pythia or CMS)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.pixels import Shape
from corpuscle.data.settings import setting
from corpuscle.simulation.collider import check_range
from corpuscle.simulation.jets_kernel import draw_jets
from corpuscle.simulation.pictured import ImageWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class Jets(ImageWorld):
    """A quark or a gluon branches at ever smaller angles; what is left becomes hadrons that leave tracks and energy.

    A parton radiates gluons of the share z at the angle theta at the rate
    2 alpha_s C / pi (1 + (1 - z)^2) / 2 dz/z dtheta/theta, above a transverse momentum, and each gluon does so in its
    turn. The colour factor C, 4/3 for quarks and 3 for gluons, is all that tells them apart: with equal factors no
    method can beat 0.5. Left out: gluons into quarks, colour connections, what a real
    hadronisation does, pile-up.

    Source: Ellis, Stirling and Webber, QCD and collider physics (1996), section 5.
    """

    piece: ClassVar[int] = 200
    classes: ClassVar[tuple[str, str]] = ("quark", "gluon")
    channels: ClassVar[tuple[str, ...]] = (
        "tracks, transverse momentum [GeV]", "electromagnetic calorimeter [GeV]", "hadronic calorimeter [GeV]",
    )  # fmt: skip
    known: ClassVar[Mapping[str, str]] = {
        "pt": "transverse momentum of the jet [GeV]", "m0": "mass of the jet [GeV]",
    }  # fmt: skip

    size: int = setting(125, "height and width of an image", unit="pixel", least=5, most=256)
    lowest_pt: float = setting(80.0, "of transverse momenta, which fall as the fifth power", unit="GeV", least=20)
    highest_pt: float = setting(170.0, "of transverse momenta", unit="GeV", most=2000)
    quark_colour: float = setting(4 / 3, "colour factor of quarks", least=0, most=10)
    gluon_colour: float = setting(3.0, "colour factor of gluons", least=0, most=10)
    coupling: float = setting(0.118, "strong coupling at the mass of the Z, from where it runs", least=0, most=0.14)
    cutoff: float = setting(
        1.0, "transverse momentum to its parent below which nothing is radiated", unit="GeV", least=0.5
    )
    radius: float = setting(0.5, "of a jet: the widest angle of the branching", least=0.1, most=1)
    underlying: float = setting(10.0, "mean number of soft hadrons that are not of the jet, in the image", least=0)
    field: float = setting(3.8, "magnetic field along the axis", unit="T", least=0, most=10)
    track_efficiency: float = setting(
        0.92, "chance that a charged hadron above 0.5 GeV leaves a track", least=0, most=1
    )
    noise: float = setting(
        0.0, "standard deviation of the noise of a crystal, suppressed below three", unit="GeV", least=0
    )

    def __post_init__(self) -> None:
        # of dataclasses with slots, the class that super() knows is another one
        ImageWorld.__post_init__(self)
        check_range("Jets", "pt", self.lowest_pt, self.highest_pt)

    @property
    def shape(self) -> Shape:
        """Tracks and two calorimeters."""
        return (3, self.size, self.size)

    def draw(
        self, generator: np.random.Generator, label: Int[np.ndarray, " image"]
    ) -> tuple[Float[np.ndarray, "image channel y x"], dict[str, Float[np.ndarray, " image"]]]:
        """Draw jets."""
        # a density of pt^-5 has the integral pt^-4
        low, high = self.lowest_pt**-4, self.highest_pt**-4
        pt = (low + (high - low) * generator.random(len(label))) ** -0.25
        out, mass = np.zeros((len(label), *self.shape)), np.zeros(len(label))
        draw_jets(
            generator, label, pt, np.array([self.quark_colour, self.gluon_colour]), self.coupling, self.cutoff,
            self.radius, self.underlying, self.field, self.track_efficiency, self.noise, mass, out,
        )  # fmt: skip
        return out, {"pt": pt, "m0": mass}
