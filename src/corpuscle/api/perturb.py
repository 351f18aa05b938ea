"""A store of images perturbed into another one, row by row, whose card says what was done."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, fields, replace
from pathlib import Path

import numpy as np

from corpuscle.api.images import fill
from corpuscle.api.simulate import check_seed
from corpuscle.data.images import Images, gather_images
from corpuscle.data.settings import build_method
from corpuscle.data.units import ENERGIES, split_quantity
from corpuscle.io.images.layout import ImageLayout, find_energy
from corpuscle.io.images.store import ImageStore, open_images
from corpuscle.io.images.writer import ImageWriter
from corpuscle.simulation.perturbations import PERTURBATIONS
from corpuscle.simulation.perturbed import OWN, Perturbation

PIECE = 256
"""Images that are perturbed at once."""


def perturb(
    folder: str | Path,
    output: str | Path,
    *,
    perturbation: str,
    settings: Mapping[str, object] | None = None,
    seed: int = 0,
    force: bool = False,
) -> list[str]:
    """Perturb a store of images into another one; row by row they show the same events.

    Args:
        folder: the store.
        output: the store to write, another folder.
        perturbation: noise, dead, miscalibration, mask, pile-up or deposits.
        settings: of the perturbation; what a pixel holds also as an energy, `sigma="2GeV"`.
        seed: where all chances come from that are not fixed in a detector.
        force: whether a store that exists may be replaced.

    Returns:
        What was made, one sentence each.

    Raises: ValueError, when a name or a setting is unknown or does not fit the images; FormatError, when the folder is
        no store; OSError, when a file cannot be read or written.
    """
    check_seed(seed)
    folder, output = Path(folder), Path(output)
    if folder.resolve() == output.resolve():
        message = f"perturbed images need a store of their own, not {output}, where the others are"
        raise ValueError(message)
    kind = PERTURBATIONS[perturbation]
    store = open_images(folder)
    made = build_perturbation(kind, settings or {}, store.layout, name=perturbation)
    about = {
        "kind": store.card["source"]["kind"],
        "format": "perturbed",
        "names": [folder.name],
        "perturbation": {"name": perturbation, "seed": seed, **asdict(made)},
        "of": {"source": store.card["source"], "files": store.card["files"]},
    }
    with ImageWriter(output, describe_layout(store.layout, made), source=about, force=force) as writer:
        return fill(writer, stream(store, made, seed, writer.done), len(store))


def build_perturbation(
    kind: type[Perturbation], settings: Mapping[str, object], layout: ImageLayout, *, name: str
) -> Perturbation:
    """Make a perturbation from named values, energies in the unit of the channels that it touches.

    Raises: ValueError, when a setting is unknown, or a channel is no energy.
    """
    own = {field.name for field in fields(kind) if field.metadata["unit"] == OWN}
    energies = {key: str(value) for key, value in settings.items() if key in own and is_energy(value)}
    made = build_method(kind, {key: value for key, value in settings.items() if key not in energies}, name=name)
    channels = made.channels or range(len(layout.channels))
    found = {k: find_energy(layout.channels[k]) for k in channels if k < len(layout.channels)}
    if not energies or not found:  # channels that are none are refused when images come
        return made
    if len(set(found.values())) != 1 or None in found.values():
        told = ", ".join(f"{k} ({layout.channels[k]})" for k in found)
        asked = ", ".join(energies.values())
        message = f"{asked}: expected channels of one unit of energy, not {told}; name some: channels="
        raise ValueError(message)
    (size,) = found.values()
    numbers = {key: read_energy(text) / float(size or 1) for key, text in energies.items()}
    return build_method(kind, {**settings, **numbers}, name=name)


def is_energy(value: object) -> bool:
    """Tell whether something is text that ends in a unit of energy."""
    return isinstance(value, str) and value.strip().endswith(tuple(ENERGIES))


def read_energy(text: str) -> float:
    """Read an energy [GeV].

    >>> read_energy("50 MeV")
    0.05
    """
    number, unit = split_quantity(text)
    return number * ENERGIES[unit]


def describe_layout(layout: ImageLayout, perturbation: Perturbation) -> ImageLayout:
    """Describe perturbed images: numbers in single precision, and which channels may have become negative."""
    touched = perturbation.channels or tuple(range(len(layout.channels)))
    negative = set(layout.negative) | (set(touched) if perturbation.signed else set())
    return replace(layout, value="f4", negative=tuple(sorted(negative)))


def stream(store: ImageStore, perturbation: Perturbation, seed: int, first: int) -> Iterator[Images]:
    """Perturb the images of a store piece by piece, from some row on; each piece has a stream of chance of its own."""
    pieces = -(-len(store) // PIECE)
    for k, chance in enumerate(np.random.default_rng(seed).spawn(pieces) if pieces else ()):
        begin, end = k * PIECE, min((k + 1) * PIECE, len(store))
        if end <= first:
            continue
        rows = np.arange(begin, end)
        found = gather_images(
            perturbation.apply(store.images.densify(rows), chance),
            label=store.images.label[rows].astype(np.int64),
            names=store.layout.names,
            columns={name: values[rows] for name, values in store.images.columns.items()},
        )
        yield found.choose(np.arange(max(first - begin, 0), end - begin))
