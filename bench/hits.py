"""Measure the TrackML score against a loop over tracks: `python -m bench.hits --hits 100000 --repeats 5`."""

import argparse
import time
from collections import Counter
from pathlib import Path

import numpy as np

from bench.page import use_one_thread, write_section
from corpuscle.metrics.trackml import score_hits

SECTION = """## TrackML score

What this shows: what it takes to score an event, beside the challenge's own way, a loop over the hits of each track
(rows sorted by track, a counter a track). {hits} hits of {particles} particles and noise, 10 % of the hits put into
another track; one thread, processor time, in alternation; medians of {repeats} repeats, least and most in
brackets; the ratio is the median of the ratios within a repeat. Both scores are equal to 1e-12.

    python -m bench.hits --hits {hits} --repeats {repeats} --out docs/benchmarks.md

| how | milliseconds an event | times faster |
|---|---|---|
{rows}
"""

Hits = tuple[np.ndarray, np.ndarray, np.ndarray]


def draw(count: int, particles: int, generator: np.random.Generator) -> Hits:
    """Draw an event: tracks, particles with identifiers of TrackML's size, weights; a tenth of the hits misplaced."""
    particle = generator.integers(0, particles, count)
    weight = np.where(particle > 0, generator.random(count), 0.0)
    track = np.where(generator.random(count) < 0.1, generator.integers(0, particles, count), particle)
    return track, particle * 2**45, weight / weight.sum()


def score_by_loop(track: np.ndarray, particle: np.ndarray, weight: np.ndarray) -> float:
    """Score track by track, hit by hit."""
    size = Counter(particle.tolist())
    order = np.argsort(track, kind="stable")
    rows = zip(track[order].tolist(), particle[order].tolist(), weight[order].tolist(), strict=True)
    score, now = 0.0, None
    inside: list[tuple[int, float]] = []
    for row in [*rows, (None, 0, 0.0)]:
        if row[0] != now:
            score += judge(inside, size)
            now, inside = row[0], []
        inside.append(row[1:])
    return score / float(weight.sum())


def judge(inside: list[tuple[int, float]], size: Counter[int]) -> float:
    """Give what one track is worth."""
    if not inside:
        return 0.0
    shared = Counter(one for one, _ in inside)
    majority = min(shared, key=lambda one: (-shared[one], one))
    good = 2 * shared[majority] > len(inside) and 2 * shared[majority] > size[majority]
    return sum(heavy for one, heavy in inside if one == majority) if good else 0.0


def measure(count: int, particles: int, repeats: int) -> tuple[list[float], list[float]]:
    """Give the seconds of both ways, repeat by repeat."""
    fast, slow = [], []
    for repeat in range(repeats):
        hits = draw(count, particles, np.random.default_rng(repeat))
        begin = time.process_time()
        found = score_hits(*hits).score
        middle = time.process_time()
        expected = score_by_loop(*hits)
        fast.append(middle - begin)
        slow.append(time.process_time() - middle)
        if abs(found - expected) > 1e-12:
            message = f"scores differ: {found} and {expected}"
            raise RuntimeError(message)
    return fast, slow


def main() -> None:
    """Measure and print; write the section when asked to."""
    use_one_thread("bench.hits")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hits", type=int, default=100_000)
    parser.add_argument("--particles", type=int, default=10_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    measure(1000, 100, 1)  # compiles
    fast, slow = measure(asked.hits, asked.particles, asked.repeats)
    rows = [
        f"| {name} | {1e3 * np.median(spent):.1f} ({1e3 * min(spent):.1f}-{1e3 * max(spent):.1f}) | {ratio:.1f} |"
        for name, spent, ratio in (
            ("loop over tracks", slow, 1.0),
            ("corpuscle", fast, float(np.median(np.array(slow) / np.array(fast)))),
        )
    ]
    text = SECTION.format(rows="\n".join(rows), hits=asked.hits, particles=asked.particles, repeats=asked.repeats)
    print(text)
    if asked.out:
        write_section(asked.out, text)


if __name__ == "__main__":
    main()
