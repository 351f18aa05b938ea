"""Time linkers against their peers and against scipy's own floor, on the same scenes, in alternation, one thread.

    python -m bench.linking [--sizes 20,100,1000,5000] [--repeats 3] [--out docs/benchmarks.md]

Every method gets the same detections and the same gate (four steps). Each figure is the median over the repeats, with
the least and the most; ratios are taken within a repeat, so that a machine that slows down slows both. What a method
compiles is compiled before, and told apart. Memory is the growth of the peak of a process of its own.
"""

import argparse
import logging
import multiprocessing
import resource
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.page import use_one_thread, write_section
from corpuscle.data.detections import Detections, split_frames
from corpuscle.data.links import Links
from corpuscle.data.scene import Scene
from corpuscle.linking.linkers import LINKERS
from corpuscle.metrics.links import score_links
from corpuscle.simulation.worlds import WORLDS

Pairs = np.ndarray
Method = Callable[[Detections, float], Pairs]

RATIOS = (0.05, 0.15, 0.3)
SPACING = 10.0
LAPTRACK_LIMIT = 5_000
HEAD = (
    "| particles | step / spacing | frames | method | link Jaccard | microseconds a detection | "
    "time / lap | peak MB |\n|---|---|---|---|---|---|---|---|"
)

SECTION = """## Linking

What this shows: how fast each linker is and how many links it gets right, beside trackpy, laptrack and the least that
scipy can do (a kd-tree query and one sparse assignment a pair of frames). All get the same Brownian scenes in a
reflecting field with a spacing of 10 and the same gate of four steps, in alternation, on one thread. Seeds are 0 to
{repeats} (exclusive); a cost is the median of {repeats} repeats, least and most in brackets; `time / lap` is the
median of the ratios to `corpuscle lap` within a repeat; memory is what one run adds to the peak of a process of its
own. laptrack at 5,000 particles runs once, on five frames. A name in place of a Jaccard is the exception that a peer
raised.

    pip install -c constraints.txt -e '.[bench]'
    python -m bench.linking --repeats {repeats} --out docs/benchmarks.md

{rows}

How to read it: `nearest` and `lap` cost the same within the noise, for both spend their time on finding neighbours. In
these scenes nothing is missed and nothing is false, so that a higher price for what stays apart (second row of `lap`,
the form of laptrack) gets up to 0.0003 more; with 5 % missed and 5 % false detections it gets less (decision 0003), and
so it is not the default.

### Two frames of 100,000 detections

Step / spacing 0.15, one run, compiled before:

{large}

{note}
"""
"""The section that is written."""


@dataclass
class Row:
    """What was measured of one method on one kind of scene."""

    method: str
    particles: int
    ratio: float
    frames: int
    jaccard: float
    seconds: list[float] = field(default_factory=list)
    megabytes: float = float("nan")
    detections: int = 0
    failure: str = ""
    note: str = ""

    @property
    def microseconds(self) -> np.ndarray:
        """Microseconds a detection, one a repeat."""
        return 1e6 * np.array(self.seconds) / self.detections


def run_corpuscle(name: str) -> Method:
    """Make one of the package's linkers callable."""
    return lambda detections, gate: LINKERS[name](gate=gate).link(detections).pair


def run_priced(detections: Detections, gate: float) -> Pairs:
    """Link by assignment at twice the usual price for what stays apart, as laptrack and TrackMate do."""
    pairs: Pairs = LINKERS["lap"](gate=gate, start_cost=gate**2, end_cost=gate**2).link(detections).pair
    return pairs


def run_trackpy(detections: Detections, gate: float) -> Pairs:
    """Link with trackpy, its numba subnetwork linker where it chooses it."""
    import pandas as pd
    import trackpy

    table = pd.DataFrame({"x": detections.position[:, 0], "y": detections.position[:, 1], "frame": detections.frame})
    linked = trackpy.link(table, search_range=gate, memory=0)
    return pairs_of(linked["particle"].sort_index().to_numpy(), detections.frame)


