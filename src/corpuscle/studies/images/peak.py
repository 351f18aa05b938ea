"""How much memory a net works in."""

import os
from typing import Any

from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.shape import VitShape
from corpuscle.training.image_cost import make_inputs

MEMORY = "[memory]"
"""The name that torch's profiler has for what was taken or given back."""


def find_peak(shape: VitShape | CnnShape, batch: int) -> int:
    """Find the most that a net's activations hold at once, without its weights, on the CPU [bytes].

    Args:
        shape: what the net is built from.
        batch: images that are judged at once.

    Raises: ImportError, when torch is not installed.
    """
    net, image = make_inputs(shape, batch, None, "cpu")
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # the profiler else speaks of itself
    import torch
    from torch.profiler import ProfilerActivity, profile

    with torch.inference_mode():
        net(image)
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as watched:
            net(image)
    events: Any = watched.profiler.kineto_results.events()
    changes = sorted((event.start_ns(), event.nbytes()) for event in events if event.name() == MEMORY)
    held = most = 0
    for _, change in changes:
        held += change
        most = max(most, held)
    return most
