"""What a method costs: parameters, multiply-adds, time, memory."""

import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.linking.base import Linker
from corpuscle.linking.result import run_linker
from corpuscle.simulation.worlds import PRESETS, WORLDS
from corpuscle.training.counting import count_operations

REPEATS = 5
"""Runs of which the median is the latency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What linking one sequence costs.

    Args:
        parameters: numbers that training sets; 0 where nothing is trained.
        multiply_adds: multiplications with an addition, by formula; where they depend on the data and something is
            learned, as torch counts them; None of other linkers.
        latency: median time of one sequence, nothing else running in this process [microseconds a frame].
        memory: the most memory that the process has held, Python and libraries included [bytes]; None where the system
            does not say.
        frames: frames of the sequence.
        particles: detections in each.
    """

    parameters: int
    multiply_adds: int | None
    latency: float
    memory: int | None
    frames: int
    particles: int


def measure_cost(name: str, linker: Linker, *, frames: int = 150, particles: int | None = None) -> Cost:
    """Measure what a linker costs on a simulated sequence, run after run and never beside another.

    Args:
        name: its name.
        linker: the linker.
        frames: frames of the sequence.
        particles: detections in each; default the fewest, from 2 on, that the linker is made for.

    Raises: ValueError, when the sequence is not what the linker is made for.
    """
    count = particles if particles is not None else max(2, int(linker.domain.particles[0]))
    detections = draw_sequence(frames, count)
    run_linker(name, linker, detections)  # compiles, and loads weights into the system's memory
    seconds = [clock(lambda: run_linker(name, linker, detections)) for _ in range(REPEATS)]
    counted = getattr(linker, "count_multiply_adds", None)
    learned = getattr(linker, "count_parameters", None)
    return Cost(
        parameters=0 if learned is None else learned(frames=frames, particles=count),
        multiply_adds=count_run(name, linker, detections)
        if counted is None
        else counted(frames=frames, particles=count),
        latency=1e6 * statistics.median(seconds) / frames,
        memory=read_peak(),
        frames=frames,
        particles=count,
    )


def count_run(name: str, linker: Linker, detections: Detections) -> int | None:
    """Count the multiply-adds of what was learned, on one sequence; None where nothing was."""
    if not hasattr(linker, "count_parameters"):
        return None
    return count_operations(lambda: run_linker(name, linker, detections))


def draw_sequence(frames: int, particles: int) -> Detections:
    """Draw the published motion, always the same."""
    world = WORLDS["brownian"](
        **{**PRESETS["paper"], "particles": particles, "frames": frames, "measurement_noise": 7.0}
    )
    detections: Detections = world.simulate(np.random.default_rng(0)).detections
    return detections


def clock(run: Callable[[], object]) -> float:
    """Give the time of one run [s]."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin


def read_peak() -> int | None:
    """Give the most memory that this process has held [bytes]."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)
