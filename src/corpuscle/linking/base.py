"""What every linker is: its settings with one verb, where it may be used and what it promises."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Int

from corpuscle.data.detections import Detections
from corpuscle.data.estimates import Estimates
from corpuscle.data.links import Links
from corpuscle.data.settings import check_settings
from corpuscle.linking.believed import follow_tracks


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """The detections that a linker is made for.

    Args:
        particles: fewest and most detections in a frame.
        dimensions: the dimensions that it handles.
        misses: whether particles may be missed, appear and vanish.
        others: what to do with other detections.
    """

    particles: tuple[int, float] = (0, np.inf)
    dimensions: tuple[int, ...] = (2, 3)
    misses: bool = True
    others: str = "`corpuscle methods link` lists the others"

    def refuse(self, detections: Detections) -> str:
        """Say why some detections lie outside the domain; an empty text when they do not."""
        space = detections.position.shape[1]
        if space not in self.dimensions:
            return f"it is made for {' or '.join(f'{d}-D' for d in self.dimensions)}, and these are {space}-D"
        counts = np.unique(detections.frame, return_counts=True)[1]
        if not len(counts):
            return ""
        fewest, most = self.particles
        if counts.min() < fewest or counts.max() > most:
            wanted = f"{fewest:g}" if fewest == most else f"{fewest:g} to {most:g}"
            return f"it is made for {wanted} detections a frame, and here are {tell_range(counts)}"
        if not self.misses and counts.min() != counts.max():
            return f"it is made for the same particles in every frame, and here are {tell_range(counts)}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What holds for every result of a linker.

    Args:
        equivariant: a rigid motion of the detections changes nothing.
        deterministic: the same detections give the same links.
        probabilities: each link carries the probability that it is true.
        globally_best: no other set of links has a lower total cost under the linker's own costs.
    """

    equivariant: bool = True
    deterministic: bool = True
    probabilities: bool = False
    globally_best: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Linker(ABC):
    """A way to find which detection continues which."""

    domain: ClassVar[Domain] = Domain()
    promises: ClassVar[Promises] = Promises()

    def __post_init__(self) -> None:
        check_settings(self)

    def settle(self, detections: Detections) -> "Linker":
        """Give the same linker with the settings filled in that it takes from the detections."""
        return self

    @abstractmethod
    def link(self, detections: Detections) -> Links:
        """Link detections.

        Args:
            detections: what was measured, rows in any order.

        Returns:
            Pairs of row numbers, earlier first.
        """

    def learn(self, detections: Detections) -> tuple["Linker", tuple[str, ...]]:
        """Give the settled linker, and what it took from the detections and chose, one sentence each.

        Behind a length a sentence says ` {length}`, for the unit that only the table knows (`fill_length`).
        """
        return self.settle(detections), ()

    def estimate(self, detections: Detections, links: Links) -> Estimates:
        """Say where each particle is believed to be: without a filter, where it was detected.

        Args:
            detections: what was measured.
            links: what `link` made of it.
        """
        return follow_tracks(detections, links)


def tell_range(counts: Int[np.ndarray, " k"]) -> str:
    """Tell the least and the most of some counts.

    >>> tell_range(np.array([3, 3])), tell_range(np.array([2, 5]))
    ('3', '2 to 5')
    """
    least, most = int(counts.min()), int(counts.max())
    return f"{least}" if least == most else f"{least} to {most}"


def check_domain(linker: Linker, name: str, detections: Detections) -> None:
    """Refuse detections that a linker is not made for.

    Raises: ValueError, saying what it is made for and what came.
    """
    reason = linker.domain.refuse(detections)
    if reason:
        message = f"linker {name!r} cannot link these detections: {reason}; {linker.domain.others}"
        raise ValueError(message)
