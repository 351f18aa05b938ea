"""What linking some detections will give, told before any linking: by scenes like them, whose truth is known."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.progress import follow
from corpuscle.data.scene import Scene, true_links
from corpuscle.data.settings import build_method, describe_settings
from corpuscle.estimation.learn import Learned, learn_population
from corpuscle.estimation.posterior.population import Population
from corpuscle.linking.base import Linker, check_domain
from corpuscle.linking.linkers import LINKERS
from corpuscle.metrics.links import score_links
from corpuscle.simulation.base import World
from corpuscle.studies.linking.matching import (
    Crowd,
    match_world,
    measure_crowd,
    raise_density,
    stretch_interval,
    stretch_population,
    tell_linker,
)
from corpuscle.studies.verdict import mean_and_error

INTERVALS, DENSITIES = (1, 2, 4, 8), (1, 2, 4)
"""How much longer frame intervals, and how much higher densities, are tried."""

BARS = (0.9, 0.5)
"""The Jaccards below which linking counts as no longer sure, and as lost."""

DEFAULT = "marginal"
"""The linker whose links are foreseen where nobody names one: it is told what was learned, as `auto` tells itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """What is expected at one frame interval or density.

    Args:
        factor: how many times longer or denser than the detections.
        jaccard: mean link Jaccard over scenes.
        error: its standard error.
        low: the link Jaccard that nine of ten scenes reach.
        high: the one that one of ten reaches.
        diffusion_bias: by how much, as a share, wrong and missing links move a diffusion coefficient; NaN unknown.
        diffusion_error: its standard error.
    """

    factor: float
    jaccard: float
    error: float
    low: float
    high: float
    diffusion_bias: float
    diffusion_error: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trackability:
    """What linking will give.

    Args:
        learned: what was learned from the detections.
        crowd: how crowded their frames are.
        ratio: the way of a particle in a frame, along one axis, over the spacing.
        linker: the linker that was tried, with its settings.
        scenes: how many scenes were simulated at each level.
        intervals: what is expected as frames are taken less often.
        densities: what is expected as particles stand closer.
    """

    learned: Learned
    crowd: Crowd
    ratio: float
    linker: str
    scenes: int
    intervals: tuple[Level, ...]
    densities: tuple[Level, ...]

    @property
    def here(self) -> Level:
        """What is expected of the detections as they are."""
        return self.intervals[0]

    def list_values(self) -> dict[str, Any]:
        """Give everything as plain values."""
        population = self.learned.population
        learned = {
            name: {"value": float(getattr(population, name)), "error": float(self.learned.error.get(name, np.nan))}
            for name in population.__dataclass_fields__
        }
        return {
            "learned": learned,
            "particles": self.crowd.particles,
            "spacing": self.crowd.spacing,
            "step_over_spacing": self.ratio,
            "linker": self.linker,
            "scenes": self.scenes,
            "intervals": [list_level(level) for level in self.intervals],
            "densities": [list_level(level) for level in self.densities],
            "limits": {
                f"{bar:g}": {"interval": find_limit(self.intervals, bar), "density": find_limit(self.densities, bar)}
                for bar in BARS
            },
        }


def list_level(level: Level) -> dict[str, float]:
    """Give the values of a level by name."""
    return {name: float(getattr(level, name)) for name in level.__dataclass_fields__}


def find_limit(levels: Sequence[Level], bar: float) -> float:
    """Find the factor at which the mean Jaccard falls below a bar, between levels along the logarithm of the factor.

    Returns:
        The factor; 0 where it is below at the first level already, infinity where it is above at the last.

    >>> made = [Level(factor=k, jaccard=j, error=0, low=0, high=0, diffusion_bias=0, diffusion_error=0)
    ...         for k, j in ((1, 1.0), (4, 0.8))]
    >>> find_limit(made, 0.9)
    2.0
    """
    if levels[0].jaccard < bar:
        return 0.0
    for before, after in itertools.pairwise(levels):
        if after.jaccard < bar:
            share = (before.jaccard - bar) / (before.jaccard - after.jaccard)
            return float(before.factor * (after.factor / before.factor) ** share)
    return float("inf")


