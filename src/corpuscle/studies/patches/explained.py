"""What the time of a training step comes from: least squares of time on layers, and on operations or parameters."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from corpuscle.identification.nets import find_shape
from corpuscle.studies.patches.published import SECONDS
from corpuscle.studies.verdict import Row


class Explained(NamedTuple):
    """A fit of times: time = begin + layer * layers + slope * what was counted.

    Args:
        begin: what every step takes [unit of the times].
        layer: what every layer adds.
        slope: what every million counted adds.
        share: of the variance that is explained (R squared).
    """

    begin: float
    layer: float
    slope: float
    share: float


def explain(
    time: Float[np.ndarray, " cell"], layers: Float[np.ndarray, " cell"], counted: Float[np.ndarray, " cell"]
) -> Explained:
    """Fit times by least squares.

    Args:
        time: of each cell.
        layers: of each cell.
        counted: of each cell: multiply-adds, or parameters.

    >>> layers, counted = np.array([0.0, 1, 2, 0]), np.array([1e6, 1e6, 2e6, 3e6])
    >>> [round(value, 6) for value in explain(3 + 2 * layers + counted / 1e6, layers, counted)]
    [3.0, 2.0, 1.0, 1.0]
    """
    known = np.stack([np.ones(len(time)), layers, counted / 1e6], axis=1)
    found = np.linalg.lstsq(known, time, rcond=None)[0]
    left, whole = time - known @ found, time - time.mean()
    share = 1 - float(left @ left) / float(whole @ whole) if (whole != 0).any() else float("nan")
    begin, layer, slope = found.tolist()
    return Explained(begin=begin, layer=layer, slope=slope, share=share)


def explain_rows(rows: Sequence[Row], counted: str) -> Explained:
    """Fit the times of steps [ms] of some rows of one machine."""
    time = np.array([1e3 * take_time(row) for row in rows])
    layers, counts = (np.array([float(row[name]) for row in rows]) for name in ("depth", counted))
    return explain(time, layers, counts)


def explain_published() -> Mapping[str, Explained]:
    """Fit the study's own Table 1 [s] by multiply-adds and by parameters.

    >>> {name: round(fit.share, 3) for name, fit in explain_published().items()}
    {'multiply_adds': 0.99, 'parameters': 0.876}
    """
    time, layers = np.array(list(map(float, SECONDS.values()))), np.array([float(depth) for _, depth in SECONDS])
    counts = [find_shape("cifar-vit", {"patch": patch, "depth": depth}).count() for patch, depth in SECONDS]
    return {
        name: explain(time, layers, np.array([float(getattr(count, name)) for count in counts]))
        for name in ("multiply_adds", "parameters")
    }


def take_time(row: Row) -> float:
    """Take the time of a step [s]: of the processor on a CPU, since others work there too; by the clock on a GPU."""
    return float(row["step_processor_seconds" if row["accelerator"] == "cpu" else "step_seconds"])
