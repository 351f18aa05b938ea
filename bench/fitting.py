"""Time fitters against the closed form, on the same tracks, in alternation, one thread.

    python -m bench.fitting [--tracks 20000] [--repeats 5] [--out docs/benchmarks.md]

Every fitter gets the same hits of the helix world, screening included. Each figure is the median over the repeats, with
the least and the most; ratios are taken within a repeat, so that a machine that slows down slows both. What a fitter
compiles or loads is done before. The peer is the geometric circle fit of the slides (scipy's least squares from the
centroid), on the first 200 tracks.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

from bench.page import use_one_thread, write_section
from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import LIGHT, HelixParameters
from corpuscle.estimation.helices.bound import cramer_rao
from corpuscle.fitting.fitters import FITTERS
from corpuscle.simulation.helical import Helix

Method = Callable[[TrackHits, Apparatus], np.ndarray]
"""Gives q/pT of tracks."""

REFERENCE = "karimaki"
PEER = "scipy circle"
FEW = 200
HOLES = 0.05

SECTION = """## Fitting

What this shows: what each fitter costs a track, and how near it comes to the Cramer-Rao bound, beside the geometric
circle fit of the slides (scipy's `least_squares` from the centroid, {few} tracks, no parameters along the field).
{tracks} pions of the helix world, transverse momentum log-uniform between 0.5 and 50 GeV, ten layers of 2 % of a
radiation length at 2 T, 5 % holes; one thread, in alternation. Seeds are 0 to {repeats} (exclusive); a cost is the
median of {repeats} repeats, least and most in brackets; `time / karimaki` is the median of the ratios within a repeat;
`r68 / bound` is half the central 68 % of the residuals of q/pT, each over its own bound.

    python -m bench.fitting --tracks {tracks} --repeats {repeats} --out docs/benchmarks.md

| method | microseconds a track | time / karimaki | r68 / bound |
|---|---|---|---|
{rows}

How to read it: a closed form knows nothing of scattering and pays for it with a few percent below 10 GeV; `gls` and
`kalman` find the same least-squares solution by different roads. Fitting in a loop over tracks, as the slides do, is
what costs hundreds of times more, not fitting.
"""
"""The section that is written."""


@dataclass
class Row:
    """What was measured of one method."""

    method: str
    seconds: list[float] = field(default_factory=list)
    ratio: list[float] = field(default_factory=list)
    failure: str = ""

    def describe(self, reference: "Row") -> str:
        """Write a line of the table."""
        if self.failure:
            return f"| {self.method} | {self.failure} | | |"
        cost = 1e6 * np.array(self.seconds)
        paired = cost / (1e6 * np.array(reference.seconds))
        told = f"{np.median(cost):.1f} ({cost.min():.1f}-{cost.max():.1f})"
        return f"| {self.method} | {told} | {np.median(paired):.1f} | {np.median(self.ratio):.3f} |"


def run_fitter(name: str) -> Method:
    """Make one of the package's fitters callable."""
    fitter = FITTERS[name]()
    return lambda hits, apparatus: np.asarray(fitter.fit(hits, apparatus).parameters.q_over_pt)


def run_scipy(hits: TrackHits, apparatus: Apparatus) -> np.ndarray:
    """Fit circles one by one: the least sum of squared distances, from the centroid."""
    found = np.empty(len(hits))
    for track, (first, last) in enumerate(zip(hits.offset[:-1], hits.offset[1:], strict=True)):
        x, y = hits.position[first:last, :2].T

        def leave(centre: np.ndarray, x: np.ndarray = x, y: np.ndarray = y) -> np.ndarray:
            distance = np.hypot(x - centre[0], y - centre[1])
            return np.asarray(distance - distance.mean())

        a, b = least_squares(leave, [x.mean(), y.mean()], method="lm").x
        order = np.argsort(x**2 + y**2)[[0, -1]]
        (x0, x1), (y0, y1) = x[order] - a, y[order] - b
        turn = np.sign(x0 * y1 - x1 * y0)
        found[track] = -turn / np.hypot(x - a, y - b).mean() / (LIGHT * apparatus.field)
    return found


def bind(parameters: HelixParameters, hits: TrackHits, apparatus: Apparatus) -> np.ndarray:
    """Give the least standard deviation of q/pT of each track, its holes counted."""
    seen = np.zeros((len(hits), len(apparatus.radius)), dtype=bool)
    seen[np.repeat(np.arange(len(hits)), hits.length), hits.layer] = True
    bound = cramer_rao(
        apparatus.radius, field=apparatus.field, resolution=apparatus.resolution, material=apparatus.material,
        resolution_z=apparatus.resolution_z, parameters=parameters, seen=seen,
    )  # fmt: skip
    theta = parameters.value[:, 3]
    turn = np.zeros((len(hits), 5))
    turn[:, 4], turn[:, 3] = 1 / np.sin(theta), -parameters.q_over_pt / np.tan(theta)
    return np.asarray(np.sqrt(np.einsum("ti,tij,tj->t", turn, bound, turn)))


def draw(tracks: int, seed: int) -> tuple[TrackHits, HelixParameters, Apparatus]:
    """Draw tracks that have at least five hits each, with their truth."""
    world = Helix(tracks=tracks, holes=HOLES)
    drawn = world.simulate(np.random.default_rng(seed))
    hits = drawn.hits.collect_tracks()
    rows = np.flatnonzero(hits.length >= 5)
    value = drawn.particles.parameters.value
    if len(hits) != len(value):
        raise RuntimeError("a track without any hit: draw another seed")
    return hits.choose(rows), HelixParameters(value[rows]), world.apparatus


def time_fit(method: Method, hits: TrackHits, truth: HelixParameters, apparatus: Apparatus) -> tuple[float, float]:
    """Give the seconds a track, and r68 of the residuals of q/pT over their bounds."""
    begin = time.perf_counter()
    found = method(hits, apparatus)
    seconds = (time.perf_counter() - begin) / len(hits)
    off = (found - truth.q_over_pt) / bind(truth, hits, apparatus)
    low, high = np.percentile(off[np.isfinite(off)], [15.865, 84.135])
    return seconds, float(high - low) / 2


def measure(tracks: int, repeats: int) -> list[Row]:
    """Run every fitter in turn on the same tracks."""
    rows = {name: Row(name) for name in [*FITTERS, PEER]}
    methods: dict[str, Method] = {PEER: run_scipy}
    for name in FITTERS:
        try:
            methods[name] = run_fitter(name)
            methods[name](*draw(100, 0)[::2])
        except (ImportError, ValueError) as error:  # a fitter that cannot run here is a result
            rows[name].failure = type(error).__name__
    for repeat in range(repeats):
        hits, truth, apparatus = draw(tracks, repeat)
        few = np.arange(min(FEW, len(hits)))
        for name, row in rows.items():
            if row.failure:
                continue
            given = (hits.choose(few), HelixParameters(truth.value[few])) if name == PEER else (hits, truth)
            seconds, ratio = time_fit(methods[name], *given, apparatus)
            row.seconds.append(seconds)
            row.ratio.append(ratio)
    return list(rows.values())


def main() -> None:
    """Measure and print; write the section when asked to."""
    use_one_thread("bench.fitting")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tracks", type=int, default=20_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    rows = measure(options.tracks, options.repeats)
    reference = next(row for row in rows if row.method == REFERENCE)
    table = "\n".join(row.describe(reference) for row in rows)
    print(table)
    if options.out:
        text = SECTION.format(rows=table, tracks=options.tracks, repeats=options.repeats, few=FEW)
        write_section(options.out, text)


if __name__ == "__main__":
    main()
