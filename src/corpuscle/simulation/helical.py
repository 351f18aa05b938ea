"""Charged particles in a solenoid, seen by the layers of a barrel."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float

from corpuscle.data.apparatus import TRACKML_RADII, Apparatus, lay_barrel
from corpuscle.data.material import KAON, MUON, PION, PROTON
from corpuscle.data.settings import setting
from corpuscle.simulation.collider import EventWorld, Flight, check_range
from corpuscle.simulation.flight import cross_layers

KINDS = {"pion": (211, PION), "muon": (-13, MUON), "kaon": (321, KAON), "proton": (2212, PROTON)}
"""The PDG number of each kind of particle with positive charge, and its mass [GeV]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Helix(EventWorld):
    """Particles fly on helices through a barrel and scatter in every layer.

    kappa = -c B q/pT (c B = 0.299792458e-3 B GeV/T/mm); layers are crossed in closed form and deflect by Highland's
    angle; transverse momenta are uniform in their logarithm, pseudorapidities and azimuths uniform, both charges alike.
    A layer measures r phi and z with normal errors; its hits lie on its cylinder. Electrons are left out: they would
    need bremsstrahlung. The truth is the perigee of the state that reaches the first hit seen, so it knows of nothing
    that happened before. The spread of d0 is that of a round beam spot of that width; 1 mm is far more than a beam has
    and is meant so: from prompt tracks alone a net learns where they begin, and seems better than it is.

    Source: Highland, NIM 129 (1975) 497; Particle Data Group, Passage of particles through matter.

    >>> Helix(tracks=3, radii="30,60,90").simulate(np.random.default_rng(0)).particles
    Particles(3 particles, 1 event)
    """

    field: float = setting(2.0, "magnetic field along +z", unit="T")
    radii: str = setting("trackml", "cylinders from the inside out, 30,60,90 [mm]; trackml: the barrel of TrackML")
    resolution: float = setting(0.02, "standard deviation of a position along r phi", unit="mm", above=0)
    resolution_z: float = setting(0.05, "standard deviation of a position along z", unit="mm", above=0)
    material: float = setting(0.02, "thickness of each layer", unit="radiation lengths", least=0)
    kind: Literal["pion", "muon", "kaon", "proton"] = setting("pion", "what flies: pion, muon, kaon or proton")
    lowest_pt: float = setting(0.5, "least transverse momentum", unit="GeV", above=0)
    highest_pt: float = setting(50.0, "largest transverse momentum", unit="GeV", above=0)
    highest_eta: float = setting(1.0, "largest pseudorapidity on either side", least=0, most=10)
    d0_spread: float = setting(1.0, "standard deviation of d0, the width of the beam spot", unit="mm", least=0)
    z0_spread: float = setting(50.0, "standard deviation of z0, the length of the beam spot", unit="mm", least=0)
    energy_loss: bool = setting(False, "whether layers take the mean energy of the Bethe equation")

    def __post_init__(self) -> None:
        EventWorld.__post_init__(self)
        check_range("Helix", "pt", self.lowest_pt, self.highest_pt)
        try:
            _ = self.apparatus
        except ValueError as error:
            message = f"Helix: {error}"
            raise ValueError(message) from None

    @property
    def apparatus(self) -> Apparatus:
        """The field and the cylinders."""
        return lay_barrel(
            field=self.field,
            radii=read_radii(self.radii),
            resolution=self.resolution,
            resolution_z=self.resolution_z,
            material=self.material,
        )

    @property
    def half_length(self) -> Float[np.ndarray, " layer"]:
        """As far as particles of the highest pseudorapidity come, from three spreads of the beam spot."""
        return np.asarray(3 * self.z0_spread + self.apparatus.radius * np.sinh(self.highest_eta))

    def fly(self, generator: np.random.Generator, seen: Bool[np.ndarray, "track layer"]) -> Flight:
        """Let particles fly, scatter and be measured."""
        apparatus = self.apparatus
        count, layers = seen.shape
        number, mass = KINDS[self.kind]
        begin = self.begin(generator)
        deflection = generator.standard_normal((layers, count, 2))
        error = generator.standard_normal((2, count, layers))
        measured = np.empty((2, count, layers))
        perigee, unseen = begin.copy(), np.ones(count, dtype=bool)
        ways = cross_layers(begin, apparatus, deflection, mass=mass, energy_loss=self.energy_loss)
        for layer, (azimuth, z, state) in enumerate(ways):
            measured[:, :, layer] = azimuth, z
            first = unseen & seen[:, layer] & np.isfinite(azimuth)
            perigee[first], unseen[first] = state[first], False
        measured[0] += error[0] * apparatus.resolution / apparatus.radius
        measured[1] += error[1] * apparatus.resolution_z
        return Flight(
            azimuth=measured[0],
            z=measured[1],
            perigee=perigee,
            kind=number * np.sign(begin[:, 4]).astype(np.int64),
            lost=1 - begin[:, 4] / perigee[:, 4],
        )

    def begin(self, generator: np.random.Generator) -> Float[np.ndarray, "track 5"]:
        """Draw the perigees with which particles begin."""
        uniform, normal = generator.random((self.tracks, 4)), generator.standard_normal((self.tracks, 2))
        momentum = self.lowest_pt * (self.highest_pt / self.lowest_pt) ** uniform[:, 0]
        charge = np.where(uniform[:, 1] < 0.5, -1.0, 1.0)
        eta = self.highest_eta * (2 * uniform[:, 2] - 1)
        d0, z0 = self.d0_spread * normal[:, 0], self.z0_spread * normal[:, 1]
        phi, theta = np.pi * (2 * uniform[:, 3] - 1), 2 * np.arctan(np.exp(-eta))
        return np.stack([d0, z0, phi, theta, charge * np.sin(theta) / momentum], axis=1)


def read_radii(text: str) -> tuple[float, ...]:
    """Read cylinders from text.

    Raises: ValueError, when it is neither a known name nor numbers.

    >>> read_radii("30,60.5")
    (30.0, 60.5)
    """
    if text == "trackml":
        return TRACKML_RADII
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        message = f"radii: expected trackml, or numbers with commas (30,60,90), not {text!r}"
        raise ValueError(message) from None
