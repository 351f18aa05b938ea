"""Detections in the order of their frames, with what is known of how they were measured."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections, split_frames
from corpuscle.estimation.posterior.population import Population, measure_volume

REACH = 4.5
"""Candidates lie within so many standard deviations of a displacement; one in 25,000 lies beyond in the plane."""

LONGEST_HOLE = 200
"""Frames to which longer holes are shortened: twice what a link may bridge, so that nothing leads across."""


@dataclass(frozen=True, slots=True, eq=False)
class Scenery:
    """Detections in the order of their frames, with what is known of how they were measured.

    Args:
        position: where each is [length].
        start: first of each frame that has any, and one past the last.
        number: those frames' numbers.
        variance: variance of each measured coordinate, where the table knows it [length^2].
        volume: area or volume in which tracks begin [length^d]; default the box around the detections.
        particles: how many particles there are in a frame; default as many as the detections suggest.
        gate: how far a particle moves at most in one frame, where that is known; farther over missed frames [length].
        finest: no spread is taken for smaller than this [length]: positions are only so fine.
    """

    position: Float[np.ndarray, "n d"]
    start: Int[np.ndarray, " f_and_1"]
    number: Int[np.ndarray, " f"]
    variance: Float[np.ndarray, " n"] | None = None
    volume: float | None = None
    particles: float | None = None
    gate: float | None = None
    finest: float = 0.0

    def __len__(self) -> int:
        return len(self.position)

    @property
    def frame(self) -> Int[np.ndarray, " n"]:
        """The frame of each detection, from 0."""
        return np.repeat(self.number - self.number[:1], np.diff(self.start))

    @property
    def frames(self) -> int:
        """How many frames there are, those without detections among them."""
        return int(self.number[-1] - self.number[0]) + 1 if len(self.number) else 0

    def measure_noise(self, population: Population) -> float:
        """Give the root mean square of the measurement noise [length]."""
        return population.measurement_noise if self.variance is None else float(np.sqrt(self.variance.mean()))

    def count_particles(self, population: Population) -> float:
        """Give how many particles there are in a frame."""
        if self.particles is not None:
            return self.particles
        return max(len(self) / max(self.frames, 1) - population.false_rate, 0.1) / population.detection_probability


def lay_scenery(detections: Detections, first: int = 0, last: int | None = None) -> Scenery:
    """Sort detections by frame, or some of the frames that have any.

    >>> lay_scenery(Detections(np.array([3, 2, 3]), np.array([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]]))).position[:, 0]
    array([2., 1., 3.])
    """
    frames = split_frames(detections)
    last = len(frames) if last is None else last
    rows = frames.rows[frames.start[first] : frames.start[last]]
    variance = None if detections.deviation is None else (detections.deviation[rows] ** 2).mean(axis=1)
    return Scenery(
        np.ascontiguousarray(detections.position[rows]), frames.start[first : last + 1] - frames.start[first],
        shorten_holes(frames.number[first:last].astype(np.int64)), variance,
    )  # fmt: skip


def shorten_holes(number: Int[np.ndarray, " f"]) -> Int[np.ndarray, " f"]:
    """Give frame numbers without the holes that are far too long for any link: of what nobody saw there is no end.

    >>> shorten_holes(np.array([4, 5, 1_000_000]))
    array([  4,   5, 205])
    """
    apart = np.minimum(np.diff(number), LONGEST_HOLE)
    shortened: Int[np.ndarray, " f"] = number[:1].repeat(len(number)) + np.append(0, np.cumsum(apart))[: len(number)]
    return shortened


def measure_field(scenery: Scenery, population: Population) -> float:
    """Give the area or volume in which tracks begin: what is known, or that of the detections [length^d]."""
    if scenery.volume is not None:
        return scenery.volume
    scale = max(population.step, population.rate, population.slow_step, scenery.measure_noise(population), 1e-97)
    return max(measure_volume(scenery.position, REACH * scale), 1e-290)
