"""What a fitter costs: parameters, multiply-adds, time, memory."""

import statistics
from dataclasses import dataclass

import numpy as np

from corpuscle.fitting.base import Fitter
from corpuscle.simulation.helical import Helix
from corpuscle.training.cost import REPEATS, clock, read_peak
from corpuscle.training.counting import count_operations

TRACKS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class FitCost:
    """What fitting tracks costs, in this process and beside nothing.

    Args:
        parameters: numbers that training sets; 0 where nothing is trained.
        multiply_adds: multiplications with an addition of one track, as torch counts them; None of a classical fitter.
        latency: median time of a run over all tracks [microseconds a track].
        memory: the most memory that the process has held, Python and libraries included [bytes]; None where the system
            does not say.
        tracks: how many were fitted at once.
        hits: of each, in the mean.
    """

    parameters: int
    multiply_adds: int | None
    latency: float
    memory: int | None
    tracks: int
    hits: float


def measure_fit_cost(fitter: Fitter, *, tracks: int = TRACKS, field: float | None = None) -> FitCost:
    """Measure what a fitter costs on simulated tracks, always the same.

    Args:
        fitter: the fitter.
        tracks: how many it fits at once.
        field: of the apparatus [T]; that of the helix world where None.

    Raises: ValueError, when the fitter is not made for the field.
    """
    world = Helix(tracks=tracks, tracks_per_event=tracks, field=Helix().field if field is None else field)
    hits = world.simulate(np.random.default_rng(0)).hits.collect_tracks()
    learned = getattr(fitter, "count_parameters", None)
    fitter.fit(hits, world.apparatus)  # compiles, and loads weights into the system's memory
    seconds = [clock(lambda: fitter.fit(hits, world.apparatus)) for _ in range(REPEATS)]
    counted = None if learned is None else count_operations(lambda: fitter.fit(hits, world.apparatus))
    return FitCost(
        parameters=0 if learned is None else learned(),
        multiply_adds=None if counted is None else round(counted / len(hits)),
        latency=1e6 * statistics.median(seconds) / len(hits),
        memory=read_peak(),
        tracks=len(hits),
        hits=len(hits.position) / len(hits),
    )
