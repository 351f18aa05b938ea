"""Weights in a file, with what they are weights of: settings, seed, version. Reading what they are needs no torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpuscle.data.optional import import_optional

if TYPE_CHECKING:
    from torch import nn

LARGEST = 2_000_000
"""The largest file that ships with the package [bytes]."""

INSTALL = "pip install 'corpuscle[learn]'"


class WeightsError(ValueError):
    """A file of weights that is missing, broken or of another net than the one it is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What weights are weights of.

    Args:
        net: the architecture, by the name of its method.
        layout: the version of that architecture; weights of another do not fit.
        settings: everything needed to build the net.
        training: how it was trained, empty where it was not.
        seed: where all chances of training came from.
        version: the version of this package that wrote them.
    """

    net: str
    layout: int
    settings: Mapping[str, Any]
    training: Mapping[str, Any]
    seed: int
    version: str


def write_weights(net: "nn.Module", path: Path, card: Card) -> None:
    """Write the weights of a net with their card, whole or not at all."""
    from safetensors.torch import save_file

    state = {name: value.detach().cpu().contiguous() for name, value in net.state_dict().items()}
    # one entry: safetensors writes several in any order, and the same net is to be the same file
    text = json.dumps({name: getattr(card, name) for name in Card.__dataclass_fields__})
    made = path.with_name(f".{path.name}.part")
    try:
        save_file(state, made, metadata={"card": text})
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def read_card(path: Path, *, net: str, layout: int) -> Card:
    """Read what a file's weights are weights of.

    Args:
        path: the file.
        net: the architecture that is asked for.
        layout: its version.

    Raises: WeightsError, when the file is missing, is no file of weights, or has weights of another architecture or
        layout; ImportError, when safetensors is not installed.
    """
    card = open_card(path, train=f"corpuscle train {net} -o RUN")
    if card.net != net:
        message = (
            f"{path}: expected weights of {net!r}, found those of {card.net!r}: name others, or train: corpuscle train "
            f"{net} -o RUN"
        )
        raise WeightsError(message)
    if card.layout != layout:
        message = (
            f"{path}: expected weights of layout {layout} of {net!r}, found layout {card.layout}, written by corpuscle "
            f"{card.version}: train again, or install that version"
        )
        raise WeightsError(message)
    return card


def open_card(path: Path, *, train: str) -> Card:
    """Read what a file's weights are weights of, whatever that is.

    Args:
        path: the file.
        train: the command that makes such weights, for the message.

    Raises: WeightsError, when the file is missing or is no file of weights; ImportError, when safetensors is not
        installed.
    """
    safe_open = import_safetensors()
    if not path.is_file():
        message = f"{path}: expected a file of weights, and there is none; train one: {train}"
        raise WeightsError(message)
    try:
        with safe_open(path, framework="numpy") as file:
            return Card(**json.loads(file.metadata()["card"]))
    except Exception as error:  # safetensors has errors of its own kind for each way a file can be broken
        message = (
            f"{path}: expected weights written by `corpuscle train` (safetensors with settings), found another file"
        )
        raise WeightsError(message) from error


def load_weights(net: "nn.Module", path: Path) -> None:
    """Put the weights of a file into a net that was built from its card.

    Raises: WeightsError, when names or shapes do not fit.
    """
    from safetensors.torch import load_file

    state, wanted = load_file(path), net.state_dict()
    for name in sorted(state.keys() | wanted.keys()):
        ours, theirs = (tuple(kind[name].shape) if name in kind else None for kind in (wanted, state))
        if ours != theirs:
            message = (
                f"{path}: expected {name} of shape {ours}, found {theirs}: these are weights of another net, or of "
                f"another version; train again"
            )
            raise WeightsError(message)
    net.load_state_dict(state)


def import_safetensors() -> Any:  # noqa: ANN401 - a function without stubs
    """Import what reads the head of a file.

    Raises: ImportError, saying what to install.
    """
    return import_optional("safetensors", f"trained nets need safetensors: {INSTALL}").safe_open


def import_torch() -> Any:  # noqa: ANN401 - a module
    """Import torch.

    Raises: ImportError, saying what to install.
    """
    return import_optional("torch", f"trained nets need torch: {INSTALL}")


def this_version() -> str:
    """Give the version of this package."""
    return metadata.version("corpuscle")
