"""Where particles begin."""

import math
from typing import Literal

import numpy as np
from jaxtyping import Float

Start = Literal["normal", "origin", "separated", "uniform"]

NEAREST = {2: 0.5, 3: 0.55396}
"""Mean distance to the nearest neighbour of uniform points, at one point in a unit area or volume."""


def count_columns(particles: int, dimensions: int) -> int:
    """Count the sites on one side of the smallest square or cubic grid that holds all particles.

    >>> count_columns(10, dimensions=2)
    4
    """
    columns = 1
    while columns**dimensions < particles:
        columns += 1
    return columns


def measure_side(particles: int, dimensions: int, *, spacing: float) -> float:
    """Give the side of a box in which uniform particles have a spacing, the mean distance to the nearest neighbour.

    It is 0.5 / sqrt(density) in the plane and 0.55396 / density^(1/3) in space (far from walls).

    Source: P. Hertz, Mathematische Annalen 67 (1909) 387.

    >>> measure_side(100, dimensions=2, spacing=10.0)
    200.0
    """
    return spacing / NEAREST[dimensions] * math.pow(max(particles, 1), 1 / dimensions)


def make_grid(particles: int, dimensions: int, *, spacing: float) -> Float[np.ndarray, "p d"]:
    """Give as many sites of a square or cubic grid as there are particles, row by row, centred on the origin.

    >>> make_grid(2, dimensions=2, spacing=20.0).tolist()
    [[-10.0, 0.0], [10.0, 0.0]]
    """
    columns = count_columns(particles, dimensions)
    site = np.arange(particles)[:, None] // columns ** np.arange(dimensions) % columns
    middle = (site[:1] + site.max(axis=0, initial=0)) / 2
    grid: Float[np.ndarray, "p d"] = (site - middle) * spacing
    return grid


def draw_starts(
    generator: np.random.Generator, count: int, dimensions: int, *, start: Start, size: float, particles: int
) -> Float[np.ndarray, "p d"]:
    """Draw where particles begin.

    Args:
        generator: where the chances come from.
        count: how many particles begin, those born later included.
        dimensions: 2 or 3.
        start: the kind of start.
        size: the standard deviation of a normal start, the side of a uniform one, the distance between neighbours of
            a separated one [length].
        particles: how many particles a separated start places on its grid; later ones take a site at random.

    >>> draw_starts(np.random.default_rng(0), 2, 2, start="origin", size=0.0, particles=2).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    if start == "normal":
        return generator.normal(0.0, size, (count, dimensions))
    if start == "uniform":
        return generator.uniform(-size / 2, size / 2, (count, dimensions))
    if start == "origin":
        return np.zeros((count, dimensions))
    later = generator.integers(0, max(particles, 1), count - particles)
    return make_grid(particles, dimensions, spacing=size)[np.append(np.arange(particles), later)]
