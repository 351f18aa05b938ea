"""The estimators on what is known: normal pairs, labels, and what can be computed of the helix world (T7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpuscle.data.helix import curve
from corpuscle.metrics.information.base import BIT, Columns, Estimator
from corpuscle.metrics.information.binned import BinEstimator
from corpuscle.metrics.information.counts import CountEstimator
from corpuscle.metrics.information.ksg import NeighbourEstimator
from corpuscle.metrics.information.measurement import draw_interval
from corpuscle.metrics.information.permutations import Origin
from corpuscle.metrics.information.ross import LabelEstimator
from corpuscle.simulation.helical import Helix
from corpuscle.studies.information.asked import name_estimator
from corpuscle.studies.information.collected import Collected, collect
from corpuscle.studies.information.variables import VARIABLES
from corpuscle.training.bound import LearnedBound

COUNT = 4000
"""Pairs of values of a calibration."""

Draw = Callable[[np.random.Generator], tuple[Columns, Columns]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Two quantities whose information is known, and an estimator of it."""

    draw: Draw
    bits: float
    estimator: Estimator


def draw_normal(correlation: float) -> Draw:
    """Draw normal pairs of a correlation."""

    def draw(generator: np.random.Generator) -> tuple[Columns, Columns]:
        one, noise = generator.normal(size=(2, COUNT, 1))
        return one, correlation * one + np.sqrt(1 - correlation**2) * noise

    return draw


def draw_labels(count: int) -> Draw:
    """Draw independent labels."""

    def draw(generator: np.random.Generator) -> tuple[Columns, Columns]:
        one, other = generator.integers(count, size=(2, COUNT, 1))
        return one, other

    return draw


def fly_clean(generator: np.random.Generator) -> Collected:
    """Simulate tracks from the origin that do not scatter, all in one event: how they are seen can be computed."""
    still = {"material": 0.0, "resolution": 1e-6, "d0_spread": 0.0, "z0_spread": 0.0}
    return collect(Helix(tracks=COUNT, tracks_per_event=COUNT, **still).simulate(generator), seed=0)  # type: ignore[arg-type]


def draw_azimuth(generator: np.random.Generator) -> tuple[Columns, Columns]:
    """Draw the azimuth of hits on the outermost layer, and the direction with which their tracks began."""
    clean = fly_clean(generator)
    rows = clean.hits.layer == clean.hits.layer.max()
    return VARIABLES["phi"].give(clean)[rows], VARIABLES["phi0"].give(clean)[rows]


def draw_turn(generator: np.random.Generator) -> tuple[Columns, Columns]:
    """Draw by how much tracks have turned on the outermost layer, and what particle each is: its charge."""
    clean = fly_clean(generator)
    rows = clean.hits.layer == clean.hits.layer.max()
    turn = VARIABLES["phi"].give(clean) - VARIABLES["phi0"].give(clean)
    return np.mod(turn + np.pi, 2 * np.pi)[rows], VARIABLES["kind"].give(clean)[rows]


def draw_layers(generator: np.random.Generator) -> tuple[Columns, Columns]:
    """Draw the layer and the particle of hits: every particle crosses every layer once, so they are independent."""
    clean = fly_clean(generator).choose_events(1)
    return VARIABLES["layer"].give(clean), VARIABLES["particle"].give(clean)


def compute_azimuth() -> float:
    """Compute what the azimuth of a hit says of its track's direction in the clean world [bit].

    Seen at radius r, a track from the origin has turned by asin(kappa r / 2), of either sign; with ln pT uniform the
    density of that turn is known, and I = ln 2 pi - h(turn), the direction being uniform.
    """
    world = Helix()
    pt = np.geomspace(world.lowest_pt, world.highest_pt, 200_001)
    sine = np.abs(curve(1 / pt, world.field)) * world.apparatus.radius[-1] / 2
    # turn = asin(sine), |d turn / d ln pT| = sine / sqrt(1 - sine^2), both signs alike
    density = 1 / (2 * np.log(world.highest_pt / world.lowest_pt)) * np.sqrt(1 - sine**2) / sine
    entropy = -np.trapezoid(np.log(density), np.log(pt)) / np.log(world.highest_pt / world.lowest_pt)
    return float((np.log(2 * np.pi) - entropy) / BIT)


def list_calibrations() -> dict[str, Known]:
    """List what is known, with the estimators that can be asked."""
    found: dict[str, Known] = {}
    asked = {
        "ksg 1": NeighbourEstimator(),
        "ksg 2": NeighbourEstimator(form=2),
        "ksg 1, spread": NeighbourEstimator(scale="spread"),
        "bins": BinEstimator(),
        "InfoNCE": LearnedBound(),
        "MINE": LearnedBound(form="densities"),
    }
    for correlation in (0.0, 0.3, 0.6, 0.9, 0.99):
        bits = float(-np.log2(1 - correlation**2) / 2)
        for name, estimator in asked.items():
            known = Known(draw=draw_normal(correlation), bits=bits, estimator=estimator)
            found[f"normal, correlation {correlation:g} · {name}"] = known
    for count in (10, 50):
        for name, corrected in (("counts", False), ("Miller-Madow", True)):
            known = Known(draw=draw_labels(count), bits=0.0, estimator=CountEstimator(corrected=corrected))
            found[f"{count} x {count} independent labels · {name}"] = known
    for name in ("ksg 1", "ksg 2", "InfoNCE"):
        known = Known(draw=draw_azimuth, bits=compute_azimuth(), estimator=asked[name])
        found[f"helix, azimuth of a hit and φ0 · {name}"] = known
    found["helix, turn and charge · ross"] = Known(draw=draw_turn, bits=1.0, estimator=LabelEstimator())
    for name, corrected in (("counts", False), ("Miller-Madow", True)):
        known = Known(draw=draw_layers, bits=0.0, estimator=CountEstimator(corrected=corrected))
        found[f"helix, layer and particle · {name}"] = known
    return found


CALIBRATIONS: Mapping[str, Known] = list_calibrations()
"""The entries of T7."""


def measure_calibration(columns: Mapping[str, Any], entrant: object, collected: Collected) -> dict[str, Any]:
    """Measure an entry of T7; the 95 % interval is over rows, which are independent here."""
    known = CALIBRATIONS[columns["entry"]]
    one, other = known.draw(np.random.default_rng([collected.seed, 7]))
    part = known.estimator.weigh(one, other) / BIT
    row = np.arange(len(part))
    low, high = draw_interval(part, Origin(event=row, particle=row, layer=row), np.random.default_rng(collected.seed))
    bits = float(part.mean())
    return {
        **name_estimator(known.estimator), "known_bits": known.bits, "bits": bits, "low": low, "high": high,
        "error_bits": bits - known.bits, "hits": len(part),
    }  # fmt: skip
