"""Trainers whose batches are drawn from a generator: what a simulator makes, or a sample of what there is."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from corpuscle.data.settings import setting
from corpuscle.training.base import Trainer

if TYPE_CHECKING:
    from torch import Tensor

STREAM = {"training": 0, "validation": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnTrainer(Trainer):
    """A net, examples drawn from a generator, and a loss."""

    batches: int = setting(6, "batches of one epoch", least=1)
    experiments: int = setting(1, "simulated sequences in a batch", least=1)
    fresh: bool = setting(False, "simulate new batches in every epoch instead of the same ones")
    validation: int = setting(32, "simulated sequences that validation measures", least=1)

    @abstractmethod
    def draw_batch(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw a batch of so many examples."""

    def draw_validation(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw the examples that validation measures."""
        return self.draw_batch(generator, count)

    def make_batches(self, seed: int, epoch: int) -> "Drawn":
        """Give the batches of an epoch."""
        return Drawn(self, seed, epoch=epoch, stream="training", count=self.batches, examples=self.experiments)

    def make_held(self, seed: int) -> "Drawn":
        """Give what validation measures: one batch."""
        return Drawn(self, seed, epoch=0, stream="validation", count=1, examples=self.validation)

    def is_fresh(self) -> bool:
        """Tell whether every epoch has batches of its own."""
        return self.fresh


class Drawn:
    """Batches by number, each drawn from the seed, the epoch and its number, and drawn once."""

    def __init__(self, trainer: DrawnTrainer, seed: int, *, epoch: int, stream: str, count: int, examples: int) -> None:
        self.count, self.examples = count, examples
        self.source = (seed, STREAM[stream], epoch)
        self.draw = trainer.draw_batch if stream == "training" else trainer.draw_validation
        self.drawn: dict[int, tuple[Tensor, ...]] = {}

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, number: int) -> "tuple[Tensor, ...]":
        if number not in self.drawn:
            generator = np.random.default_rng([*self.source, number])
            self.drawn[number] = self.draw(generator, self.examples)
        return self.drawn[number]
