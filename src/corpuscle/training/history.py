"""What every epoch of a training was: losses, accuracies, times."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field

from corpuscle.training.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """One epoch: its losses, over its batches as trained and of the net as it is used, and the time it took.

    Args:
        epoch: its number, from 0.
        step: the steps of the optimiser so far.
        training_loss: over its batches.
        validation_loss: of the net as it is used.
        training_accuracy: share of the images named rightly, over its batches as trained; None for other nets.
        validation_accuracy: share of the images named rightly.
        validation_auc: chance that of two images the one of the second class is found likelier to be; of two classes.
        test_loss: of images that nothing is chosen by, where it was asked for.
        test_accuracy: share of those named rightly.
        waited: the share of the time between its first batch and its last in which it waited for batches.
        seconds: between its first batch and its last, validation apart [s].
        step_seconds: mean time of one step, waiting apart [s].
    """

    epoch: int
    step: int
    training_loss: float
    validation_loss: float
    training_accuracy: float | None = None
    validation_accuracy: float | None = None
    validation_auc: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    waited: float = field(default=0.0, compare=False)  # a time: two runs of one seed are the same run
    seconds: float = field(default=0.0, compare=False)
    step_seconds: float = field(default=0.0, compare=False)


MEASURED = tuple(name for name in Epoch.__dataclass_fields__ if name.endswith(("_loss", "_accuracy", "_auc")))
"""What a trainer may measure."""


def write_history(run: Run, history: Sequence[Epoch]) -> None:
    """Write the epochs; what was measured in none of them has no column."""
    names = [name for name in Epoch.__dataclass_fields__ if any(getattr(row, name) is not None for row in history)]
    with run.history.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(names)
        table.writerows([getattr(row, name) for name in names] for row in history)
