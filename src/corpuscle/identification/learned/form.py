"""What a trained net that names images is made of; reading it needs no torch."""

import functools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpuscle.data.settings import build_method
from corpuscle.identification.nets import IMAGE_NETS, find_shape
from corpuscle.nets.images.cnn_shape import CnnShape
from corpuscle.nets.images.preparation import Preparation
from corpuscle.nets.images.shape import VitShape
from corpuscle.nets.shipped import FILE
from corpuscle.nets.weights import Card, WeightsError, import_torch, load_weights, open_card

if TYPE_CHECKING:
    from torch import nn

NET, LAYOUT = "image-net", 1
"""What weights of all these nets say that they are, and in which version."""

SETTINGS = "settings.json"
MEMBER = "member-{}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageForm:
    """Everything that a net which names images is built from.

    Args:
        method: the name it was trained by.
        shape: the settings of the net.
        preparation: how pixels are made ready for it.
        names: of the classes.
    """

    method: str
    shape: VitShape | CnnShape
    preparation: Preparation
    names: tuple[str, ...]

    def describe(self) -> dict[str, Any]:
        """Write this down as plain values."""
        return asdict(self)

    def build(self) -> "nn.Module":
        """Build the net, its preparation in front, its weights drawn by torch's own generator."""
        import_torch()
        from corpuscle.nets.images.prepared import PreparedNet

        return PreparedNet(self.preparation, self.shape.build())


def read_form(values: Mapping[str, Any]) -> ImageForm:
    """Read what `describe` wrote.

    Raises: ValueError, when it is none.
    """
    if set(values) != set(ImageForm.__dataclass_fields__) or values["method"] not in IMAGE_NETS:
        message = f"expected the settings of a net that reads images, found {', '.join(values)}"
        raise ValueError(message)
    given: dict[str, Any] = values["preparation"]  # its rows were lists in JSON
    rows: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
    return ImageForm(
        method=values["method"],
        shape=build_method(type(find_shape(values["method"])), values["shape"], name=values["method"]),
        preparation=Preparation(**rows),
        names=tuple(values["names"]),
    )


def open_form(path: Path) -> tuple[ImageForm, Card]:
    """Read what the weights of a file are made of, and what else is known of them.

    Raises: WeightsError, when the file is missing, or its weights are of another kind or version.
    """
    card = open_card(path, train="corpuscle train vit STORE -o RUN")
    if (card.net, card.layout) != (NET, LAYOUT):
        message = (
            f"{path}: expected weights of a net that reads images, layout {LAYOUT}, found those of {card.net!r}, "
            f"layout {card.layout}: name others, or train: corpuscle train vit STORE -o RUN"
        )
        raise WeightsError(message)
    try:
        return read_form(card.settings), card
    except (ValueError, TypeError, KeyError) as error:
        message = f"{path}: expected a net of this version, found one of corpuscle {card.version}: {error}; train again"
        raise WeightsError(message) from error


def list_members(weights: str | Path) -> list[Path]:
    """List the files of weights that a name stands for: one, or those of an ensemble.

    Args:
        weights: a file, the folder of a run, or that of an ensemble's runs.

    Raises: WeightsError, when an ensemble is not complete.
    """
    place = Path(weights)
    if not place.is_dir():
        return [place]
    count = count_members(place)
    if count is None:
        return [place / FILE]
    files = [place / MEMBER.format(number) / FILE for number in range(count)]
    for file in files:
        if not file.is_file():
            message = f"{place}: expected {count} trained nets, but {file.parent.name} has no weights: go on: --resume"
            raise WeightsError(message)
    return files


def count_members(folder: Path) -> int | None:
    """Count the nets that a run's folder is to have, as its settings say; None where it is one net's."""
    try:
        said = json.loads((folder / SETTINGS).read_text(encoding="utf-8"))["settings"].get("ensemble")
    except (OSError, ValueError, KeyError, AttributeError):
        return None
    return int(said) if said is not None else None


def build_trained(path: Path) -> "nn.Module":
    """Build the net of some weights, in use, and load them; once for each file as it is."""
    return build_once(path, path.stat().st_mtime_ns) if path.is_file() else build_once(path, 0)


@functools.lru_cache(maxsize=8)
def build_once(path: Path, age: int) -> "nn.Module":
    """Build a net; `age` is when its file was written."""
    form, _ = open_form(path)
    net = form.build().eval()
    load_weights(net, path)
    return net
