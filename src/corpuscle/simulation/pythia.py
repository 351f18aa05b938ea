"""Quark and gluon jets of Pythia 8, found by FastJet, seen by a detector of our own (neither data nor CMS)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.optional import import_optional
from corpuscle.data.pixels import Shape
from corpuscle.data.settings import setting
from corpuscle.simulation.collider import check_range
from corpuscle.simulation.jets import Jets
from corpuscle.simulation.jets_kernel import see_particles
from corpuscle.simulation.pictured import ImageWorld

INSTALL = "pip install 'corpuscle[pythia]'"

PROCESSES = (
    ("HardQCD:qq2qq", "HardQCD:gg2qqbar", "HardQCD:qqbar2qqbarNew"),
    ("HardQCD:gg2gg", "HardQCD:qqbar2gg"),
)
"""What two partons become: two quarks, two gluons."""

FURTHEST = 3.0
"""Pseudorapidity up to which particles are seen."""

UNSEEN = (12, 14, 16)
"""Neutrinos, as the Particle Data Group numbers them."""

BATCH = 20
"""Collisions that are made at once."""


PATIENCE = 2000
"""Collisions without a jet that fits, after which none is waited for."""


class Jet(NamedTuple):
    """The leading jet of a collision.

    Args:
        pt: transverse momentum [GeV].
        eta: pseudorapidity of its axis.
        phi: azimuth of its axis.
        mass: [GeV].
        constituent: which of the particles are in it.
        code: of each particle, as the Particle Data Group numbers them.
        charge: of each particle.
        particle: of each: transverse momentum [GeV], pseudorapidity and azimuth to the axis, energy [GeV].
    """

    pt: float
    eta: float
    phi: float
    mass: float
    constituent: Int[np.ndarray, " some"]
    code: Int[np.ndarray, " n"]
    charge: Float[np.ndarray, " n"]
    particle: Float[np.ndarray, "n 4"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PythiaJets(ImageWorld):
    """The leading jet of proton collisions that make two quarks or two gluons, by Pythia 8 and FastJet.

    A parton's class is that of the hard process; jets are found with the anti-kt algorithm. The detector is that of the
    `jets` world: tracks with an efficiency, photons and electrons in crystals, hadrons in crystals and towers.

    Source: Bierlich et al., SciPost Phys. Codebases 8 (2022); Cacciari, Salam and Soyez, Eur. Phys. J. C 72 (2012)
    1896.
    """

    piece: ClassVar[int] = 50
    kind: ClassVar[Literal["toy", "pythia"]] = "pythia"
    classes: ClassVar[tuple[str, str]] = Jets.classes
    channels: ClassVar[tuple[str, ...]] = Jets.channels
    known: ClassVar[Mapping[str, str]] = Jets.known

    size: int = setting(125, "height and width of an image", unit="pixel", least=5, most=256)
    energy: float = setting(8000.0, "of both protons together", unit="GeV", least=200, most=100_000)
    lowest_pt: float = setting(90.0, "transverse momentum of the hard process", unit="GeV", least=20)
    highest_pt: float = setting(170.0, "transverse momentum of the hard process", unit="GeV", most=5000)
    radius: float = setting(0.5, "of a jet", least=0.1, most=1)
    least_jet: float = setting(60.0, "least transverse momentum of the jet", unit="GeV", least=5)
    highest_eta: float = setting(1.5, "range of the pseudorapidity of the jet on either side", above=0, most=2.4)
    field: float = setting(3.8, "magnetic field along the axis", unit="T", least=0, most=10)
    track_efficiency: float = setting(
        0.92, "chance that a charged particle above 0.5 GeV leaves a track", least=0, most=1
    )

    def __post_init__(self) -> None:
        # of dataclasses with slots, the class that super() knows is another one
        ImageWorld.__post_init__(self)
        check_range("PythiaJets", "pt", self.lowest_pt, self.highest_pt)

    @property
    def shape(self) -> Shape:
        """Tracks and two calorimeters."""
        return (3, self.size, self.size)

    def draw(
        self, generator: np.random.Generator, label: Int[np.ndarray, " image"]
    ) -> tuple[Float[np.ndarray, "image channel y x"], dict[str, Float[np.ndarray, " image"]]]:
        """Draw jets.

        Raises: ImportError, when Pythia or FastJet is not installed; ValueError, when Pythia does not take the
            settings, or no jet is found.
        """
        out = np.zeros((len(label), *self.shape))
        pt, mass = np.zeros(len(label)), np.zeros(len(label))
        seeds = generator.integers(1, 900_000_000, len(PROCESSES))
        for klass, seed in enumerate(seeds.tolist()):
            rows = np.flatnonzero(label == klass)
            for row, jet in zip(rows, self.find_jets(klass, seed) if len(rows) else (), strict=False):
                pt[row], mass[row] = jet.pt, jet.mass
                see_particles(
                    generator, jet.particle, sort_kinds(jet.code), jet.charge, self.field, self.track_efficiency,
                    out[row],
                )  # fmt: skip
        return out, {"pt": pt, "m0": mass}

    def find_jets(self, klass: int, seed: int) -> Iterator[Jet]:
        """Collide protons for ever, and find the leading jet of each collision that has one.

        Args:
            klass: 0 two quarks, 1 two gluons.
            seed: of Pythia, from 1 to 900,000,000.

        Raises: ValueError, when many collisions have had none.
        """
        fastjet = import_fastjet()
        pythia = self.start(klass, seed)
        definition = fastjet.JetDefinition(fastjet.antikt_algorithm, self.radius)
        charges: dict[int, float] = {}
        without = 0
        while without < PATIENCE:
            found = pythia.nextBatch(BATCH).prt
            for code, momentum in read_particles(found):
                for one in set(code.tolist()) - charges.keys():
                    charges[one] = pythia.particleData.charge(one)
                charge = np.array([charges[one] for one in code.tolist()])
                jet = self.find_leading(fastjet, definition, code, charge, momentum)
                without += 1
                if jet is not None:
                    without = 0
                    yield jet
        message = (
            f"none of {PATIENCE} collisions had a leading jet above least_jet={self.least_jet:g} GeV within "
            f"highest_eta={self.highest_eta:g}: lower the former or widen the latter"
        )
        raise ValueError(message)

    def start(self, klass: int, seed: int) -> Any:  # noqa: ANN401 - Pythia's own type
        """Start Pythia for one class.

        Raises: ValueError, when it does not take the settings.
        """
        pythia = import_pythia().Pythia("", False)
        lines = [
            "Print:quiet = on", "Random:setSeed = on", f"Random:seed = {seed}", f"Beams:eCM = {self.energy}",
            f"PhaseSpace:pTHatMin = {self.lowest_pt}", f"PhaseSpace:pTHatMax = {self.highest_pt}",
            *(f"{process} = on" for process in PROCESSES[klass]),
        ]  # fmt: skip
        if not all(pythia.readString(line) for line in lines) or not pythia.init():
            message = f"Pythia does not begin with these settings: {', '.join(lines)}"
            raise ValueError(message)
        return pythia

    def find_leading(
        self,
        fastjet: Any,  # noqa: ANN401 - a module
        definition: Any,  # noqa: ANN401 - FastJet's own type
        code: Int[np.ndarray, " n"],
        charge: Float[np.ndarray, " n"],
        momentum: Float[np.ndarray, "n 4"],
    ) -> Jet | None:
        """Find the leading jet of a collision, None where it is too soft or too far from the middle."""
        inputs = [fastjet.PseudoJet(*one) for one in momentum.tolist()]
        for k, one in enumerate(inputs):
            one.set_user_index(k)
        sequence = fastjet.ClusterSequence(inputs, definition)
        jets = fastjet.sorted_by_pt(sequence.inclusive_jets(self.least_jet))
        if not jets or abs(jets[0].eta()) > self.highest_eta:
            return None
        axis = jets[0]
        pt = np.hypot(momentum[:, 0], momentum[:, 1])
        turn = np.arctan2(momentum[:, 1], momentum[:, 0]) - axis.phi()
        aside = (turn + np.pi) % (2 * np.pi) - np.pi
        particle = np.stack([pt, np.arcsinh(momentum[:, 2] / pt) - axis.eta(), aside, momentum[:, 3]], axis=1)
        constituent = np.array([one.user_index() for one in axis.constituents()])
        return Jet(axis.pt(), axis.eta(), axis.phi(), axis.m(), constituent, code, charge, particle)


def read_particles(found: Any) -> Iterator[tuple[Int[np.ndarray, " n"], Float[np.ndarray, "n 4"]]]:  # noqa: ANN401
    """Read the particles of collisions that a detector sees: their codes, and px, py, pz and energy [GeV]."""
    import awkward

    ends = np.cumsum(awkward.to_numpy(awkward.num(found.status)))
    flat = awkward.flatten(found)
    code, status = awkward.to_numpy(flat.id), awkward.to_numpy(flat.status)
    momentum = np.stack([awkward.to_numpy(flat.p[axis]) for axis in ("px", "py", "pz", "e")], axis=1)
    across = np.hypot(momentum[:, 0], momentum[:, 1])
    seen = (status > 0) & ~np.isin(np.abs(code), UNSEEN) & (np.abs(momentum[:, 2]) < np.sinh(FURTHEST) * across)
    for begin, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
        mine = np.flatnonzero(seen[begin:end]) + begin
        yield code[mine], momentum[mine]


def sort_kinds(code: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Sort particles into hadrons (0), photons and electrons (1), and muons (2).

    >>> sort_kinds(np.array([211, 22, -11, 13])).tolist()
    [0, 1, 1, 2]
    """
    size = np.abs(code)
    return np.where(size == 13, 2, np.isin(size, (11, 22)).astype(np.int64))


def import_pythia() -> Any:  # noqa: ANN401 - a module
    """Import Pythia.

    Raises: ImportError, saying what to install.
    """
    return import_optional(
        "pythia8mc", f"pythia-jets needs Pythia 8 (GPL): {INSTALL}; jets without it are corpuscle simulate jets"
    )


def import_fastjet() -> Any:  # noqa: ANN401 - a module
    """Import FastJet.

    Raises: ImportError, saying what to install.
    """
    return import_optional(
        "fastjet", f"pythia-jets needs FastJet (GPL): {INSTALL}; jets without it are corpuscle simulate jets"
    )
