"""Labelled images into a store that streams: from files, or from a world."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.api.simulate import check_plain
from corpuscle.data.images import Images
from corpuscle.data.progress import follow
from corpuscle.data.settings import build_method, describe_settings
from corpuscle.io.checksums import CARD
from corpuscle.io.images.base import ImageReader
from corpuscle.io.images.card import tell_kind
from corpuscle.io.images.readers import IMAGE_READERS
from corpuscle.io.images.store import ImageStore
from corpuscle.io.images.writer import ImageWriter, LabelCheck
from corpuscle.report.images import draw_card
from corpuscle.simulation.pictured import ImageWorld
from corpuscle.simulation.worlds import IMAGE_WORLDS
from corpuscle.training.image_world import describe_world, lay_world

TRACKS = LabelCheck(channel=0, more="gluon", what="track pixels")
CHECKS = {"jets": TRACKS, "pythia-jets": TRACKS}
"""What physics says of the labels of a world."""


def convert_images(
    paths: Sequence[str | Path],
    output: str | Path,
    *,
    source: str,
    settings: Mapping[str, object] | None = None,
    force: bool = False,
) -> list[str]:
    """Convert labelled images into a store, piece by piece; a conversion that was stopped goes on.

    Args:
        paths: files, or folders of them.
        output: the store to write, a folder.
        source: the layout: cms-eg, cms-qg, cifar, digits.
        settings: of the layout.
        force: whether a store that exists may be replaced.

    Returns:
        What was read and what someone who uses the images must know, one sentence each.

    Raises: FormatError, when a file is not what it says it is; OSError, when one cannot be read or written.

    >>> convert_images(["nowhere.hdf5"], "store", source="cms-eg")
    Traceback (most recent call last):
    FileNotFoundError: there is no file nowhere.hdf5
    """
    reader: ImageReader = build_method(IMAGE_READERS[source], settings or {}, name=source)
    files = reader.list_files([Path(path) for path in paths])
    layout = reader.lay(files)
    about = {
        "kind": reader.kind if reader.provenance == "usual" else reader.provenance,
        "format": source,
        "names": [path.name for path in files],
        "bytes": [path.stat().st_size for path in files],
        "settings": describe_settings(reader),
    }
    count = sum(map(reader.count, files))
    with ImageWriter(output, layout, source=about, check=reader.get_check(), force=force) as writer:
        return fill(writer, reader.stream(files, layout, writer.done), count)


def simulate_images(
    world: str,
    output: str | Path,
    *,
    settings: Mapping[str, object] | None = None,
    seed: int = 0,
    force: bool = False,
) -> list[str]:
    """Simulate labelled images into a store, piece by piece; a simulation that was stopped goes on.

    Args:
        world: showers, jets, templates or pythia-jets.
        output: the store to write, a folder.
        settings: of the world: events and so on.
        seed: where all chances come from.
        force: whether a store that exists may be replaced.

    Returns:
        What was made, one sentence each.

    Raises: ValueError, when the world or a setting is unknown or a value does not fit; OSError, when a file
        cannot be written.
    """
    check_plain(settings or {}, seed)
    images: ImageWorld = build_method(IMAGE_WORLDS[world], settings or {}, name=world)
    layout, about = lay_world(images), describe_world(world, images, seed)
    with ImageWriter(output, layout, source=about, check=CHECKS.get(world), force=force) as writer:
        return fill(writer, images.stream(np.random.default_rng(seed), writer.done), images.events)


def fill(writer: ImageWriter, pieces: Iterable[Images], count: int) -> list[str]:
    """Write pieces into a store, draw its card, publish it, and tell what became of it."""
    begun = writer.done
    notes = [f"goes on where it was stopped, after {begun} of {count} images"] if begun else []
    for piece in follow(pieces, "writing images"):
        writer.add(piece)
    store = writer.seal()
    draw_card(store, writer.room / "card.png")
    writer.publish()
    return [*notes, *tell(store, writer.folder)]


def tell(store: ImageStore, output: Path) -> list[str]:
    """Tell what became of images."""
    card: dict[str, Any] = store.card
    classes = ", ".join(f"{one['images']} {one['name']}" for one in card["classes"][:4])
    more = f" and {len(card['classes']) - 4} more classes" if len(card["classes"]) > 4 else ""
    said = f"{len(store)} images ({classes}{more}), kind {tell_kind(card['source'])} -> {output}"
    told = [f"{said}, {card['bytes_an_image']:.0f} bytes an image; what is in them says {output / CARD}"]
    empty, rows = card["empty"]["images"], card["empty"]["rows"]
    if empty:
        told.append(f"{empty} image{'s' * (empty != 1)} without a filled pixel kept, the first in row {rows[0]}")
    ceiling = card["source"].get("ceiling")
    if ceiling is not None:
        told.append(f"the best possible AUC is {ceiling:.4f}")
    return [*told, *card["notes"]]
