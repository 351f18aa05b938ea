"""Multiple hypothesis tracking: every permutation within a window, the best one kept."""

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections
from corpuscle.data.estimates import Estimates
from corpuscle.data.links import Links, no_links
from corpuscle.data.progress import follow
from corpuscle.data.settings import setting
from corpuscle.data.units import FRAMES, LENGTH, SPEED
from corpuscle.estimation.movement.series import Gains, find_gains
from corpuscle.estimation.murty_kernel import rank_tables
from corpuscle.linking.base import Domain, Linker
from corpuscle.linking.believed import filter_tracks
from corpuscle.linking.panel import Panel, lay_panel, read_permutations
from corpuscle.linking.probabilistic.brownian import choose_noise, choose_step
from corpuscle.linking.probabilistic.hypothesis import TooManyHypotheses, count_hypotheses, list_orders
from corpuscle.linking.probabilistic.mht_kernel import advance_hypotheses, price_hypotheses, search_windows
from corpuscle.linking.probabilistic.operations import count_shared


@dataclass(frozen=True, slots=True, kw_only=True)
class MultipleHypotheses(Linker):
    """One Kalman filter a particle, and the best of all permutations over a window; its oldest frame is committed.

    A hypothesis gives every particle a detection in each frame of the window; it costs the sum over frames and
    particles of (z - H x)' S^-1 (z - H x). The state is (position, rate) along each axis, x = F x + eta, with eta' in
    the `noise_slot`; it begins at the first frame with P = diag(nu'^2, velocity_spread^2). All filters share one
    covariance, for no measurement changes it, and hypotheses share the filters of what they have in common.

    While the N!^window hypotheses are at most `limit`, all are searched and the best is exact. Beyond, the `beam` best
    are kept in each frame (Murty's k best assignments over all of them). The precision of single detections is not
    used.

    Source: Mishra and Roudot, EUSIPCO (2024), section III.B; Reid, IEEE Trans. Automatic Control 24 (1979) 843; Cox and
    Hingorani, IEEE Trans. PAMI 18 (1996) 138.

    >>> detections = Detections(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [9.0, 0.0], [8.5, 0.0], [0.5, 0.0]]))
    >>> MultipleHypotheses(process_noise=1.0).link(detections).pair
    array([[0, 3], [1, 2]])
    """

    domain: ClassVar[Domain] = Domain(particles=(0, 200), misses=False)

    window: int = setting(8, "frames looked back on before a frame is committed (K)", unit=FRAMES, least=1)
    noise_slot: Literal["position", "velocity", "dwna"] = setting(
        "position", "where the process noise enters: position, velocity or both (discrete white noise acceleration)"
    )
    process_noise: float | None = setting(
        None, "standard deviation of the process noise (eta'); default from the nearest steps", unit=LENGTH, above=0
    )
    measurement_noise: float | None = setting(
        None, "standard deviation of a measured coordinate (nu'); default the table's own, else 0", unit=LENGTH, least=0
    )
    velocity_spread: float | None = setting(
        None, "standard deviation of the first velocity; default 0 for noise_slot=position, else process_noise",
        unit=SPEED, least=0,
    )  # fmt: skip
    limit: int = setting(1_000_000, "the most hypotheses", least=1)
    beam: int = setting(64, "hypotheses kept in each frame where a window has more than `limit`; 0: refuse", least=0)
    smoothed: bool = setting(False, "believe in smoothed positions instead of filtered ones")

    def settle(self, detections: Detections) -> "MultipleHypotheses":
        """Give the same linker with its noises and its velocity filled in."""
        noise = choose_noise(detections) if self.measurement_noise is None else float(self.measurement_noise)
        step = choose_step(detections, noise) if self.process_noise is None else float(self.process_noise)
        spread = self.velocity_spread
        if spread is None:
            spread = 0.0 if self.noise_slot == "position" else step
        return dataclasses.replace(self, process_noise=step, measurement_noise=noise, velocity_spread=float(spread))

    def link(self, detections: Detections) -> Links:
        """Link detections by the best hypothesis.

        Raises: TooManyHypotheses, when neither the window nor the beam fits the limit.
        """
        panel = lay_panel(detections)
        window = min(self.window, len(panel) - 1)
        if window < 1:
            return no_links()
        count = count_hypotheses(panel.particles, window)
        gains = self.settle(detections).find_gains(panel)
        if count <= self.limit:
            place = search_windows(
                panel.position, gains.elapsed, gains.gain, gains.spread, list_orders(panel.particles), window
            )
        else:
            self.check_beam(count, panel.particles)
            place = keep_beam(panel, gains, window, self.beam)
        return read_permutations(panel, place)

    def count_multiply_adds(self, *, frames: int, particles: int) -> int | None:
        """Count the multiply-adds of a sequence, half the operations of `count_shared`; none where the beam is used."""
        window = min(self.window, frames - 1)
        if count_hypotheses(particles, window) > self.limit:
            return None
        return frames * count_shared(particles, window) // 2

    def find_gains(self, panel: Panel) -> Gains:
        """Find the gains that all filters share; the linker is settled."""
        variance = np.full(len(panel), float(self.measurement_noise or 0.0) ** 2)
        return find_gains(
            panel.clock, variance, slot=self.noise_slot, process_noise=float(self.process_noise or 0.0),
            rate=float(self.velocity_spread or 0.0),
        )  # fmt: skip

    def check_beam(self, count: int, particles: int) -> None:
        """Refuse to search more hypotheses than the limit."""
        if not self.beam:
            raise TooManyHypotheses(count, self.limit, "window")
        if self.beam * particles > self.limit:
            raise TooManyHypotheses(self.beam * particles, self.limit, "beam")

    def estimate(self, detections: Detections, links: Links) -> Estimates:
        """Filter along the links, or smooth."""
        linker = self.settle(detections)
        return filter_tracks(
            detections, links, float(linker.measurement_noise or 0.0) ** 2, slot=self.noise_slot,
            process_noise=float(linker.process_noise or 0.0), rate=float(linker.velocity_spread or 0.0),
            smoothed=self.smoothed,
        )  # fmt: skip


def keep_beam(panel: Panel, gains: Gains, window: int, beam: int) -> Int[np.ndarray, "t n"]:
    """Keep the best hypotheses of each frame, and give the detection of each particle in each frame.

    As soon as `window` frames are open, the best hypothesis commits the oldest, and those that differ there are left.
    """
    frames, particles, space = panel.position.shape
    place = np.empty((frames, particles), dtype=np.int64)
    place[0] = np.arange(particles)
    states = np.zeros((1, particles, space, 2))
    states[0, :, :, 0] = panel.position[0]
    total: Float[np.ndarray, " h"] = np.zeros(1)
    history = np.empty((1, 0, particles), dtype=np.int64)
    for t in follow(range(1, frames), "linking"):
        elapsed, measured = float(gains.elapsed[t]), panel.position[t]
        tables = price_hypotheses(states, measured, elapsed, float(gains.spread[t]))
        parent, orders, total = rank_tables(tables, total, beam)
        states = advance_hypotheses(states, parent, orders, measured, elapsed, gains.gain[t])
        history = np.concatenate([history[parent], orders[:, None]], axis=1)
        if history.shape[1] == window:
            place[t - window + 1] = history[0, 0]
            agrees = (history[:, 0] == history[0, 0]).all(axis=1)
            states, total, history = states[agrees], total[agrees] - total[0], history[agrees, 1:]
    left = history.shape[1]
    place[frames - left :] = history[0]
    return place
