"""The figures of the shipped transformers' card: python -m bench.transformer [scenes]."""

import sys

import numpy as np

from corpuscle.data.scene import Scene
from corpuscle.linking.base import Linker
from corpuscle.linking.learned.transformer import Transformer, Untrained
from corpuscle.linking.linkers import LINKERS
from corpuscle.linking.result import run_linker
from corpuscle.metrics.positions import score_estimates
from corpuscle.simulation.worlds import PRESETS, WORLDS

START, STEP = 10.0, 1.5
SHOWN = ("jaccard_association", "jaccard_measured", "jaccard_paper", "rmse")


def make_linkers(noise: float) -> dict[str, Linker]:
    """Make the linkers; `exact` knows the motion and is the ceiling of the association."""
    return {
        "exact": LINKERS["exact"](step=STEP, measurement_noise=noise, start_spread=START),
        "lap": LINKERS["lap"](gate=1e3),
        "nearest": LINKERS["nearest"](gate=1e3),
        "permutation": Transformer(weights="permutation"),
        "mse": Transformer(weights="mse"),
        "untrained": Untrained(),
        "constant": LINKERS["constant"](),
    }


def score(linker: Linker, scene: Scene) -> list[float]:
    """Score one linker on one scene."""
    linked = run_linker("", linker, scene.detections)
    values = score_estimates(linker.estimate(scene.detections, linked.links), linked.links, scene)
    return [values[name] for name in SHOWN]


def main(scenes: int) -> None:
    """Print one row a method: means over scenes with standard errors, and the paired differences from lap and exact."""
    for frames in (8, 32, 150):
        for noise in (1.0, 4.0, 7.0, 10.0):
            world = WORLDS["brownian"](**{**PRESETS["paper"], "frames": frames, "measurement_noise": noise})
            drawn = [world.simulate(np.random.default_rng([frames, int(noise), number])) for number in range(scenes)]
            found = {name: np.array([score(linker, scene) for scene in drawn])
                     for name, linker in make_linkers(noise).items()}  # fmt: skip
            for name, values in found.items():
                apart = [values[:, 0] - found[other][:, 0] for other in ("lap", "exact")]
                cells = [
                    f"{column.mean():.3f}±{column.std(ddof=1) / len(column) ** 0.5:.3f}"
                    for column in [*values.T, *apart]
                ]
                print(f"| {frames} | {noise:g} | {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
