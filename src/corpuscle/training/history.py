"""The losses of a training, epoch by epoch."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from corpuscle.training.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """The losses of one epoch: over its batches as trained, and of the net as it is used."""

    epoch: int
    step: int
    training_loss: float
    validation_loss: float


def write_history(run: Run, history: Sequence[Epoch]) -> None:
    """Write the losses, epoch by epoch."""
    with run.history.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(Epoch.__dataclass_fields__)
        table.writerows([row.epoch, row.step, row.training_loss, row.validation_loss] for row in history)
