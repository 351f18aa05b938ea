"""What a net that reads images costs: parameters, multiply-adds, time, memory."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.shape import VitShape
from corpuscle.training.cost import REPEATS, read_peak


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCost:
    """What judging images costs, on one thread of the CPU.

    Args:
        parameters: numbers that training sets.
        multiply_adds: multiplications with an addition of one image, by formula.
        latency: median time of one batch, nothing else running in this process [microseconds an image].
        memory: the most memory that the process has held, Python and libraries included [bytes]; None where the system
            does not say.
        batch: images that are judged at once.
        channels: numbers a pixel has.
        size: rows and columns of an image [pixel].
    """

    parameters: int
    multiply_adds: int
    latency: float
    memory: int | None
    batch: int
    channels: int
    size: int


def measure_image_cost(shape: VitShape | CnnShape, *, batch: int = 1) -> ImageCost:
    """Measure what a net costs that has not been trained: training changes none of it.

    Args:
        shape: what the net is built from.
        batch: images that are judged at once.
    """
    count = shape.count()
    seconds = clock_batches(shape, batch)
    return ImageCost(
        parameters=count.parameters,
        multiply_adds=count.multiply_adds,
        latency=1e6 * seconds / batch,
        memory=read_peak(),
        batch=batch,
        channels=shape.channels,
        size=shape.size,
    )


def clock_batches(shape: VitShape | CnnShape, batch: int) -> float:
    """Give the median time of one batch [s]."""
    net = shape.build().eval()
    import torch

    from corpuscle.nets.threads import one_thread

    image = torch.randn(batch, shape.channels, shape.size, shape.size, generator=torch.Generator().manual_seed(0))
    with one_thread(), torch.inference_mode():
        net(image)  # the first run makes what later ones keep
        return statistics.median(clock(lambda: net(image)) for _ in range(REPEATS))


def clock(run: Callable[[], object]) -> float:
    """Give the time of one run [s]."""
    begin = time.perf_counter()
    run()
    return time.perf_counter() - begin
