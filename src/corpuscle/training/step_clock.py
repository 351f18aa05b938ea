"""How long one step of training takes, measured apart from training."""

import contextlib
import statistics
import time
from dataclasses import dataclass

from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.shape import VitShape
from corpuscle.nets.weights import import_torch

WARMING = 2
"""Steps that are not counted: the first ones make room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTime:
    """The median time of one step: forward, backward, optimiser.

    Args:
        wall: on the clock, with whatever else the machine does meanwhile [s].
        processor: of this process on the CPU [s]; on a GPU it says little.
    """

    wall: float
    processor: float


def clock_steps(shape: VitShape | CnnShape, *, batch: int, steps: int, accelerator: str = "cpu") -> StepTime:
    """Take the time of training steps on images by chance, on one thread of the CPU or on a GPU.

    Args:
        shape: what the net is built from.
        batch: images of a step.
        steps: how many are timed.
        accelerator: cpu or gpu.
    """
    torch = import_torch()
    from corpuscle.nets.threads import one_thread

    gpu = accelerator == "gpu"
    device = torch.device("cuda" if gpu else "cpu")
    with torch.random.fork_rng(devices=[]), contextlib.nullcontext() if gpu else one_thread():
        torch.manual_seed(0)
        net = shape.build().to(device).train()
        optimizer = torch.optim.AdamW(net.parameters())
        image = torch.randn(batch, shape.channels, shape.size, shape.size, device=device)
        wanted = torch.randint(0, shape.outputs, (batch,), device=device)
        taken = []
        for _ in range(WARMING + steps):
            begin = time.perf_counter(), time.process_time()
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(net(image), wanted).backward()
            optimizer.step()
            if gpu:
                torch.cuda.synchronize()
            taken.append((time.perf_counter() - begin[0], time.process_time() - begin[1]))
    wall, processor = (statistics.median(times) for times in zip(*taken[WARMING:], strict=True))
    return StepTime(wall=wall, processor=processor)