def foresee(
    detections: Detections,
    *,
    method: str = DEFAULT,
    scenes: int = 10,
    seed: int = 0,
    learn: Callable[[Detections], Learned] = learn_population,
) -> Trackability:
    """Foresee what linking some detections will give.

    Parameters are learned from the detections, scenes like them are simulated, linked by a linker that is told those
    parameters, and scored against their truth. At a longer frame interval every k-th frame of longer scenes is kept; at
    a higher density the particles of a scene stand in a smaller field. All levels have the same seeds.

    Args:
        detections: what was measured.
        method: the linker.
        scenes: scenes at each level.
        seed: where the chances of the first scene come from.
        learn: what learns the parameters.

    Raises: ValueError, when there is too little to learn from, no frame has two particles, the linker is unknown or
        not made for such detections.
    """
    linker_class = LINKERS[method]
    if scenes < 2:
        message = f"expected 2 scenes or more, so that there is an interval, not {scenes}"
        raise ValueError(message)
    learned = learn(detections)
    population, crowd = learned.population, measure_crowd(detections, learned.population)
    world = match_world(population, detections)
    check_domain(build_told(linker_class, population), method, world.simulate(np.random.default_rng(seed)).detections)
    jobs = [("interval", factor) for factor in INTERVALS] + [("density", factor) for factor in DENSITIES[1:]]
    found: dict[tuple[str, int], list[tuple[float, float]]] = {job: [] for job in jobs}
    for (kind, factor), number in follow([(job, number) for job in jobs for number in range(scenes)], "foreseeing"):
        told = stretch_population(population, factor) if kind == "interval" else thin(population, world, factor)
        scene = draw(world, kind, factor, seed + number)
        found[kind, factor].append(try_scene(build_told(linker_class, told), scene, population.measurement_noise))
    levels = {job: make_level(job[1], np.array(values)) for job, values in found.items()}
    return Trackability(
        learned=learned,
        crowd=crowd,
        ratio=measure_way(population) / crowd.spacing,
        linker=describe_settings(build_told(linker_class, population)),
        scenes=scenes,
        intervals=tuple(levels["interval", factor] for factor in INTERVALS),
        densities=(levels["interval", 1], *(levels["density", factor] for factor in DENSITIES[1:])),
    )


def measure_way(population: Population) -> float:
    """Give the standard deviation of a particle's way in a frame, along one axis, over both kinds [length].

    >>> measure_way(Population(step=3.0, rate=4.0))
    5.0
    """
    quick = population.step**2 + population.rate**2
    return float(np.sqrt((1 - population.slow_share) * quick + population.slow_share * population.slow_step**2))


def build_told(method: type[Linker], population: Population) -> Linker:
    """Make a linker that is told what was learned."""
    linker: Linker = build_method(method, tell_linker(method, population))
    return linker


def thin(population: Population, world: World, factor: int) -> Population:
    """Give the population of a scene in a smaller field, where false detections are fewer."""
    return replace(population, false_rate=world.false_detections * world.particles / factor)


def draw(world: World, kind: str, factor: int, seed: int) -> Scene:
    """Draw a scene of a level."""
    return stretch_interval(world, factor, seed) if kind == "interval" else raise_density(world, factor, seed)


def try_scene(linker: Linker, scene: Scene, noise: float) -> tuple[float, float]:
    """Link a scene; give the Jaccard, and by which share the diffusion coefficient of its links is off."""
    links = linker.settle(scene.detections).link(scene.detections)
    true = measure_diffusion(true_links(scene.truth), scene.detections, noise)
    ours = measure_diffusion(links, scene.detections, noise)
    return score_links(links, scene.truth).jaccard, ours / true - 1 if true > 0 else float("nan")


def measure_diffusion(links: Links, detections: Detections, noise: float) -> float:
    """Measure a diffusion coefficient along links, from steps of one frame: <step^2> / (2 dimensions) - noise^2.

    The noise of both ends is taken off; motion with a velocity counts as diffusion.

    Returns:
        The coefficient [length^2 per frame]; NaN without links.

    Source: Michalet, Physical Review E 82 (2010) 041914, the mean squared displacement at one frame.

    >>> detections = Detections(np.array([0, 1]), np.array([[0.0, 0.0], [2.0, 0.0]]))
    >>> measure_diffusion(Links(np.array([[0, 1]])), detections, 0.0)
    1.0
    """
    pair = links.pair[np.diff(detections.frame[links.pair], axis=1)[:, 0] == 1] if len(links) else links.pair
    if not len(pair):
        return float("nan")
    step: Float[np.ndarray, "m d"] = detections.position[pair[:, 1]] - detections.position[pair[:, 0]]
    return float((step**2).mean() / 2 - noise**2)


def make_level(factor: float, values: Float[np.ndarray, "n 2"]) -> Level:
    """Sum up the scenes of a level."""
    jaccard, error = mean_and_error(values[:, 0])
    low, high = np.quantile(values[:, 0], (0.1, 0.9))
    bias, bias_error = mean_and_error(values[np.isfinite(values[:, 1]), 1])
    return Level(
        factor=factor, jaccard=jaccard, error=error, low=float(low), high=float(high), diffusion_bias=bias,
        diffusion_error=bias_error,
    )  # fmt: skip
