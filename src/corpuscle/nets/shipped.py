"""Where weights are: those that ship with the package by name, others by their path."""

from dataclasses import dataclass, fields
from pathlib import Path

from corpuscle.nets.weights import Card, WeightsError, read_card

FILE = "weights.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """A kind of net that has weights.

    Args:
        net: its name, that of its method.
        layout: its version: another number where the same weights would mean another net.
        shape: what it is built from.
        room: the folder of the nets' weights that ship with the package, a folder each.
    """

    net: str
    layout: int
    shape: type
    room: Path

    @property
    def folder(self) -> Path:
        """Where the weights are that ship with the package."""
        return self.room / self.net


def list_shipped(kind: Architecture) -> list[str]:
    """List the names of the weights that ship with the package."""
    return sorted(path.stem for path in kind.folder.glob("*.safetensors"))


def find_weights(name: str, kind: Architecture) -> Path:
    """Give the file that a name of shipped weights, a file or the folder of a training run stands for.

    Raises: ValueError, when it stands for none; the message says which names there are.
    """
    if name in list_shipped(kind):
        return kind.folder / f"{name}.safetensors"
    path = Path(name)
    if path.is_dir():
        return path / FILE
    if path.suffix or path.exists():
        return path
    message = (
        f"no weights {name!r}; there are {', '.join(list_shipped(kind))}, or name a file or the folder of a run of "
        f"`corpuscle train {kind.net}`"
    )
    raise ValueError(message)


def describe_weights(name: str, kind: Architecture) -> Card:
    """Read what weights are weights of.

    Raises: ValueError, when there are none, or they are of another architecture or version.
    """
    path = find_weights(name, kind)
    card = read_card(path, net=kind.net, layout=kind.layout)
    wanted, found = {field.name for field in fields(kind.shape)}, set(card.settings)
    if wanted != found:
        differ = ", ".join(sorted(wanted ^ found))
        message = (
            f"{path}: expected weights with the settings of this version's {kind.net!r}, found others, which differ in "
            f"{differ}; written by corpuscle {card.version}: train again, or install that version"
        )
        raise WeightsError(message)
    return card
