"""What every trainer is: its settings, what it trains on, what it minimises."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol, runtime_checkable

from corpuscle.data.settings import check_settings, setting

if TYPE_CHECKING:
    from torch import Tensor, nn


WARM = 50
"""Steps over which the learning rate of a cosine schedule grows, where a trainer does not say."""


@runtime_checkable
class Numbered(Protocol):
    """Batches by number, each the same whenever it is asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int) -> "tuple[Tensor, ...]": ...


class Measures(NamedTuple):
    """What was measured of a batch.

    Args:
        value: by name, as columns of the history.
        weight: how many examples it is the mean of.
    """

    value: "dict[str, Tensor]"
    weight: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trainer(ABC):
    """A net, batches to learn from, and a loss. How they are put together is `loop`'s."""

    net: ClassVar[str]
    """The architecture, as its weights name it."""

    layout: ClassVar[int]
    """The version of the architecture."""

    small: ClassVar[bool] = False
    """Whether the net is so small that a second thread only waits for the first."""

    epochs: int = setting(50, "passes over the batches", least=1)
    learning_rate: float = setting(1e-3, "of Adam, at its highest", above=0)
    schedule: Literal["constant", "cosine"] = setting(
        "constant", "learning rate: constant, or growing at first and falling as a cosine"
    )
    patience: int | None = setting(
        None, "epochs without a better validation loss before training stops, the best weights kept; none: all", least=1
    )
    weight_decay: float = setting(
        0.0, "what AdamW takes off maps and kernels, as a share of the learning rate; 0: Adam", least=0
    )

    def __post_init__(self) -> None:
        check_settings(self)

    def gather_settings(self) -> dict[str, Any]:
        """Give every setting, for the folder of a run."""
        return asdict(self)

    @abstractmethod
    def describe_net(self) -> Mapping[str, Any]:
        """Give everything that the net is built from, as plain numbers."""

    @abstractmethod
    def build_net(self) -> "nn.Module":
        """Build the net; its random weights come from torch's generator."""

    @abstractmethod
    def make_batches(self, seed: int, epoch: int) -> Numbered:
        """Give the batches of an epoch."""

    @abstractmethod
    def make_held(self, seed: int) -> Numbered:
        """Give what validation measures, the same in every epoch."""

    def is_fresh(self) -> bool:
        """Tell whether every epoch has batches of its own."""
        return True

    def count_warm(self, steps: int) -> int:
        """Count the steps over which the learning rate of a cosine schedule grows, of so many in an epoch."""
        return WARM

    @abstractmethod
    def measure_loss(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the loss that training lowers."""

    @abstractmethod
    def measure_validation(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the loss of the net as it is used."""

    def measure_training(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> Measures:
        """Measure a batch as it is learned from: `training_loss`, and what else the history shows."""
        return Measures({"training_loss": self.measure_loss(net, batch)}, 1)

    def measure_held(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> Measures:
        """Measure what is held back: `validation_loss`, and what else the history shows."""
        return Measures({"validation_loss": self.measure_validation(net, batch)}, 1)