def run_laptrack(detections: Detections, gate: float) -> Pairs:
    """Link with laptrack, frame to frame, one process."""
    import pandas as pd
    from laptrack import LapTrack

    table = pd.DataFrame({"x": detections.position[:, 0], "y": detections.position[:, 1], "frame": detections.frame})
    table["row"] = np.arange(len(table))
    tracker = LapTrack(cutoff=gate**2, gap_closing_cutoff=False)
    linked, _, _ = tracker.predict_dataframe(table, ["x", "y"], frame_col="frame", only_coordinate_cols=False)
    label = np.empty(len(table), np.int64)
    label[linked["row"].to_numpy()] = linked["track_id"].to_numpy()
    return pairs_of(label, detections.frame)


def run_floor(detections: Detections, gate: float) -> Pairs:
    """Do the least that scipy can: a kd-tree query and one sparse assignment a pair of frames, square form."""
    from scipy.sparse import bmat, coo_matrix, diags
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching
    from scipy.spatial import KDTree

    frames = split_frames(detections)
    pairs = []
    for k in range(len(frames) - 1):
        earlier, later = frames.rows_of(k), frames.rows_of(k + 1)
        tree = KDTree(detections.position[earlier])
        near = tree.sparse_distance_matrix(KDTree(detections.position[later]), gate, output_type="coo_matrix")
        cost = coo_matrix((near.data**2 + 1e-9, (near.row, near.col)), shape=near.shape)
        alone = gate**2 / 2 + 1e-9
        corner = coo_matrix((np.full(near.nnz, 1e-9), (near.col, near.row)), shape=near.shape[::-1])
        ends, starts = diags(np.full(len(earlier), alone)), diags(np.full(len(later), alone))
        square = bmat([[cost, ends], [starts, corner]], format="csr")
        row, column = min_weight_full_bipartite_matching(square)
        made = (row < len(earlier)) & (column < len(later))
        pairs.append(np.stack([earlier[row[made]], later[column[made]]], axis=1))
    return np.concatenate(pairs)


def pairs_of(label: np.ndarray, frame: np.ndarray) -> Pairs:
    """Read links from labels."""
    order = np.lexsort((frame, label))
    same = np.diff(label[order]) == 0
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


METHODS: dict[str, Method] = {
    "corpuscle nearest": run_corpuscle("nearest"),
    "corpuscle lap": run_corpuscle("lap"),
    "corpuscle lap, start_cost and end_cost gate^2": run_priced,
    "corpuscle kalman": run_corpuscle("kalman"),
    "corpuscle cover": run_corpuscle("cover"),
    "scipy floor": run_floor,
    "trackpy": run_trackpy,
    "laptrack": run_laptrack,
}


def make_scene(particles: int, ratio: float, frames: int, seed: int) -> Scene:
    """Make a Brownian scene in a reflecting field of constant density."""
    world = WORLDS["brownian"](
        particles=particles, frames=frames, spacing=SPACING, step=ratio * SPACING, field="reflecting"
    )
    scene: Scene = world.simulate(np.random.default_rng([seed, particles, int(1000 * ratio)]))
    return scene


def measure_memory(method: Method, detections: Detections, gate: float) -> float:
    """Measure how far one call raises the peak memory of a process of its own [MB]."""
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)

    def call() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        method(detections, gate)
        send.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)

    process = context.Process(target=call)
    process.start()
    process.join()
    return float(receive.recv()) if receive.poll() else float("nan")


