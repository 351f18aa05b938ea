"""Scenes like a user's own: a world with the motion, the density and the imperfections that were learned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from corpuscle.data.detections import Detections, split_frames
from corpuscle.data.scene import Scene, Truth
from corpuscle.data.settings import list_settings
from corpuscle.estimation.posterior.population import Population
from corpuscle.linking.base import Linker
from corpuscle.simulation.base import World
from corpuscle.simulation.mixed import Mixed
from corpuscle.simulation.start import measure_side

MOST_PARTICLES, MOST_FRAMES, LEAST_FRAMES = 100, 50, 10
"""How large a matched scene is at most: more particles and frames change a Jaccard little and cost time."""

ROWS = 200
"""Detections of a frame whose neighbours are looked at, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """How crowded the frames of some detections are.

    Args:
        particles: how many particles there are in a frame, missed ones included.
        spacing: mean distance between nearest neighbours among them [length].
        frames: how many frames there are, empty ones included.
        dimensions: 2 or 3.
    """

    particles: float
    spacing: float
    frames: int
    dimensions: int


def measure_crowd(detections: Detections, population: Population) -> Crowd:
    """Measure how crowded frames are: by the distance to the nearest neighbour, which knows where particles gather.

    Nearest neighbours are measured among all detections, scaled to the density of the particles alone, and freed of the
    edge of the field, near which neighbours are missing (`measure_edge`).

    Raises: ValueError, when no frame has two detections at two places.
    """
    frames, dimensions = split_frames(detections), detections.position.shape[1]
    span = int(detections.frame.max()) - int(detections.frame.min()) + 1
    found = [measure_nearest(detections.position[frames.rows_of(place)]) for place in choose_frames(len(frames))]
    nearest = np.concatenate([np.empty(0), *found])
    if not len(nearest) or not nearest.any():
        raise ValueError(
            "no frame has two detections at two places: there is nothing to confuse, any linker with a wide gate does"
        )
    seen = len(detections) / span
    particles = max((seen - population.false_rate) / population.detection_probability, 1.0)
    inside = float(nearest.mean()) / measure_edge(max(round(seen), 2), dimensions)
    spacing = inside * (seen / particles) ** (1 / dimensions)
    return Crowd(particles=particles, spacing=spacing, frames=span, dimensions=dimensions)


