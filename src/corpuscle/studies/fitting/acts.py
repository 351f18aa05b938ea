"""Muons simulated by ACTS in its generic detector, with what ACTS's own Kalman filter makes of their hits."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int

from corpuscle.data.apparatus import TRACKML_RADII, Apparatus
from corpuscle.data.event import Particles, TrackHits
from corpuscle.data.helix import HelixParameters, approach_axis
from corpuscle.fitting.base import DIVERGED, GOOD, Fit
from corpuscle.studies.case import Case
from corpuscle.studies.fitting.acts_sequence import FIELD, SMEARING, Taken, run_muons
from corpuscle.studies.fitting.sample import Sample

KALMAN = "acts"
"""The name that ACTS's Kalman filter has among the fits of a sample."""

THICKNESS = (0.0183,) * 4 + (0.0250,) * 4 + (0.0315,) * 2
"""What a cylinder is made of [radiation lengths]: a slab of silicon of 1.5, 2 or 2.5 mm beside modules of 0.15, 0.25 or
0.35 mm, of which a muon crosses 1.2, scaled by 1.036 so that the sum is what Fatras says muons have crossed."""


def describe_barrel() -> Apparatus:
    """Describe the barrel of ACTS's generic detector as cylinders, as a fitter is told of it."""
    resolution = np.repeat(np.array(list(SMEARING.values())), (4, 4, 2), axis=0)
    return Apparatus(
        field=FIELD,
        radius=np.array(TRACKML_RADII),
        resolution=resolution[:, 0],
        resolution_z=resolution[:, 1],
        material=np.array(THICKNESS),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ThroughActs(Case[Sample]):
    """Single muons from the middle of ACTS's generic detector, |eta| below 0.8, material and energy loss as Fatras has.

    Args:
        lowest: least transverse momentum [GeV].
        highest: largest transverse momentum [GeV]; uniform in its logarithm between.
        muons: how many in a sample.
        shown: what its rows say of it.
        repeats: how many samples are drawn.
    """

    lowest: float
    highest: float
    muons: int
    shown: Mapping[str, Any] = field(default_factory=dict)
    repeats: int

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the world."""
        return dict(self.shown)

    @property
    def known(self) -> dict[str, Any]:
        """Nothing but the apparatus, which is told with the hits."""
        return {}

    @property
    def count(self) -> int | None:
        """How many samples are drawn."""
        return self.repeats

    @property
    def missing(self) -> str:
        """Say that pyacts is not installed, where it is not."""
        return "" if find_spec("acts") else "events through ACTS (no pyacts: pip install 'corpuscle[hep]')"

    def declare(self) -> dict[str, Any]:
        """Write down what is drawn."""
        return {"world": "acts", "lowest": self.lowest, "highest": self.highest, "muons": self.muons}

    def draw_scene(self, repeat: int, data: Path | None = None) -> Sample:
        """Simulate muons, digitise their hits and let ACTS fit them."""
        return simulate_muons(self.muons, self.lowest, self.highest, self.derive_seed(repeat))


@functools.lru_cache(maxsize=12)
def simulate_muons(muons: int, lowest: float, highest: float, seed: int) -> Sample:
    """Simulate muons through ACTS (`run_muons`); the last few samples are kept, since every method meets them."""
    return gather(run_muons(muons, lowest, highest, seed))


def gather(taken: Taken) -> Sample:
    """Gather what was taken into a sample; a muon without hits is left out."""
    length = np.array([len(one) for one in taken.layer])
    rows = np.flatnonzero(length > 0)
    state = np.array(taken.state)[rows]
    parameters = approach_axis(state[:, :3], state[:, 3:6], state[:, 6], FIELD)
    hits = TrackHits(
        event=rows,
        track=np.zeros(len(rows), dtype=np.int64),
        offset=np.append(0, np.cumsum(length[rows])),
        position=np.array([point for row in rows for point in taken.position[row]]).reshape(-1, 3),
        layer=np.array([layer for row in rows for layer in taken.layer[row]], dtype=np.int64),
    )
    truth = Particles(
        event=hits.event,
        track=hits.track,
        parameters=parameters,
        kind=np.array(taken.kind)[rows],
        lost=1 - np.linalg.norm(state[:, 3:6], axis=1) / state[:, 7],
    )
    return Sample(hits=hits, apparatus=describe_barrel(), truth=truth, fits={KALMAN: gather_fit(taken, rows)})


def gather_fit(taken: Taken, rows: Int[np.ndarray, " track"]) -> Fit:
    """Gather what ACTS found of some events."""
    parameters, covariance, chi2, ndf = (np.array(column)[rows] for column in zip(*taken.fit, strict=True))
    return Fit(
        parameters=HelixParameters(parameters, covariance),
        chi2=chi2,
        ndf=ndf,
        reason=np.where(np.isfinite(parameters[:, 0]), GOOD, DIVERGED),
    )
