"""What images of one source have in common, and the arrays that they are stored in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from corpuscle.data.images import find_index_type
from corpuscle.data.pixels import Shape
from corpuscle.io.columns import Column

FORMAT = "corpuscle images"
"""What the card says that it is."""

SCHEMA = 1
"""The version of the layout."""

Provenance = Literal["toy", "pythia", "cms", "photographs", "digits"]
"""Where images come from; those of two kinds never stand in one table."""

NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageLayout:
    """What images of one source have in common.

    Args:
        shape: channels, height, width [pixel].
        channels: what each channel is, with its unit.
        names: of the classes, in the order of their numbers.
        columns: what else is known of each image, by name, with its meaning and unit.
        value: type of a pixel: `f4`, single precision, or `u1`, bytes.
        negative: channels that may be below zero, by number.
    """

    shape: Shape
    channels: tuple[str, ...]
    names: tuple[str, ...]
    columns: Mapping[str, str]
    value: Literal["f4", "u1"] = "f4"
    negative: tuple[int, ...] = ()

    def describe(self) -> dict[str, Any]:
        """Write this down, for a card."""
        return {
            "shape": list(self.shape), "channels": list(self.channels), "names": list(self.names),
            "columns": dict(self.columns), "value": self.value, "negative": list(self.negative),
        }  # fmt: skip


def read_layout(values: Mapping[str, Any]) -> ImageLayout:
    """Read what `describe` wrote.

    Raises: ValueError, when it is none.
    """
    try:
        channels, height, width = (int(size) for size in values["shape"])
        layout = ImageLayout(
            shape=(channels, height, width),
            channels=tuple(map(str, values["channels"])),
            names=tuple(map(str, values["names"])),
            columns={str(name): str(meaning) for name, meaning in values["columns"].items()},
            value=values["value"],
            negative=tuple(map(int, values["negative"])),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        message = f"no layout of images: {type(error).__name__} {error}"
        raise ValueError(message) from None
    wrong = [name for name in layout.columns if not NAME.fullmatch(name)]
    if layout.value not in {"f4", "u1"} or min(layout.shape) < 1 or wrong or len(layout.channels) != channels:
        message = f"no layout of images: {dict(values)}"
        raise ValueError(message)
    return layout


def find_energy(channel: str) -> float | None:
    """Find what 1 stands for in a channel of energies or momenta [GeV]; None where it has another unit.

    >>> find_energy("energy / 50 GeV"), find_energy("hadronic calorimeter [GeV]"), find_energy("time / 50 ns")
    (50.0, 1.0, None)
    """
    found = re.search(r"/ (\d+(?:\.\d+)?) GeV$", channel)
    if found is not None:
        return float(found[1])
    return 1.0 if channel.endswith("[GeV]") else None


def list_columns(layout: ImageLayout) -> tuple[Column, ...]:
    """List the arrays of a store, in the order of the page about it."""
    index = np.dtype(find_index_type(layout.shape))
    value = np.dtype(layout.value).newbyteorder("<")
    return (
        Column("indptr.i64", "<i8", "images", "where the pixels of each image begin, then their number", more=1),
        Column(f"index.u{8 * index.itemsize}", index.newbyteorder("<").str, "pixels", "place in the image"),
        Column(f"value.{'u8' if layout.value == 'u1' else 'f32'}", value.str, "pixels", "what the pixel holds"),
        Column("label.i16", "<i2", "images", "number of the class"),
        *(Column(f"{name}.f64", "<f8", "images", meaning) for name, meaning in layout.columns.items()),
    )