def measure_edge(count: int, dimensions: int) -> float:
    """Give by how much the edge of a square or cubic field lengthens the way to the nearest neighbour.

    So many uniform points are drawn again and again; few of them have a long way, thousands hardly any more than
    without an edge.

    >>> 1.0 < measure_edge(1000, 2) < 1.03 < 1.2 < measure_edge(5, 2)
    True
    """
    generator = np.random.default_rng(0)
    draws = int(np.clip(20_000 // count, 1, 2000))
    found = [measure_nearest(generator.random((count, dimensions))) for _ in range(draws)]
    side = measure_side(count, dimensions, spacing=1.0)
    return float(np.concatenate(found).mean()) * side


def choose_frames(count: int) -> Sequence[int]:
    """Choose up to fifty frames, evenly."""
    chosen: list[int] = np.unique(np.linspace(0, count - 1, min(count, 50)).astype(int)).tolist()
    return chosen


def measure_nearest(position: np.ndarray) -> np.ndarray:
    """Give the distance of some positions to the nearest other one, empty where there is none."""
    if len(position) < 2:
        return np.empty(0)
    from scipy.spatial import KDTree

    some = position[:: max(1, len(position) // ROWS)]
    distance: np.ndarray = KDTree(position).query(some, k=2)[0][:, 1]
    return distance


def match_world(population: Population, detections: Detections) -> World:
    """Make a world whose scenes are like some detections.

    Motion, noise, misses, false detections, births and deaths are those of the population; number and spacing of the
    particles are measured. Starts are uniform and the field reflects, so that the density stays. A scene has 100
    particles and 50 frames at most.

    Raises: ValueError, when no frame has two detections at two places.
    """
    crowd = measure_crowd(detections, population)
    particles = int(np.clip(round(crowd.particles), 1, MOST_PARTICLES))
    return Mixed(
        particles=particles,
        frames=int(np.clip(crowd.frames, LEAST_FRAMES, MOST_FRAMES)),
        dimensions=crowd.dimensions,
        start="uniform",
        spacing=crowd.spacing,
        field="reflecting",
        step=population.step,
        drift=population.rate,
        persistence=population.persistence,
        slow_step=population.slow_step,
        slow_share=population.slow_share,
        switching=population.switching,
        measurement_noise=population.measurement_noise,
        misses=1.0 - population.detection_probability,
        false_detections=population.false_rate / crowd.particles,
        births=population.birth_rate / crowd.particles,
        deaths=population.death_rate,
    )


def stretch_interval(world: World, factor: int, seed: int) -> Scene:
    """Draw a scene and keep every so many-th frame: what a longer frame interval would have shown."""
    whole = replace(world, frames=(world.frames - 1) * factor + 1).simulate(np.random.default_rng(seed))
    return take_every(whole, factor)


def raise_density(world: World, factor: float, seed: int) -> Scene:
    """Draw a scene of as many particles in a field so many times smaller, with as many false detections a volume."""
    spacing = world.chosen_spacing / factor ** (1 / world.dimensions)
    denser = replace(world, spacing=spacing, false_detections=world.false_detections / factor)
    return denser.simulate(np.random.default_rng(seed))


def stretch_population(population: Population, factor: int) -> Population:
    """Give the population as a frame interval so many times longer shows it.

    >>> stretch_population(Population(step=1.0, rate=0.5), 4)
    Population(step=2.0, rate=2.0, persistence=1.0, ...)
    """
    apart = np.abs(np.subtract.outer(np.arange(factor), np.arange(factor)))
    way = float(np.sqrt((population.persistence**apart).sum()))
    root = float(np.sqrt(factor))
    return replace(
        population,
        step=population.step * root,
        slow_step=population.slow_step * root,
        rate=population.rate * way,
        persistence=population.persistence**factor,
        switching=1 - (1 - population.switching) ** factor,
        birth_rate=population.birth_rate * factor,
        death_rate=1 - (1 - population.death_rate) ** factor,
    )


def take_every(scene: Scene, factor: int) -> Scene:
    """Keep every so many-th frame of a scene; particles that stand in none of them are gone."""
    if factor == 1:
        return scene
    detections, truth = scene.detections, scene.truth
    seen = detections.frame % factor == 0
    kept = truth.frame % factor == 0
    place = np.where(seen, np.cumsum(seen) - 1, -1)
    known = truth.detection if truth.detection is not None else np.full(len(truth), -1)
    detection = np.where(known[kept] >= 0, place[known[kept]], -1)
    return Scene(
        Detections(detections.frame[seen] // factor, detections.position[seen]),
        Truth(truth.track[kept], truth.frame[kept] // factor, truth.position[kept], detection),
    )


def tell_linker(method: type[Linker], population: Population) -> dict[str, Any]:
    """Give a linker the settings that were learned, where it has them: as good a start as a careful user would give it.

    A gate is four standard deviations of the way between two detections of a particle.
    """
    way = population.step**2 + population.rate**2 + 2 * population.measurement_noise**2
    told: dict[str, Any] = {
        "step": population.step,
        "process_noise": population.step,
        "measurement_noise": population.measurement_noise,
        "drift": population.rate,
        "persistence": population.persistence,
        "slow_step": population.slow_step,
        "slow_share": population.slow_share,
        "switching": population.switching,
        "misses": min(1.0 - population.detection_probability, 0.99),
        "false_detections": population.false_rate,
        "births": population.birth_rate,
        "deaths": min(population.death_rate, 0.99),
        "gap": population.choose_gap(),
        "gate": 4.0 * float(np.sqrt(way)),
        "motion": "drift" if population.rate > population.step else "walk",
    }
    names = {setting.name for setting in list_settings(method)}
    return {name: value for name, value in told.items() if name in names}
