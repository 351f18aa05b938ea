"""Measure how near fitters come to the Cramer-Rao bound, bin by bin of transverse momentum.

    python -m bench.bound [--tracks 100000] [--methods karimaki,gls,kalman] [--out docs/benchmarks.md]

Each bin has tracks of its own, log-uniform in transverse momentum, from a seed of its own. A residual is taken over the
bound of its track, the holes of the track counted; r68 is half the central 68 % of that. The interval is the central
95 % of 200 resamples of the tracks.
"""

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np

from bench.fitting import HOLES
from bench.page import use_one_thread, write_section
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.estimation.helices.bound import cramer_rao
from corpuscle.fitting.fitters import FITTERS
from corpuscle.simulation.helical import Helix

EDGES = (0.5, 1, 2, 5, 10, 20, 50, 100)
SEED = 7
SECTION = """## Fits and their bound

What this shows: the residuals of each fitter over the Cramer-Rao bound of each track (r68: half the central 68 %), and
the widths of the pulls, which are residuals over the errors that the fitter says. {tracks} pions a bin in the helix
world: ten layers of 2 % of a radiation length at 2 T, 20 um along r phi, 50 um along z, 5 % holes, no energy loss; the
seed is ({seed}, 10 times the lower edge). Brackets: 95 % interval from 200 resamples of the tracks; those of the other
columns are as wide.

    python -m bench.bound --tracks {tracks} --methods {methods} --out docs/benchmarks.md

| pT [GeV] | method | r68 / bound of q/pT | d0 | z0 | phi | theta | pull of q/pT | d0 | z0 | phi | theta | invalid |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
{rows}

How to read it: 1 is the best that an unbiased fit can do. The closed form comes near it in momentum alone: it knows of
no scattering, so that its directions and its errors are right only where that does not matter.
"""


def draw(tracks: int, low: float, high: float) -> tuple[TrackHits, HelixParameters, HelixParameters]:
    """Draw tracks with at least three hits: hits, truth, and the truth with its bound as covariance."""
    world = Helix(tracks=tracks, holes=HOLES, lowest_pt=float(low), highest_pt=float(high))
    drawn = world.simulate(np.random.default_rng([SEED, int(10 * low)]))
    hits, truth = drawn.hits.collect_tracks(), drawn.particles.parameters
    if len(hits) != len(truth):
        raise RuntimeError("a track without any hit: take another seed")
    seen = np.zeros((len(hits), len(world.apparatus.radius)), dtype=bool)
    seen[np.repeat(np.arange(len(hits)), hits.length), hits.layer] = True
    apparatus = world.apparatus
    bound = cramer_rao(
        apparatus.radius, field=apparatus.field, resolution=apparatus.resolution, material=apparatus.material,
        resolution_z=apparatus.resolution_z, parameters=truth, seen=seen,
    )  # fmt: skip
    rows = np.flatnonzero(hits.length >= 3)
    return hits.choose(rows), HelixParameters(truth.value[rows]), HelixParameters(truth.value[rows], bound[rows])


def express(parameters: HelixParameters) -> tuple[np.ndarray, np.ndarray]:
    """Give q/pT, d0, z0, phi, theta, and their standard deviations."""
    value, covariance = parameters.value, parameters.covariance
    assert covariance is not None
    turn = np.zeros((len(value), 5, 5))
    turn[:, 1:, :4] = np.eye(4)
    turn[:, 0, 4] = 1 / np.sin(value[:, 3])
    turn[:, 0, 3] = -parameters.q_over_pt / np.tan(value[:, 3])
    variance = np.einsum("tij,tjk,tik->ti", turn, covariance, turn)
    return np.column_stack([parameters.q_over_pt, value[:, :4]]), np.sqrt(variance)


def give_width(values: np.ndarray) -> np.ndarray:
    """Give half the central 68 %."""
    low, high = np.percentile(values, [15.865, 84.135], axis=0)
    return np.asarray((high - low) / 2)


def describe(name: str, tracks: int, low: float, high: float) -> str:
    """Measure one fitter in one bin and write a line of the table."""
    hits, truth, bound = draw(tracks, low, high)
    fit = FITTERS[name]().fit(hits, Helix().apparatus)
    good = fit.valid
    covariance = fit.parameters.covariance
    assert covariance is not None
    found, errors = express(HelixParameters(fit.parameters.value[good], covariance[good]))
    wanted, least = express(HelixParameters(truth.value[good], bound.covariance[good]))  # type: ignore[index] # it has one
    off = found - wanted
    off[:, 3] = (off[:, 3] + np.pi) % (2 * np.pi) - np.pi
    ratio, pull = off / least, off / errors
    random = np.random.default_rng(0)
    again = [give_width(ratio[random.integers(0, len(ratio), len(ratio)), :1])[0] for _ in range(200)]
    lower, upper = np.percentile(again, [2.5, 97.5])
    first, *others = give_width(ratio)
    widths = " | ".join(f"{width:.3f}" for width in [*others, *pull.std(axis=0)])
    return f"| {low:g}-{high:g} | {name} | {first:.3f} ({lower:.3f}-{upper:.3f}) | {widths} | {(~good).sum()} |"


def main() -> None:
    """Measure and print; write the section when asked to."""
    use_one_thread("bench.bound")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=100_000)
    parser.add_argument("--methods", default="karimaki,gls,kalman")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    lines = []
    for low, high in pairwise(EDGES):
        for name in options.methods.split(","):
            lines.append(describe(name, options.tracks, low, high))
            print(lines[-1], flush=True)
    if options.out:
        text = SECTION.format(rows="\n".join(lines), tracks=options.tracks, methods=options.methods, seed=SEED)
        write_section(options.out, text)


if __name__ == "__main__":
    main()
