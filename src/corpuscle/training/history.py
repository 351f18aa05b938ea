"""The losses of a training, epoch by epoch."""

import csv
from collections.abc import Sequence
from dataclasses import astuple, dataclass, field

from corpuscle.training.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One epoch: its losses, over its batches as trained and of the net as it is used, and what it waited for.

    Args:
        epoch: its number, from 0.
        step: the steps of the optimiser so far.
        training_loss: over its batches.
        validation_loss: of the net as it is used.
        waited: the share of the time between its first batch and its last in which it waited for batches.
    """

    epoch: int
    step: int
    training_loss: float
    validation_loss: float
    waited: float = field(default=0.0, compare=False)  # a time: two runs of one seed are the same run


def write_history(run: Run, history: Sequence[Epoch]) -> None:
    """Write the epochs."""
    with run.history.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(Epoch.__dataclass_fields__)
        table.writerows(astuple(row) for row in history)
