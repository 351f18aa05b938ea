"""Nets of methods that learn: built from the settings of their weights, loaded, and placed where they run."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from corpuscle.nets.shipped import Architecture, describe_weights, find_weights
from corpuscle.nets.weights import import_torch, load_weights

if TYPE_CHECKING:
    from torch import nn


def read_shape(weights: str, kind: Architecture) -> Any:  # noqa: ANN401 - the shape of the architecture
    """Give what the net of some weights is built from."""
    return kind.shape(**describe_weights(weights, kind).settings)


def load_net(weights: str, kind: Architecture, make: "Callable[[Any], nn.Module]") -> "nn.Module":
    """Build the net of the weights' settings and load them."""
    net = make(read_shape(weights, kind)).eval()
    load_weights(net, find_weights(weights, kind))
    return net


def choose_device(accelerator: str) -> Any:  # noqa: ANN401 - torch's own type
    """Give the device that was asked for.

    Raises: ValueError, when a GPU is asked for and there is none.
    """
    torch = import_torch()
    if accelerator == "gpu" and not torch.cuda.is_available():
        message = "accelerator: a GPU was asked for, and torch finds none here: say accelerator=cpu"
        raise ValueError(message)
    return torch.device("cuda" if accelerator == "gpu" else "cpu")


def check_device(accelerator: str) -> None:
    """Refuse a GPU that is not there, whether the net will be asked or not.

    Raises: ValueError, when a GPU is asked for and there is none.
    """
    if accelerator != "cpu":
        choose_device(accelerator)
