"""Where weights are: those that ship with the package by name, others by their path."""

from pathlib import Path

from corpuscle.linking.learned.shape import Shape
from corpuscle.nets.weights import Card, WeightsError, read_card

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
    path = find_weights(name)
    card = read_card(path, net=NET, layout=LAYOUT)
    wanted, found = set(Shape.__dataclass_fields__), set(card.settings)
    if wanted != found:
        differ = ", ".join(sorted(wanted ^ found))
        message = (
            f"{path}: expected weights with the settings of this version's {NET!r}, found others, which differ in "
            f"{differ}; written by corpuscle {card.version}: train again, or install that version"
        )
        raise WeightsError(message)
    return card
