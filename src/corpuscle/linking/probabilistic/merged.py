"""Weigh all hypotheses, merging those that agree over the last frames."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links, no_links
from corpuscle.data.settings import setting
from corpuscle.data.units import FRAMES, LENGTH
from corpuscle.estimation.movement.series import Gains, find_gains
from corpuscle.linking.base import Domain, Promises
from corpuscle.linking.panel import Panel, lay_panel, read_steps
from corpuscle.linking.probabilistic.brownian import WalkLinker
from corpuscle.linking.probabilistic.hypothesis import TooManyHypotheses, count_hypotheses, list_orders
from corpuscle.linking.probabilistic.merged_kernel import merge_many, merge_pair
from corpuscle.linking.probabilistic.operations import count_merged

WINDOW = 8
"""The window where nobody gave one and the limit allows it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedHypotheses(WalkLinker):
    """Per-survivor processing: hypotheses that agree over the last `window` frames go on as one.

    Every hypothesis is weighed by its likelihood, exp(-1/2 sum of (z - H x)' S^-1 (z - H x)), under the exact motion
    (a walk, with `drift` a drift constant for each particle). Where two come to agree over the last `window` frames
    their weights are added and their states averaged by weight. A link is decided when it leaves the window, by its
    probability summed over all survivors: the links with the largest expected number of right ones, not the single
    best hypothesis. The precision of single detections is not used.

    Source: Raheli, Polydoros and Tzou, IEEE Trans. Communications 43 (1995) 354, per-survivor processing, here with
    summed weights and averaged states; motion and noise of Mishra and Roudot, EUSIPCO (2024), Eqs 2-3.

    >>> detections = Detections(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [9.0, 0.0], [8.5, 0.0], [0.5, 0.0]]))
    >>> MergedHypotheses(step=1.0).link(detections).probability
    array([1., 1.])
    """

    domain: ClassVar[Domain] = Domain(particles=(1, 7), misses=False)
    promises: ClassVar[Promises] = Promises(probabilities=True)

    start_spread: float | None = setting(
        None, "standard deviation of where particles begin, about their middle; default nothing is known", unit=LENGTH,
        least=0,
    )  # fmt: skip
    window: int | None = setting(
        None, "frames over which hypotheses are told apart (w); default 8, fewer where `limit` asks it", unit=FRAMES,
        least=1,
    )  # fmt: skip
    limit: int = setting(20_000, "the most hypotheses at once, N!^window", least=1)

    def count_multiply_adds(self, *, frames: int, particles: int) -> int | None:
        """Count the multiply-adds of a sequence of two particles, half the operations of `count_merged`."""
        return frames * count_merged(self.window or WINDOW) // 2 if particles == 2 else None

    def settle(self, detections: Detections) -> "MergedHypotheses":
        """Give the same linker with step, noise and window filled in."""
        step, noise = self.settled(detections)
        window = self.choose_window(lay_panel(detections))
        return dataclasses.replace(self, step=step, measurement_noise=noise, window=window)

    def link(self, detections: Detections) -> Links:
        """Link detections by the probability of each link.

        Raises: TooManyHypotheses, when the window that was asked for has more than the limit.
        """
        panel = lay_panel(detections)
        if len(panel) < 2:
            return no_links()
        window = self.choose_window(panel)
        gains = self.find_gains(detections, panel)
        if panel.particles != 2:
            return read_steps(panel, *decide_many(panel, gains, window))
        return read_same(panel, decide_pair(panel, gains, window))

    def choose_window(self, panel: Panel) -> int:
        """Settle the window: what was given, or as much as the limit allows."""
        wanted = WINDOW if self.window is None else self.window
        least = wanted if self.window is not None else 1
        window = min(wanted, max(len(panel), 1))
        while window > least and count_hypotheses(panel.particles, window) > self.limit:
            window -= 1
        count = count_hypotheses(panel.particles, window)
        if count > self.limit:
            raise TooManyHypotheses(count, self.limit, "window")
        return window

    def find_gains(self, detections: Detections, panel: Panel) -> Gains:
        """Find the gains that all filters share."""
        step, noise = self.settled(detections)
        start = None if self.start_spread is None else float(self.start_spread)
        return find_gains(
            panel.clock, np.full(len(panel), noise**2), slot="position", process_noise=step, rate=float(self.drift),
            start=start,
        )  # fmt: skip


def decide_pair(panel: Panel, gains: Gains, window: int) -> Float[np.ndarray, " links"]:
    """Give for two particles the probability that each link keeps their places."""
    difference = (panel.position[:, 0] - panel.position[:, 1]) / np.sqrt(2.0)
    return merge_pair(difference, gains.elapsed, gains.gain, gains.spread, window)


def decide_many(
    panel: Panel, gains: Gains, window: int
) -> tuple[
    Int[np.ndarray, "links n"], Float[np.ndarray, "links n"], Int[np.ndarray, "links n"], Float[np.ndarray, "links n"]
]:
    """Give for any number of particles where each link leads and how likely, its runner-up and how likely that is."""
    centred = panel.position - panel.position[0].mean(axis=0)
    return merge_many(centred, gains.elapsed, gains.gain, gains.spread, list_orders(panel.particles), window)


def read_same(panel: Panel, same: Float[np.ndarray, " links"]) -> Links:
    """Give the likelier links of two particles, and their probabilities; the other particle is the runner-up."""
    keeps = same >= 0.5
    step = np.where(keeps[:, None], [0, 1], [1, 0])
    likely = np.repeat(np.where(keeps, same, 1 - same)[:, None], 2, axis=1)
    return read_steps(panel, step, likely, np.tile([1, 0], (len(same), 1)), 1 - likely)