def measure(particles: int, ratio: float, repeats: int, frames: int) -> list[Row]:
    """Run every method in turn on the same scenes."""
    gate = 4 * ratio * SPACING
    rows = {name: Row(name, particles, ratio, frames, 0.0) for name in METHODS}
    jaccards: dict[str, list[float]] = {name: [] for name in METHODS}
    for repeat in range(repeats):
        scene = make_scene(particles, ratio, frames, repeat)
        for name, method in METHODS.items():
            row = rows[name]
            few = name == "laptrack" and particles >= LAPTRACK_LIMIT
            if row.failure or (few and repeat):
                continue
            detections, scored = cut(scene, 5) if few else (scene.detections, scene)
            row.frames = 5 if few else frames
            row.detections = len(detections)
            if few:
                own = METHODS["corpuscle lap"](detections, gate)
                row.note = f" (lap on these frames: {score_links(Links(own), scored.truth).jaccard:.4f})"
            begin = time.perf_counter()
            try:
                pairs = method(detections, gate)
            except Exception as error:  # a peer's failure is a result
                row.failure = type(error).__name__
                continue
            row.seconds.append(time.perf_counter() - begin)
            jaccards[name].append(score_links(Links(pairs), scored.truth).jaccard)
            if repeat == 0:
                row.megabytes = measure_memory(method, detections, gate)
    for name, row in rows.items():
        row.jaccard = float(np.mean(jaccards[name])) if jaccards[name] else float("nan")
    return list(rows.values())


def cut(scene: Scene, frames: int) -> tuple[Detections, Scene]:
    """Give the first frames of a scene."""
    from corpuscle.data.scene import Truth

    seen = scene.detections.frame < frames
    true = scene.truth.frame < frames
    place = np.where(seen, np.cumsum(seen) - 1, -1)
    detections = Detections(scene.detections.frame[seen], scene.detections.position[seen])
    known = scene.truth.detection
    assert known is not None
    detection = np.where(known[true] >= 0, place[known[true]], -1)
    truth = Truth(scene.truth.track[true], scene.truth.frame[true], scene.truth.position[true], detection)
    return detections, Scene(detections, truth)


def describe(rows: list[Row]) -> list[str]:
    """Write rows as lines of a table; ratios are to `corpuscle lap` in the same repeat."""
    own = next(row for row in rows if row.method == "corpuscle lap")
    lines = []
    for row in rows:
        start = f"| {row.particles} | {row.ratio:g} | {row.frames} | {row.method} |"
        if not row.seconds:
            lines.append(f"{start} {row.failure} | | | |")
            continue
        cost = row.microseconds
        paired = cost / own.microseconds[: len(cost)]
        lines.append(
            f"{start} {row.jaccard:.4f}{row.note} | {np.median(cost):.2f} ({cost.min():.2f}-{cost.max():.2f}) | "
            f"{np.median(paired):.2f} | {row.megabytes:.0f} |"
        )
    return lines


def measure_large() -> list[str]:
    """Time two frames of 100,000 detections."""
    scene = make_scene(100_000, 0.15, 2, 0)
    lines = []
    for name in ("nearest", "lap", "kalman", "cover"):
        begin = time.perf_counter()
        pairs = LINKERS[name](gate=6.0).link(scene.detections).pair
        seconds = time.perf_counter() - begin
        jaccard = score_links(Links(pairs), scene.truth).jaccard
        lines.append(f"| {name} | {seconds:.2f} | {jaccard:.4f} |")
    return lines


def main() -> None:
    """Measure and print; write the page when asked to."""
    use_one_thread("bench.linking")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="20,100,1000,5000")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--frames", type=int, default=50)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)

    begin = time.perf_counter()
    small = make_scene(20, 0.15, 3, 0)
    for name in LINKERS:
        LINKERS[name](gate=6.0).link(small.detections)
    compiled = time.perf_counter() - begin
    for method in METHODS.values():
        method(small.detections, 6.0)

    lines = [HEAD]
    print(HEAD, flush=True)
    for particles in map(int, options.sizes.split(",")):
        for ratio in RATIOS:
            found = describe(measure(particles, ratio, options.repeats, options.frames))
            print("\n".join(found), flush=True)
            lines += found
    large = ["| method | seconds | Jaccard of links |", "|---|---|---|", *measure_large()]
    note = f"Compiling, or loading what was compiled before: {compiled:.1f} s, not counted."
    print("\nTwo frames of 100,000 detections, step / spacing 0.15:\n\n" + "\n".join(large) + "\n\n" + note)
    if options.out:
        text = SECTION.format(repeats=options.repeats, rows="\n".join(lines), large="\n".join(large), note=note)
        write_section(options.out, text)


if __name__ == "__main__":
    main()
