"""When each particle begins and for how many frames it lives."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int


@dataclass(frozen=True, slots=True, eq=False)
class Lives:
    """The first frame of each particle, in ascending order, and the number of frames in which it stands (at least 1).

    The rows of a truth follow from it: particle by particle, in each the frames in order.

    >>> lives = Lives(birth=np.array([0, 0, 1]), lifetime=np.array([1, 3, 2]))
    >>> lives.track, lives.frame
    (array([0, 1, 1, 1, 2, 2]), array([0, 0, 1, 2, 1, 2]))
    >>> lives.living, lives.longest_first
    (array([3, 2, 1]), array([1, 2, 0]))
    """

    birth: Int[np.ndarray, " p"]
    lifetime: Int[np.ndarray, " p"]

    def __len__(self) -> int:
        return len(self.birth)

    @property
    def first_row(self) -> Int[np.ndarray, " p"]:
        """The row of each particle's first frame."""
        row: Int[np.ndarray, " p"] = np.cumsum(self.lifetime) - self.lifetime
        return row

    @property
    def track(self) -> Int[np.ndarray, " m"]:
        """The particle of each row."""
        return np.repeat(np.arange(len(self)), self.lifetime)

    @property
    def frame(self) -> Int[np.ndarray, " m"]:
        """The frame of each row."""
        before = np.repeat(self.first_row - self.birth, self.lifetime)
        number: Int[np.ndarray, " m"] = np.arange(len(before)) - before
        return number

    @property
    def longest_first(self) -> Int[np.ndarray, " p"]:
        """The particles from the longest life to the shortest: those that reach an age stand before all others."""
        order: Int[np.ndarray, " p"] = np.argsort(-self.lifetime, kind="stable")
        return order

    @property
    def living(self) -> Int[np.ndarray, " a"]:
        """How many particles reach each age, from age 0 (the first frame of each)."""
        ages = np.arange(max(1, int(self.lifetime.max(initial=0))))
        count: Int[np.ndarray, " a"] = len(self) - np.searchsorted(np.sort(self.lifetime), ages, side="right")
        return count


def draw_lives(
    generator: np.random.Generator, particles: int, frames: int, *, births: float = 0.0, deaths: float = 0.0
) -> Lives:
    """Draw when particles begin and end.

    Args:
        generator: where the chances come from.
        particles: how many there are in frame 0.
        frames: length of the sequence.
        births: mean number of new particles, for each initial one, in every frame after the first [per frame].
        deaths: chance of each particle to be gone in the next frame [per frame].

    >>> draw_lives(np.random.default_rng(0), 2, 5).lifetime
    array([5, 5])
    """
    born = generator.poisson(births * particles, frames)
    born[0] = particles
    birth = np.repeat(np.arange(frames), born)
    left = frames - birth
    if deaths > 0:
        left = np.minimum(generator.geometric(deaths, len(birth)), left)
    return Lives(birth, left)
