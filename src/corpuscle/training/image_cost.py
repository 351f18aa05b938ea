"""What a net that reads images costs: parameters, multiply-adds, time, memory."""

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.preparation import Preparation
from corpuscle.nets.images.shape import VitShape
from corpuscle.nets.placed import choose_device
from corpuscle.nets.weights import import_torch
from corpuscle.training.cost import REPEATS, clock, read_peak

if TYPE_CHECKING:
    from torch import nn

ROWS = 25
"""Lines of a profile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCost:
    """What judging images costs, on one thread of the CPU or on a GPU.

    Args:
        parameters: numbers that training sets.
        multiply_adds: multiplications with an addition of one image, by formula.
        latency: median time of one batch, nothing else running in this process [microseconds an image].
        memory: the most memory that the process has held, Python and libraries included, or that the GPU has [bytes];
            None where the system does not say.
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


def measure_image_cost(
    shape: VitShape | CnnShape,
    *,
    batch: int = 1,
    preparation: Preparation | None = None,
    nets: int = 1,
    accelerator: str = "cpu",
) -> ImageCost:
    """Measure what a net costs: training changes none of it, so its weights are drawn.

    Args:
        shape: what the net is built from.
        batch: images that are judged at once.
        preparation: how pixels are made ready for it, where it was trained.
        nets: how many judge together.
        accelerator: cpu, or gpu.

    Raises: ValueError, when a GPU is asked for and there is none.
    """
    count = nets * shape.count()
    net, image = make_inputs(shape, batch, preparation, accelerator)
    seconds = nets * clock_batches(net, image)
    return ImageCost(
        parameters=count.parameters,
        multiply_adds=count.multiply_adds,
        latency=1e6 * seconds / batch,
        memory=read_peak() if accelerator == "cpu" else int(import_torch().cuda.max_memory_allocated()),
        batch=batch,
        channels=image.shape[1],
        size=image.shape[2],
    )


def make_inputs(
    shape: VitShape | CnnShape, batch: int, preparation: Preparation | None, accelerator: str
) -> "tuple[nn.Module, Any]":
    """Make a net and a batch for it, where it is to run."""
    torch = import_torch()
    from corpuscle.nets.images.prepared import PreparedNet

    device = choose_device(accelerator)
    pixels = (shape.channels, shape.size, shape.size) if preparation is None else preparation.shape
    net = shape.build() if preparation is None else PreparedNet(preparation, shape.build())
    image = torch.randn(batch, *pixels, generator=torch.Generator().manual_seed(0))
    return net.eval().to(device), image.to(device)


def clock_batches(net: "nn.Module", image: Any) -> float:  # noqa: ANN401 - a tensor, torch being imported later
    """Give the median time of one batch [s]."""
    import torch

    from corpuscle.nets.threads import one_thread

    with one_thread(), torch.inference_mode():
        net(image)  # the first run makes what later ones keep
        return statistics.median(clock(lambda: judge(net, image)) for _ in range(REPEATS))


def judge(net: "nn.Module", image: Any) -> None:  # noqa: ANN401 - a tensor
    """Judge one batch, to its end on a GPU."""
    if net(image).is_cuda:
        import_torch().cuda.synchronize()


def profile_net(
    shape: VitShape | CnnShape, *, batch: int = 1, preparation: Preparation | None = None, accelerator: str = "cpu"
) -> str:
    """Give what torch does for one batch, operation by operation, as its profiler tells it.

    Attention is computed as plain products, so that its operations are counted.
    """
    net, image = make_inputs(shape, batch, preparation, accelerator)
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.profiler import ProfilerActivity, profile

    from corpuscle.nets.threads import one_thread

    kinds = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if accelerator == "gpu" else [])]
    order = "self_cuda_time_total" if accelerator == "gpu" else "self_cpu_time_total"
    with one_thread(), torch.inference_mode(), sdpa_kernel(SDPBackend.MATH):
        net(image)
        with profile(activities=kinds, with_flops=True, profile_memory=True) as profiler:
            net(image)
    return str(profiler.key_averages().table(sort_by=order, row_limit=ROWS)) + "\n"
