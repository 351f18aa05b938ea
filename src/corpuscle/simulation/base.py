"""What every world shares: particles begin, move, end and are measured, imperfectly."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.progress import follow
from corpuscle.data.scene import Scene, Truth
from corpuscle.data.settings import check_settings, setting
from corpuscle.data.units import FRAMES, LENGTH, RATE
from corpuscle.simulation.clutter import bound_frames, draw_false, draw_seen, join_scene
from corpuscle.simulation.field import end_at_edge, fold
from corpuscle.simulation.lives import Lives, draw_lives
from corpuscle.simulation.start import Start, count_columns, draw_starts, measure_side

SPACING: dict[Start, float] = {"separated": 20.0, "uniform": 10.0, "normal": 10.0, "origin": 10.0}
"""The spacing of each start where nobody named one [length]; of the last two it is the field's alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World(ABC):
    """A world is its settings; from a generator it makes scenes, each with its truth.

    A world says how particles move (`move`); when and where they begin, the edge of the field, measurement noise,
    missed and false detections are the same in all. Chances are drawn in that order, so that worlds that differ only
    in how they are measured have the same paths from the same seed.

    Source: z_t = y_t + omega_t with omega_t ~ N(0, measurement_noise^2 I), Mishra and Roudot, EUSIPCO 2024, Eq 3. The
    equation gives omega no index t; read here as new noise in every frame.
    """

    particles: int = setting(100, "particles in the first frame", least=0)
    frames: int = setting(50, "length of the sequence", unit=FRAMES, least=1)
    dimensions: int = setting(2, "2: a plane, 3: space", least=2, most=3)
    start: Literal["normal", "origin", "separated", "uniform"] | None = setting(
        None,
        "where particles begin: normal, origin, separated (a grid) or uniform (a box); "
        "none: uniform where spacing is given or the field has walls, else normal",
    )
    start_spread: float | None = setting(
        None,
        "standard deviation of a normal start; none: 10 (particles / 2)^(1 / dimensions)",
        unit=LENGTH,
        least=0,
    )
    spacing: float | None = setting(
        None,
        "mean distance to the nearest neighbour of a uniform start, which sets the side of the field (none: 10), or "
        "the distance between neighbours of a separated one (none: 20)",
        unit=LENGTH,
        above=0,
    )
    step: float = setting(1.5, "standard deviation of one step along each axis (mu)", unit=LENGTH, least=0)
    measurement_noise: float = setting(
        0.0, "standard deviation of a measured position along each axis (sigma)", unit=LENGTH, least=0
    )
    misses: float = setting(0.0, "chance that a detection is missed", least=0, most=1)
    false_detections: float = setting(
        0.0, "mean number of false detections a frame, for each particle in it", unit=RATE, least=0
    )
    births: float = setting(0.0, "mean number of new particles a frame, for each initial one", unit=RATE, least=0)
    deaths: float = setting(0.0, "chance a frame that a particle ends", unit=RATE, least=0, most=1)
    field: Literal["open", "reflecting", "periodic", "crossing"] = setting(
        "open",
        "edge of the field of view: open, reflecting, periodic or crossing (who leaves ends, and another enters)",
    )

    def __post_init__(self) -> None:
        check_settings(self)
        chosen, owner = self.chosen_start, type(self).__name__
        if self.start_spread is not None and chosen != "normal":
            message = f"{owner}.start_spread: only start=normal has one; leave it out, the start is {chosen}"
            raise ValueError(message)
        if self.spacing is not None and chosen in {"normal", "origin"} and self.field == "open":
            message = (
                f"{owner}.spacing: start={chosen} in an open field has none; leave it out, or say start=uniform, "
                f"start=separated, or a field with an edge"
            )
            raise ValueError(message)

    @abstractmethod
    def move(self, generator: np.random.Generator, living: Int[np.ndarray, " a"]) -> Iterator[Float[np.ndarray, "p d"]]:
        """Give how far particles are from where they began, age by age.

        Args:
            generator: where the chances come from.
            living: how many particles reach each age, never growing; those that do stand before all others.

        Returns:
            For each age one array of as many rows as particles reach it; zeros at age 0.
        """

    def simulate(self, generator: np.random.Generator) -> Scene:
        """Draw one scene.

        Detections are sorted by frame and shuffled within each. The truth is sorted by track, then frame; tracks are
        numbered in the order of their births; false detections do not stand in it.

        Args:
            generator: where all chances come from; the same state gives the same scene.

        >>> from corpuscle.simulation.brownian import Brownian
        >>> Brownian(particles=3, frames=4).simulate(np.random.default_rng(0)).detections
        Detections(12 detections, 4 frames, 2-D)
        """
        lives = draw_lives(generator, self.particles, self.frames, births=self.births, deaths=self.deaths)
        truth = self.look(lives, self.trace(generator, lives))
        measured = truth.position + generator.normal(0.0, self.measurement_noise, truth.position.shape)
        seen = draw_seen(generator, len(truth), misses=self.misses)
        return join_scene(generator, truth, measured, seen, self.draw_clutter(generator, truth))

    def trace(self, generator: np.random.Generator, lives: Lives) -> Float[np.ndarray, "m d"]:
        """Draw the path of every particle in every frame of its life, as if the field had no edge."""
        start = draw_starts(
            generator,
            len(lives),
            self.dimensions,
            start=self.chosen_start,
            size=self.start_size,
            particles=self.particles,
        )
        living, order, first = lives.living, lives.longest_first, lives.first_row
        position = np.empty((int(lives.lifetime.sum()), self.dimensions))
        for age, offset in enumerate(follow(self.move(generator, living), "simulating", len(living))):
            reached = order[: living[age]]
            position[first[reached] + age] = start[reached] + offset
        return position

    def look(self, lives: Lives, path: Float[np.ndarray, "m d"]) -> Truth:
        """Give the truth inside the field: paths folded, and particles ended at its edge where they cross it."""
        position = fold(path, self.side, field=self.field)
        if self.field != "crossing":
            return Truth(lives.track, lives.frame, position)
        order, track = end_at_edge(lives.track, lives.frame, path, self.side)
        return Truth(track, lives.frame[order], position[order])

    def draw_clutter(
        self, generator: np.random.Generator, truth: Truth
    ) -> tuple[Int[np.ndarray, " k"], Float[np.ndarray, "k d"]]:
        """Draw false detections over the field, or over the box around the particles where the field is open.

        That box is never narrower than ten steps, measurement noise included, so that a lone particle does not have
        all false detections upon it.
        """
        mean = float(self.false_detections) * np.bincount(truth.frame, minlength=self.frames)
        if self.field == "open":
            narrowest = 10 * float(np.hypot(self.step, self.measurement_noise))
            low, width = bound_frames(truth.frame, truth.position, self.frames, narrowest=narrowest)
        else:
            width = np.full((self.frames, self.dimensions), self.side)
            low = -width / 2
        return draw_false(generator, mean, low, width)

    @property
    def chosen_start(self) -> Start:
        """The kind of start, chosen from the other settings where it was not named."""
        if self.start is not None:
            return self.start
        return "normal" if self.spacing is None and self.field == "open" else "uniform"

    @property
    def chosen_spacing(self) -> float:
        """The spacing, where nobody named one its default [length]."""
        return SPACING[self.chosen_start] if self.spacing is None else self.spacing

    @property
    def side(self) -> float:
        """The side of a field with walls, and of the box of a uniform start [length]."""
        if self.chosen_start == "separated":
            return self.chosen_spacing * count_columns(self.particles, self.dimensions)
        return measure_side(self.particles, self.dimensions, spacing=self.chosen_spacing)

    @property
    def start_size(self) -> float:
        """The size of the start: spread, side or distance between neighbours, as its kind has it [length]."""
        if self.chosen_start == "separated":
            return self.chosen_spacing
        if self.chosen_start == "uniform":
            return self.side
        return 10.0 * (self.particles / 2) ** (1 / self.dimensions) if self.start_spread is None else self.start_spread
