"""What is measured of a net of the grid: its costs, and what every epoch of its training came to."""

import csv
from pathlib import Path
from typing import Any

from corpuscle.identification.learned.form import open_form
from corpuscle.identification.learned.judge import NetJudge
from corpuscle.nets.shipped import FILE
from corpuscle.studies.patches.image_set import Dealt
from corpuscle.studies.pupil import TRAINED
from corpuscle.studies.store import read_json
from corpuscle.studies.study import Contender
from corpuscle.training.step_clock import clock_steps

STEPS = 9
"""Steps whose median time is taken."""

FOLLOWED = tuple(f"{part}_{what}" for part in ("training", "validation", "test") for what in ("accuracy", "loss"))
"""What is known of every epoch."""

DIGITS = 5
"""Digits that are kept of each."""


def measure_cell(method: Contender, judge: NetJudge, dealt: Dealt) -> dict[str, Any]:
    """Measure a net: what it costs, and what became of it.

    The time of a step is taken here, apart from training, which other processes share the machine with.
    """
    folder = Path(judge.weights)
    shape, trained = open_form(folder / FILE)[0].shape, read_json(folder / TRAINED)
    accelerator = trained.get("accelerator", "cpu")
    count = shape.count()
    taken = clock_steps(shape, batch=int(method.training["batch"]), steps=STEPS, accelerator=accelerator)
    curves = read_curves(folder / "history.csv")
    best = max(range(len(curves["validation_accuracy"])), key=lambda epoch: curves["validation_accuracy"][epoch])
    return {
        "parameters": count.parameters,
        "multiply_adds": count.multiply_adds,
        "training_seconds": trained["seconds"],
        "step_seconds": taken.wall,
        "step_processor_seconds": taken.processor,
        "accelerator": accelerator,
        "epochs": len(curves["test_accuracy"]),
        "test_images": len(dealt.test),
        **{name: values[-1] for name, values in curves.items()},
        "chosen_epoch": best,
        "chosen_test_accuracy": curves["test_accuracy"][best],
        **{f"curve_{name}": values for name, values in curves.items()},
    }


def read_curves(path: Path) -> dict[str, list[float]]:
    """Read what every epoch came to."""
    with path.open(newline="", encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    return {name: [float(f"{float(line[name]):.{DIGITS}g}") for line in lines] for name in FOLLOWED}
