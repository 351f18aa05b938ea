"""Where weights are: those that ship with the package by name, others by their path."""

from pathlib import Path

from corpuscle.nets.weights import Card, read_card

NET = "transformer"
"""The architecture, as its weights name it."""

LAYOUT = 1
"""Its version: another number where the same weights would mean another net."""

FOLDER = Path(__file__).parent / "weights"
FILE = "weights.safetensors"


def list_shipped() -> list[str]:
    """List the names of the weights that ship with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.safetensors"))


def find_weights(name: str) -> Path:
    """Give the file that a name of shipped weights, a file or the folder of a training run stands for.

    Raises: ValueError, when it stands for none; the message says which names there are.
    """
    if name in list_shipped():
        return FOLDER / f"{name}.safetensors"
    path = Path(name)
    if path.is_dir():
        return path / FILE
    if path.suffix or path.exists():
        return path
    message = (
        f"no weights {name!r}; there are {', '.join(list_shipped())}, or name a file or the folder of a run of "
        f"`corpuscle train {NET}`"
    )
    raise ValueError(message)


def describe_weights(name: str) -> Card:
    """Read what weights are weights of.

    Raises: ValueError, when there are none, or they are of another architecture or version.
    """
    return read_card(find_weights(name), net=NET, layout=LAYOUT)
