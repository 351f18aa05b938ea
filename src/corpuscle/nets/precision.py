"""Half precision inside a net only: what is measured enters it in single precision."""

import contextlib
from typing import Literal

import torch
from torch import Tensor

Precision = Literal["single", "bfloat16", "float16"]

INSIDE = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def round_inside(precision: Precision, device: torch.device) -> "contextlib.AbstractContextManager[object]":
    """Compute in half precision inside the block, where asked for.

    Args:
        precision: single: as it is; bfloat16, float16: products in 16 bits, sums and norms in 32.
        device: where.
    """
    if precision == "single":
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=INSIDE[precision])


def refuse_half(value: Tensor, what: str) -> None:
    """Refuse coordinates, or residuals of them, in half precision.

    Raises: ValueError, with the reason.

    >>> refuse_half(torch.zeros(1, dtype=torch.bfloat16), "residuals")
    Traceback (most recent call last):
    ...
    ValueError: residuals: expected single precision, not bfloat16: ...
    """
    if value.dtype in INSIDE.values():
        name = str(value.dtype).removeprefix("torch.")
        message = (
            f"{what}: expected single precision, not {name}: coordinates rounded to 16 bits alone make the error of "
            f"q/pT 1.3 (float16) to 6.5 (bfloat16) times as large at 10 GeV; say precision={name} for the layers behind"
        )
        raise ValueError(message)
