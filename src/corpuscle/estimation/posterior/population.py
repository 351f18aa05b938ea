"""How the particles of a scene move, appear, vanish and are seen: the model that posteriors of links rest on."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

LENGTHS = ("step", "rate", "measurement_noise", "slow_step")
"""The parameters that are lengths, or lengths per frame."""

NOTHING = 1e-60
"""A share that is as good as none, also where nothing else is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Particles that move alike, each seen or missed on its own, among false detections.

    In one frame a particle moves by its velocity and a normal step: x' = x + v + N(0, step^2), and its velocity keeps
    its spread: v' = persistence v + N(0, (1 - persistence^2) rate^2), v ~ N(0, rate^2). Without a `rate` that is a
    random walk; with persistence 1 each particle has a drift of its own. A particle may be of a slow kind, with
    `slow_step` and without velocity, and change its kind from frame to frame with the chance `switching`.

    Args:
        step: standard deviation of one step along each axis (mu) [length].
        rate: standard deviation of the velocity along each axis [length per frame].
        persistence: correlation of a velocity with that of the frame before (phi).
        measurement_noise: standard deviation of a measured coordinate (sigma) [length].
        slow_step: standard deviation of one step of the slow kind [length].
        slow_share: share of the slow kind; 0: there is one kind.
        switching: chance a frame that a particle changes to a kind drawn anew.
        detection_probability: chance that a particle is detected in a frame.
        false_rate: mean number of false detections [per frame].
        birth_rate: mean number of new particles [per frame].
        death_rate: chance that a particle is gone in the next frame [per frame].
    """

    step: float
    rate: float = 0.0
    persistence: float = 1.0
    measurement_noise: float = 0.0
    slow_step: float = 0.0
    slow_share: float = 0.0
    switching: float = 0.0
    detection_probability: float = 1.0
    false_rate: float = 0.0
    birth_rate: float = 0.0
    death_rate: float = 0.0

    @property
    def complete(self) -> bool:
        """Whether every particle is detected in every frame, and nothing else is."""
        lossless = self.detection_probability == 1.0 and self.death_rate == 0.0
        return lossless and self.false_rate == 0.0 and self.birth_rate == 0.0

    def measure_in(self, unit: float) -> "Population":
        """Give the same population with lengths in another unit.

        >>> Population(step=1.0, rate=0.5).measure_in(0.5).step
        2.0
        """
        return replace(self, **{name: getattr(self, name) / unit for name in LENGTHS})

    def choose_gap(self, *, most: int = 5, share: float = 1e-3) -> int:
        """Choose how many missed frames a link may bridge, so that few detected continuations lie beyond.

        >>> Population(step=1.0, detection_probability=0.9).choose_gap()
        2
        """
        missed = (1.0 - self.detection_probability) * (1.0 - self.death_rate)
        gap = 0
        while gap < most and missed ** (gap + 1) > share:
            gap += 1
        return gap

    def weigh_continuations(self, gap: int) -> Float[np.ndarray, " g"]:
        """Give the chance that the next detection of a particle is 1, 2, ... gap + 1 frames away.

        >>> Population(step=1.0, detection_probability=0.5).weigh_continuations(1)
        array([0.5 , 0.25])
        """
        later = np.arange(gap + 1)
        survives = 1.0 - self.death_rate
        missed = survives * (1.0 - self.detection_probability)
        chance: Float[np.ndarray, " g"] = survives * self.detection_probability * missed**later
        return chance

    def weigh_ends(self, left: Int[np.ndarray, " n"], gap: int) -> Float[np.ndarray, " n"]:
        """Give the chance that a detection is the last of its track, where so many frames are left after it.

        A particle that is missed for longer than the gap counts as another one.

        >>> Population(step=1.0, detection_probability=0.5).weigh_ends(np.array([0, 1, 9]), 1)
        array([1.  , 0.5 , 0.25])
        """
        tail = np.append(1.0, 1.0 - np.cumsum(self.weigh_continuations(gap)))
        chance: Float[np.ndarray, " n"] = np.maximum(tail[np.minimum(left, gap + 1)], 0.0)
        return chance

    def weigh_starts(self, frames: int, particles: float) -> Float[np.ndarray, " f"]:
        """Give how many tracks are expected to begin with a detection in each frame.

        `particles` are there in the first frame; those not yet seen, and those born since, may be seen first in any
        later one.

        >>> Population(step=1.0, detection_probability=0.5).weigh_starts(3, 8.0)
        array([4., 2., 1.])
        """
        missed = (1.0 - self.detection_probability) * (1.0 - self.death_rate)
        if missed > 0.999:
            left = missed ** np.arange(frames)
            born = np.append(0.0, np.cumsum(left))[:frames]
        else:
            left = np.zeros(frames)
            few = min(frames, int(np.log(NOTHING) / np.log(max(missed, NOTHING))) + 1)
            left[:few] = missed ** np.arange(few)
            born = (1.0 - left) / (1.0 - missed)
        starts: Float[np.ndarray, " f"] = self.detection_probability * (particles * left + self.birth_rate * born)
        return starts

    def carry(self, frames: int, *, back: bool = False) -> Float[np.ndarray, "g 5"]:
        """Give how a state is carried over 1, 2, ... frames: x' = x + c v, v' = f v, and the covariance added.

        Args:
            frames: the most frames.
            back: whether time runs backwards, so that the last velocity is the one that leads away: x' = x + v'.

        Returns:
            For each number of frames c, f, and the added variance of x, covariance of x and v, variance of v. The
            step is not in it: over g frames it adds g step^2 to the variance of x.

        >>> Population(step=1.0, rate=2.0, persistence=0.5).carry(2)
        array([[1.  , 0.5 , 0.  , 0.  , 3.  ],
               [1.5 , 0.25, 3.  , 1.5 , 3.75]])
        """
        table = np.zeros((frames, 5))
        along, kept, here, both, there = 0.0, 1.0, 0.0, 0.0, 0.0
        fresh = (1.0 - self.persistence**2) * self.rate**2
        for frame in range(frames):
            if back:
                kept, both, there = (
                    kept * self.persistence,
                    both * self.persistence,
                    self.persistence**2 * there + fresh,
                )
                along, here, both = along + kept, here + 2.0 * both + there, both + there
            else:
                along, here, both = along + kept, here + 2.0 * both + there, both + there
                kept, both, there = (
                    kept * self.persistence,
                    both * self.persistence,
                    self.persistence**2 * there + fresh,
                )
            table[frame] = along, kept, here, both, there
        return table


def measure_volume(position: Float[np.ndarray, "n d"], least: float) -> float:
    """Give the area or volume of the box that has the same second moments as the positions [length^d].

    It does not depend on how the axes lie. No side is shorter than `least`.

    >>> round(measure_volume(np.random.default_rng(0).uniform(0.0, 10.0, (10_000, 2)), 1.0), -1)
    100.0
    """
    if len(position) < 2:
        return float(least ** position.shape[1])
    spread = np.linalg.eigvalsh(np.cov(position.T, bias=True))
    return float(np.prod(np.maximum(np.sqrt(12.0 * np.maximum(spread, 0.0)), least)))
