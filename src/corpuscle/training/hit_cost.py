"""What a net that places hits costs: parameters, multiply-adds, time, memory."""

import statistics
from dataclasses import dataclass

from corpuscle.linking.learned.pair_embedding import INPUTS, build_embedding
from corpuscle.linking.learned.shape import EmbeddingShape
from corpuscle.nets.weights import import_torch
from corpuscle.training.cost import REPEATS, clock, read_peak
from corpuscle.training.counting import count_operations

HITS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class HitCost:
    """What placing hits costs, on one thread of the CPU; finding who is near whom is not in it.

    Args:
        parameters: numbers that training sets.
        multiply_adds: multiplications with an addition of one hit, as torch counts them.
        latency: median time of a run over all hits [microseconds a hit].
        memory: the most memory that the process has held, Python and libraries included [bytes]; None where the system
            does not say.
        together: hits that are placed at once.
    """

    parameters: int
    multiply_adds: int
    latency: float
    memory: int | None
    together: int


def measure_hit_cost(shape: EmbeddingShape, *, hits: int = HITS) -> HitCost:
    """Measure what a net costs: training changes none of it, so its weights are drawn.

    Args:
        shape: what the net is built from.
        hits: how many are placed at once.
    """
    torch = import_torch()
    from corpuscle.nets.threads import one_thread

    net, hit = build_embedding(shape).eval(), torch.rand(hits, INPUTS)
    with one_thread(), torch.inference_mode():
        counted = count_operations(lambda: net(hit))
        seconds = statistics.median(clock(lambda: net(hit)) for _ in range(REPEATS))
    return HitCost(
        parameters=sum(value.numel() for value in net.parameters()),
        multiply_adds=counted // hits,
        latency=1e6 * seconds / hits,
        memory=read_peak(),
        together=hits,
    )
