"""Linking frame to frame, worked out the long way."""

import math

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from corpuscle.data.detections import Detections, measure_clock
from corpuscle.linking.classical.kalman import KalmanLinker
from corpuscle.linking.classical.lap import FrameAssignment
from corpuscle.linking.classical.nearest import NearestNeighbour

Pairs = set[tuple[int, int]]


@st.composite
def crowds(draw: st.DrawFn, ties: bool = False) -> Detections:
    """Draw crowded detections; with ties, on a lattice, so that many distances are equal."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    space, frames = draw(st.sampled_from([2, 3])), draw(st.integers(2, 6))
    frame = random.integers(0, frames, draw(st.integers(0, 40)))
    position = random.uniform(0, 8, (len(frame), space))
    time = random.uniform(0.3, 2.0, frames).cumsum()[frame] if draw(st.booleans()) else None
    return Detections(frame, np.round(position) if ties else position, time=time)


def link_greedily(detections: Detections, gate: float, gap: int) -> Pairs:
    """Sort all pairs of open tracks and detections of a frame by their distance, and take the first that are free."""
    frame, position, clock = detections.frame, detections.position, measure_clock(detections)
    links: Pairs = set()
    tips: list[int] = []
    for number in sorted(set(frame.tolist())):
        tips = [tip for tip in tips if number - frame[tip] <= gap + 1]
        here = np.flatnonzero(frame == number).tolist()
        options = []
        for place, tip in enumerate(tips):
            for row in here:
                elapsed = float(clock[row] - clock[tip])
                squared = sum((a - b) ** 2 for a, b in zip(position[row].tolist(), position[tip].tolist(), strict=True))
                if math.sqrt(squared) <= gate * math.sqrt(elapsed) * (1 + 1e-12):
                    options.append((squared / elapsed, place, row, tip))
        free, open_tips = set(here), set(tips)
        for _, _, row, tip in sorted(options):
            if row in free and tip in open_tips:
                links.add((tip, row))
                free.remove(row)
                open_tips.remove(tip)
        tips = [tip for tip in tips if tip in open_tips] + here
    return links


def link_by_scipy(detections: Detections, gate: float, price: float) -> Pairs:
    """Solve each pair of neighbouring frames as a dense assignment, each row with a column for being left alone."""
    frame, position, clock = detections.frame, detections.position, measure_clock(detections)
    links: Pairs = set()
    for number in sorted(set(frame.tolist())):
        before, after = np.flatnonzero(frame == number), np.flatnonzero(frame == number + 1)
        if not len(before) or not len(after):
            continue
        elapsed = clock[after[0]] - clock[before[0]]
        cost = cdist(position[before], position[after], "sqeuclidean") / elapsed
        cost[cost > gate**2] = np.inf
        alone = np.full((len(before), len(before)), np.inf)
        np.fill_diagonal(alone, price)
        for row, column in zip(*linear_sum_assignment(np.concatenate([cost, alone], axis=1)), strict=True):
            if column < len(after):
                links.add((int(before[row]), int(after[column])))
    return links


def pairs(detections: Detections, linker: NearestNeighbour | FrameAssignment | KalmanLinker) -> Pairs:
    return {(earlier, later) for earlier, later in linker.link(detections).pair.tolist()}


@given(detections=crowds(), gate=st.sampled_from([0.5, 2.0, 100.0]), gap=st.integers(0, 3))
def test_nearest_is_greedy(detections: Detections, gate: float, gap: int) -> None:
    assert pairs(detections, NearestNeighbour(gate=gate, gap=gap)) == link_greedily(detections, gate, gap)


@given(detections=crowds(ties=True), gate=st.sampled_from([0.0, 1.0, 2.0, 100.0]))
def test_nearest_takes_the_first_rows_at_a_tie(detections: Detections, gate: float) -> None:
    detections = Detections(detections.frame, detections.position)  # at the gate's edge, elapsed times would round
    assert pairs(detections, NearestNeighbour(gate=gate)) == link_greedily(detections, gate, 0)


@given(detections=crowds(), gate=st.sampled_from([0.5, 2.0, 100.0]), price=st.sampled_from([None, 1.0, 3.0]))
def test_lap_is_scipy_frame_by_frame(detections: Detections, gate: float, price: float | None) -> None:
    linker = FrameAssignment(gate=gate, start_cost=price, end_cost=None if price is None else 0.0)
    assert pairs(detections, linker) == link_by_scipy(detections, gate, gate**2 if price is None else price)


@given(detections=crowds(), gate=st.sampled_from([0.5, 2.0]))
def test_kalman_without_noise_is_lap_in_pairs_of_frames(detections: Detections, gate: float) -> None:
    """A random walk that is measured exactly has no memory, and the gate is 3.5 steps."""
    regular = Detections(detections.frame % 2, detections.position)
    assert pairs(regular, KalmanLinker(step=gate / 3.5, gate=gate)) == link_by_scipy(regular, gate, gate**2)


@pytest.mark.parametrize("frames", [2, 5])
def test_lap_in_a_large_frame(frames: int) -> None:
    random = np.random.default_rng(3)
    detections = Detections(np.repeat(np.arange(frames), 400), random.uniform(0, 60, (400 * frames, 2)))
    assert pairs(detections, FrameAssignment(gate=6.0)) == link_by_scipy(detections, 6.0, 36.0)
