"""The figures of the learned hybrids' cards: python -m bench.hybrid [scenes] [folder of a run ...]."""

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from corpuscle.data.links import Links
from corpuscle.data.scene import Scene, true_links
from corpuscle.estimation.learn import TooLittle
from corpuscle.linking.learned.attention_bayesian import AttentionBayesian
from corpuscle.linking.learned.hybrid import HybridTransformer
from corpuscle.linking.probabilistic.marginal import PosteriorLinks
from corpuscle.metrics.calibration import Calibration
from corpuscle.metrics.links import score_links
from corpuscle.simulation.overlay import overlay_scenes
from corpuscle.simulation.worlds import WORLDS
from corpuscle.training.run import read_run

FIRST = 7_000_000
"""Seeds begin here; training draws from pairs of other numbers."""

WHOLE: dict[str, Any] = {"frames": 14, "field": "reflecting", "start": "uniform"}
CLUTTER: dict[str, Any] = {"misses": 0.1, "false_detections": 0.1}
Draw = Callable[[np.random.Generator], Scene]


def draw_one(world: str, **settings: float) -> Draw:
    """Give what draws scenes of one world."""
    made = WORLDS[world](**WHOLE, **settings)
    draw: Draw = made.simulate
    return draw


def draw_mixture(groups: list[tuple[str, dict[str, Any]]], *, each: int, spacing: float, **settings: float) -> Draw:
    """Give what draws scenes of several worlds in one field, as many particles of each."""
    apart = spacing * len(groups) ** 0.5
    made = [WORLDS[name](**WHOLE, **settings, **own, particles=each, spacing=apart) for name, own in groups]
    return lambda generator: overlay_scenes(generator, [world.simulate(generator) for world in made])


STEPS = [float(np.exp(value)) for value in (-1.2, -0.6, 0.0, 0.6, 1.2)]
KINDS = [("brownian", {"step": step}) for step in STEPS]
MIXED = [("brownian", {"step": 1.5}), ("directed", {"step": 0.3, "drift": 2.5, "persistence": 0.95})]
KNOWN: dict[str, Any] = {
    "step": 1.5, "drift": 0.0, "measurement_noise": 0.5, "misses": 0.0, "false_detections": 0.0, "births": 0.0,
    "deaths": 0.0,
}  # fmt: skip
DIRECTED: dict[str, Any] = {"step": 0.5, "drift": 2.0, "persistence": 0.9}
LOSSES: dict[str, Any] = {"misses": 0.1, "false_detections": 3.0}

CONDITIONS: dict[str, tuple[Draw, dict[str, Any]]] = {
    "walkers, parameters known": (
        draw_one("brownian", particles=30, step=1.5, measurement_noise=0.5, spacing=5.0), KNOWN,
    ),
    "walkers, noise unknown": (draw_one("brownian", particles=30, step=1.5, measurement_noise=1.5, spacing=6.0), {}),
    "walkers, misses and clutter 10 %": (
        draw_one("brownian", particles=30, step=1.5, measurement_noise=1.5, spacing=6.0, **CLUTTER), {},
    ),
    "switching": (draw_one("switching", particles=30, step=1.0, drift=3.0, spacing=6.0), {}),
    "five kinds of walkers": (draw_mixture(KINDS, each=6, spacing=6.0, measurement_noise=0.3), {}),
    "walkers and directed": (draw_mixture(MIXED, each=15, spacing=6.0, measurement_noise=0.3), {}),
    "walkers and directed, misses and clutter 10 %": (
        draw_mixture(MIXED, each=15, spacing=8.0, measurement_noise=0.3, **CLUTTER), {},
    ),
    "drifts, parameters known": (
        draw_one("drift", particles=30, step=1.5, drift=1.5, measurement_noise=0.5, spacing=6.0),
        KNOWN | {"drift": 1.5, "persistence": 1.0},
    ),
    "drifts, misses and clutter 10 %, known": (
        draw_one("drift", particles=30, step=1.5, drift=1.5, measurement_noise=0.5, spacing=8.0, **CLUTTER),
        KNOWN | LOSSES | {"drift": 1.5, "persistence": 1.0},
    ),
    "directed, parameters known": (
        draw_one("directed", particles=30, measurement_noise=0.5, spacing=5.0), KNOWN | DIRECTED,
    ),
    "directed, misses and clutter 10 %, known": (
        draw_one("directed", particles=30, measurement_noise=0.5, spacing=7.0, **CLUTTER), KNOWN | DIRECTED | LOSSES,
    ),
    "walkers, misses and clutter 10 %, known": (
        draw_one("brownian", particles=30, step=1.5, measurement_noise=0.5, spacing=6.0, **CLUTTER), KNOWN | LOSSES,
    ),
    "ten walkers, misses and clutter 10 %, known": (
        draw_one("brownian", particles=10, step=1.5, measurement_noise=0.5, spacing=6.0, **CLUTTER),
        KNOWN | LOSSES | {"false_detections": 1.0},
    ),
    "sparse walkers, misses and clutter 20 %, known": (
        draw_one(
            "brownian", particles=30, step=1.5, measurement_noise=0.5, spacing=12.0, misses=0.2, false_detections=0.2
        ),
        KNOWN | {"misses": 0.2, "false_detections": 6.0},
    ),
    "walkers in space, misses and clutter 10 %, known": (
        draw_one(
            "brownian", particles=30, dimensions=3, step=1.5, measurement_noise=0.5, spacing=5.0, **CLUTTER
        ),
        KNOWN | LOSSES,
    ),
}  # fmt: skip


