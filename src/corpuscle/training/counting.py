"""The multiply-adds that torch does while something runs."""

from collections.abc import Callable

from corpuscle.nets.weights import import_torch


def count_operations(run: Callable[[], object]) -> int:
    """Count the multiply-adds of matrix products and convolutions inside a run.

    Attention is computed as plain products meanwhile: torch counts nothing of it otherwise on a CPU.

    >>> import torch
    >>> count_operations(lambda: torch.ones(2, 3) @ torch.ones(3, 4))
    24
    """
    import_torch()
    from torch.nn.attention import SDPBackend, sdpa_kernel
    from torch.utils.flop_counter import FlopCounterMode

    with sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        run()
    return int(counter.get_total_flops()) // 2
