"""Controls: linkers that follow nothing, for the scores that cannot tell."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float

from corpuscle.data.detections import Detections
from corpuscle.data.estimates import Estimates
from corpuscle.data.links import Links, no_links
from corpuscle.data.settings import setting
from corpuscle.data.units import LENGTH
from corpuscle.linking.base import Domain, Linker, Promises
from corpuscle.linking.panel import lay_panel, read_permutations


@dataclass(frozen=True, slots=True, kw_only=True)
class ConstantPoints(Linker):
    """Believe that two particles never move: one point left and one right of the middle of all detections.

    The two detections of each frame are given to the two points at the least summed distance, and links join what one
    point was given. A score that pairs believed with true positions without a gate finds such points hard to tell
    from a tracker (`jaccard_paper`); this control says how much a figure is worth.

    Source: a control of this package for Mishra and Roudot, EUSIPCO (2024), section III.D.

    >>> detections = Detections(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [9.0, 0.0], [8.5, 0.0], [0.5, 0.0]]))
    >>> ConstantPoints().link(detections).pair
    array([[0, 3], [1, 2]])
    """

    domain: ClassVar[Domain] = Domain(particles=(2, 2), misses=False)
    promises: ClassVar[Promises] = Promises(equivariant=False)

    separation: float | None = setting(
        None, "distance between the points; default twice the spread of all detections", unit=LENGTH, above=0
    )

    def place_points(self, detections: Detections) -> Float[np.ndarray, "2 d"]:
        """Place the two points."""
        middle = detections.position.mean(axis=0)
        spread = float(np.sqrt(((detections.position - middle) ** 2).sum(axis=1).mean()))
        half = spread if self.separation is None else float(self.separation) / 2
        points = np.stack([middle, middle])
        points[:, 0] += [-half, half]
        return points

    def link(self, detections: Detections) -> Links:
        """Link what one point was given."""
        panel = lay_panel(detections)
        if len(panel) < 2:
            return no_links()
        points = self.place_points(detections)
        distance = np.linalg.norm(panel.position[:, :, None] - points, axis=3)
        crossed = distance[:, 0, 1] + distance[:, 1, 0] < distance[:, 0, 0] + distance[:, 1, 1]
        return read_permutations(panel, np.where(crossed[:, None], [1, 0], [0, 1]))

    def estimate(self, detections: Detections, links: Links) -> Estimates:
        """Believe in the two points, in every frame."""
        frame = np.unique(detections.frame)
        if not len(frame):
            return Estimates(frame, frame, np.empty((0, detections.position.shape[1])))
        points = self.place_points(detections)
        track = np.repeat(np.arange(2), len(frame))
        return Estimates(track, np.tile(frame, 2), points[track])