def make_linkers(runs: list[str]) -> dict[str, PosteriorLinks]:
    """Make the linkers; the folder of a run stands for the shipped weights of its method."""
    weights = {read_run(Path(run)).method: run for run in runs}
    kinds = {"hybrid-transformer": HybridTransformer, "attention-bayesian": AttentionBayesian}
    made: dict[str, PosteriorLinks] = {"marginal": PosteriorLinks()}
    for name, kind in kinds.items():
        made[name] = kind(weights=weights[name]) if name in weights else kind()
    return made


def judge(links: Links, scene: Scene) -> tuple[float, Float[np.ndarray, " m"], Bool[np.ndarray, " m"]]:
    """Give the Jaccard of links, what was said of each, and whether it is true."""
    true = {(int(a), int(b)) for a, b in true_links(scene.truth).pair}
    right = np.array([(int(a), int(b)) in true for a, b in links.pair], dtype=bool)
    assert links.probability is not None
    return score_links(links, scene.truth).jaccard, links.probability, right


def compare(draw: Draw, known: dict[str, Any], scenes: int, linkers: dict[str, PosteriorLinks]) -> None:
    """Print one row a linker: Jaccard, the paired difference from `marginal`, calibration error, surprise."""
    found: dict[str, list[Any]] = {name: [] for name in linkers}
    for number in range(scenes):
        scene = draw(np.random.default_rng(FIRST + number))
        try:
            settled = replace(PosteriorLinks(), **known).settle(scene.detections)
        except TooLittle:
            continue
        population = settled.build_population(scene.detections)
        for name, linker in linkers.items():
            found[name].append(judge(linker.fill_in(population).link(scene.detections), scene))
    first = np.array([jaccard for jaccard, _, _ in found["marginal"]])
    for name, results in found.items():
        jaccard = np.array([one for one, _, _ in results])
        apart = jaccard - first
        said = Calibration(
            probability=np.concatenate([likely for _, likely, _ in results]),
            right=np.concatenate([right for _, _, right in results]),
            scene=np.repeat(np.arange(len(results)), [len(right) for _, _, right in results]),
        )
        error = apart.std(ddof=1) / len(apart) ** 0.5
        print(
            f"| `{name}` | {jaccard.mean():.4f} | {apart.mean():+.4f}±{error:.4f} | {said.expected_error:.3f} | "
            f"{said.negative_log_likelihood:.4f} | {len(results)} |",
            flush=True,
        )


def clock_window(linkers: dict[str, PosteriorLinks]) -> None:
    """Print the processor time of a window of six frames with 1,000 detections each, learning apart."""
    lossy: dict[str, Any] = {"misses": 0.1, "false_detections": 100.0, "drift": 1.5, "persistence": 1.0}
    for what, kind, more, told in (
        ("walkers", "brownian", {}, KNOWN),
        ("drifts, misses and clutter 10 %", "drift", CLUTTER | {"drift": 1.5}, KNOWN | lossy),
    ):
        world = WORLDS[kind](particles=1000, frames=6, step=1.5, measurement_noise=0.5, spacing=8.0, **more)
        detections = world.simulate(np.random.default_rng(FIRST)).detections
        for name, linker in linkers.items():
            ready = replace(linker, **told)
            seconds = []
            for _ in range(6):
                begin = time.process_time()
                ready.link(detections)
                seconds.append(time.process_time() - begin)
            print(f"{what}, {name}: {np.median(seconds[1:]):.3f} s", flush=True)


def main(scenes: int, runs: list[str]) -> None:
    """Print the table of every condition."""
    linkers = make_linkers(runs)
    for name, (draw, known) in CONDITIONS.items():
        print(f"## {name}", flush=True)
        compare(draw, known, 2 * scenes if known else scenes, linkers)  # nothing is learned where all is known
    clock_window(linkers)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40, sys.argv[2:])
