"""What every trainer is: its settings, what it trains on, what it minimises."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from corpuscle.data.settings import check_settings, setting

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer(ABC):
    """A net, examples drawn from a generator, and a loss. How they are put together is `loop`'s."""

    net: ClassVar[str]
    """The architecture, as its weights name it."""

    layout: ClassVar[int]
    """The version of the architecture."""

    small: ClassVar[bool] = False
    """Whether the net is so small that a second thread only waits for the first."""

    epochs: int = setting(50, "passes over the batches", least=1)
    batches: int = setting(6, "batches of one epoch", least=1)
    experiments: int = setting(1, "simulated sequences in a batch", least=1)
    fresh: bool = setting(False, "simulate new batches in every epoch instead of the same ones")
    learning_rate: float = setting(1e-3, "of Adam, at its highest", above=0)
    schedule: Literal["constant", "cosine"] = setting(
        "constant", "learning rate: constant, or growing over 50 steps and falling as a cosine"
    )
    patience: int | None = setting(
        None, "epochs without a better validation loss before training stops, the best weights kept; none: all", least=1
    )
    validation: int = setting(32, "simulated sequences that validation measures", least=1)

    def __post_init__(self) -> None:
        check_settings(self)

    @abstractmethod
    def describe_net(self) -> Mapping[str, Any]:
        """Give everything that the net is built from, as plain numbers."""

    @abstractmethod
    def build_net(self) -> "nn.Module":
        """Build the net; its random weights come from torch's generator."""

    @abstractmethod
    def draw_batch(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw a batch of so many examples."""

    def draw_validation(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw the examples that validation measures."""
        return self.draw_batch(generator, count)

    @abstractmethod
    def measure_loss(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the loss that training lowers."""

    @abstractmethod
    def measure_validation(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the loss of the net as it is used."""
