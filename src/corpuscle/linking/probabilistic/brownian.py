"""Settings that linkers share whose particles walk: step, noise and drift, learned where nobody gave them."""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.data.estimates import Estimates
from corpuscle.data.links import Links
from corpuscle.data.settings import setting
from corpuscle.data.units import LENGTH, SPEED
from corpuscle.estimation.gate import TYPICAL, choose_gate
from corpuscle.linking.base import Linker
from corpuscle.linking.believed import filter_tracks

MEDIAN = {2: math.sqrt(2 * math.log(2)), 3: 1.5381722544550522}
"""The median length of a normal step, in standard deviations of one axis."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkLinker(Linker):
    """A linker of particles that walk, each perhaps with a drift of its own."""

    step: float | None = setting(
        None,
        "standard deviation of one step along each axis (mu); default from the nearest steps",
        unit=LENGTH,
        above=0,
    )
    measurement_noise: float | None = setting(
        None,
        "standard deviation of a measured coordinate (sigma); default the table's own, else 0",
        unit=LENGTH,
        least=0,
    )
    drift: float = setting(0.0, "standard deviation of the particles' drifts [length per frame]", unit=SPEED, least=0)
    smoothed: bool = setting(False, "believe in smoothed positions instead of filtered ones")

    def settle(self, detections: Detections) -> "WalkLinker":
        """Give the same linker with step and noise filled in."""
        step, noise = self.settled(detections)
        return dataclasses.replace(self, step=step, measurement_noise=noise)

    def settled(self, detections: Detections) -> tuple[float, float]:
        """Give step and measurement noise [length]."""
        noise = choose_noise(detections) if self.measurement_noise is None else float(self.measurement_noise)
        step = choose_step(detections, noise) if self.step is None else float(self.step)
        return step, noise

    def estimate(self, detections: Detections, links: Links) -> Estimates:
        """Filter along the links, or smooth."""
        step, noise = self.settled(detections)
        return filter_tracks(
            detections, links, noise**2, slot="position", process_noise=step, rate=float(self.drift),
            smoothed=self.smoothed,
        )  # fmt: skip


def choose_noise(detections: Detections) -> float:
    """Give the root mean square of the precisions that the table has; 0 where it has none [length]."""
    if detections.deviation is None or not len(detections):
        return 0.0
    return float(np.sqrt((detections.deviation**2).mean()))


def choose_step(detections: Detections, measurement_noise: float) -> float:
    """Give the step that the median distance to the nearest detection of the next frame suggests [length].

    That distance is taken for the median of a normal step with variance step^2 + 2 measurement_noise^2 an axis; at
    least a sixteenth of it is believed to be step.
    """
    if len(np.unique(detections.frame)) < 2:
        return 1.0
    total = (choose_gate(detections) / TYPICAL / MEDIAN[detections.position.shape[1]]) ** 2
    return math.sqrt(max(total - 2 * measurement_noise**2, total / 16)) or 1.0
