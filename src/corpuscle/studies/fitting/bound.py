"""Fitting tracks at the Cramer-Rao bound, as a study: every fitter in bins of momentum, and muons through ACTS."""

import itertools
from collections.abc import Sequence

from corpuscle.studies.fitting.acts import KALMAN, ThroughActs
from corpuscle.studies.fitting.bins import EDGES, find_middle, tell_bin
from corpuscle.studies.fitting.collided import Collided
from corpuscle.studies.fitting.fits import BOUND, measure_fit
from corpuscle.studies.fitting.reached import judge_bound
from corpuscle.studies.study import Contender, Grid, Study

HELIX, ACTS = "helix", "ACTS"


def lay_helix(tracks: int, repeats: int) -> list[Collided]:
    """Lay the bins of the helix world: TrackML's barrel, 2 T, 20 um, 2 % of a radiation length a layer, 5 % holes."""
    return [
        Collided(
            world="helix",
            settings={"tracks": tracks, "lowest_pt": low, "highest_pt": high, "holes": 0.05},
            shown={"world": HELIX, "bin": tell_bin(low, high), "pt": find_middle(low, high)},
            repeats=repeats,
        )
        for low, high in itertools.pairwise(EDGES)
    ]


def lay_acts(edges: Sequence[float], muons: int, repeats: int) -> list[ThroughActs]:
    """Lay the bins of muons through ACTS."""
    return [
        ThroughActs(
            lowest=low,
            highest=high,
            muons=muons,
            shown={"world": ACTS, "bin": tell_bin(low, high), "pt": find_middle(low, high)},
            repeats=repeats,
        )
        for low, high in itertools.pairwise(edges)
    ]


BOUND_STUDY = Study(
    name="beyond-bound",
    source="this package",
    title="Every fitter against the Cramer-Rao bound: TrackML's barrel, 2 T, and muons through ACTS's generic detector",
    claim="gls and kalman are within 2 % of the bound in every bin of transverse momentum from 0.5 to 100 GeV, with "
    "pulls 0.97 to 1.03 wide; corrector is within 3 % of it from 0.5 to 50 GeV, with pulls as wide and 68 and 95 % "
    "covered to a percent, and within 5 % of ACTS's Kalman filter on events simulated by ACTS.",
    worlds={
        "quick": Grid(worlds=(*lay_helix(6000, 5), *lay_acts(EDGES[:-1], 1500, 4))),
        "paper": Grid(worlds=(*lay_helix(50_000, 20), *lay_acts(EDGES, 10_000, 10))),
    },
    methods=(
        Contender(name="corrector", label="corrector", role="claimed", fitter="corrector", needs="torch"),
        Contender(name="gls", label="least squares with scattering", role="rival", fitter="gls"),
        Contender(name="kalman", label="Kalman filter", role="rival", fitter="kalman"),
        Contender(
            name="trackformer", label="trackformer, chord frame", role="control", fitter="trackformer", needs="torch"
        ),
        Contender(name="karimaki", label="Karimäki, closed form", role="reference", fitter="karimaki"),
        Contender(name=KALMAN, label="ACTS's own Kalman filter", role="reference", where={"world": ACTS}),
        Contender(name=BOUND, label="Cramér-Rao bound", role="ceiling", where={"world": HELIX}),
    ),
    measure=measure_fit,
    holds=judge_bound,
    axis=("pt", "true transverse momentum, middle of the bin [GeV]"),
    panels=(
        ("r68", "r68 of q/pT, in parts of its value"),
        ("ratio", "r68 over each track's own bound;\nACTS: over that of its own filter"),
        ("pull_width", "width of the pulls of q/pT"),
    ),
    columns={"world": "world", "bin": "pT [GeV]", "pt": "middle [GeV]"},
    facets=("world",),
    limits={"r68": (0.008, 0.026), "ratio": (0.96, 1.12), "pull_width": (0.8, 1.2)},
    scores=(
        "bias",
        "tails",
        "coverage68",
        "coverage95",
        "charge_wrong",
        "relative_error",
        "invalid",
    ),
    logarithmic=(True, False),
    assumed=(
        (
            "helix: ten cylinders of TrackML's radii, 20 um along r phi and 50 um along z, 2 % of a radiation length "
            "each, pions, |eta| below 1, d0 with a spread of 1 mm, z0 of 50 mm, 5 % of the hits missing, no energy "
            "loss; log-uniform within a bin."
        ),
        (
            "The bound is each track's own, with its holes. It is that of unbiased estimates: a net that has learned a "
            "population may go below it."
        ),
        (
            "ACTS: generic detector, single muons from the middle, |eta| below 0.8, Fatras with energy loss, smeared "
            "hits; every fitter is told the barrel as ten cylinders with their resolution and material. ACTS's filter "
            "knows modules, field and material as they are, and begins from the truth smeared, with a covariance "
            "that says nothing. No bound is known there; ratio_to_reference is r68 over that of ACTS's filter."
        ),
        "The true parameters are those of the state at the first hit.",
        (
            "Each fitter as it comes, no setting given; a row is one sample, errors are over samples. What lies beyond "
            "the panels stands in the table: pulls of karimaki, which does not know scattering, and trackformer."
        ),
    ),
)
