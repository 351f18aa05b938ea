"""Link millions of detections with `marginal`, and say what it takes: `python bench/many.py --detections 10000000`."""

import argparse
import resource
import sys
import time

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.linking.probabilistic.marginal import PosteriorLinks

PARTICLES, STEP, NOISE, MISSES, SPACING = 5000, 1.5, 0.3, 0.02, 10.0
GIB = 2**20 if sys.platform != "darwin" else 2**30
"""The unit of `ru_maxrss`, kilobytes on Linux and bytes on macOS, in GiB."""


def draw(detections: int, generator: np.random.Generator) -> Detections:
    """Draw walkers in a reflecting field, some of them missed, without holding what no detection is."""
    frames = round(detections / PARTICLES / (1 - MISSES))
    side = np.sqrt(PARTICLES) * 2 * SPACING
    place = generator.uniform(0, side, (PARTICLES, 2))
    position = np.empty((frames * PARTICLES, 2))
    for frame in range(frames):
        measured = place[generator.permutation(PARTICLES)] + generator.normal(0, NOISE, (PARTICLES, 2))
        position[frame * PARTICLES : (frame + 1) * PARTICLES] = measured
        place = np.abs(place + generator.normal(0, STEP, (PARTICLES, 2)))
        place = side - np.abs(side - place)
    seen = generator.random(len(position)) >= MISSES
    return Detections(np.repeat(np.arange(frames), PARTICLES)[seen], position[seen])


def main() -> None:
    """Draw, link, and print detections, links, seconds and the peak of memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--detections", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    detections = draw(asked.detections, np.random.default_rng(asked.seed))
    linker = PosteriorLinks(
        step=STEP, drift=0.0, persistence=1.0, measurement_noise=NOISE, misses=MISSES, false_detections=0.0, births=0.0,
        deaths=0.0,
    )  # fmt: skip
    begin = time.perf_counter()
    links = linker.link(detections)
    spent = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIB
    print(f"{len(detections):,} detections, {len(links):,} links, {spent:.0f} s, peak {peak:.2f} GiB")


if __name__ == "__main__":
    main()
