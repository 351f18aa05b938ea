"""The images that methods of a study learn from: a store in the folder of its run, made once."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.images import Images, gather_images
from corpuscle.data.settings import build_method
from corpuscle.io.images.base import ImageReader
from corpuscle.io.images.digits import BUNDLED
from corpuscle.io.images.layout import ImageLayout
from corpuscle.io.images.readers import IMAGE_READERS
from corpuscle.io.images.store import ImageStore, open_images
from corpuscle.io.images.writer import write_images
from corpuscle.simulation.perturbations import PERTURBATIONS
from corpuscle.simulation.pictured import ImageWorld
from corpuscle.simulation.worlds import IMAGE_WORLDS
from corpuscle.studies.once import make_once
from corpuscle.studies.store import name_job
from corpuscle.training.image_world import describe_world, lay_world

STORES = "stores"

PIECE = 1000
"""Images that are changed at once."""

Source = Mapping[str, Any]
"""Where images come from, as plain values.

`store`, a folder of images; `files` in a `format`; `digits`, those of scikit-learn; or `world` with `settings`,
`images` and `seed`. Then
`perturbed`, pairs of a perturbation's name and settings which the images take in turn, and `shuffled`, whether classes
are dealt out anew by chance: a control from which nothing can be learned. How they are dealt out hangs on `deal`: few
images agree with what is true by chance, each deal in another way."""


def keep_store(folder: Path, source: Source) -> Path:
    """Give the folder of a store, made if the run has none from this source.

    Two processes may make the same one at once (`make_once`).
    """
    if set(source) == {"store"}:
        return Path(source["store"])
    return make_once(folder / STORES / name_job(dict(source)), lambda made: write_source(made, source))


def write_source(folder: Path, source: Source) -> None:
    """Write the images of a source into a store."""
    layout, about, pieces = open_source(source)
    done = [name for name in ("perturbed", "shuffled") if source.get(name)]
    if source.get("perturbed"):
        layout = replace(layout, negative=tuple(range(layout.shape[0])))
    write_images(folder, change(pieces, source), layout, source={**about, **({"changed": done} if done else {})})


def open_source(source: Source) -> tuple[ImageLayout, dict[str, Any], Iterator[Images]]:
    """Give the layout of a source, what its card says, and its images piece by piece."""
    if "store" in source:
        store = open_images(source["store"])
        return store.layout, dict(store.card["source"]), cut(store)
    if "files" in source:
        named: ImageReader = IMAGE_READERS[source["format"]]()
        paths = named.list_files([Path(path) for path in source["files"]])
        layout = named.lay(paths)
        about = {"kind": named.kind, "format": source["format"], "names": [path.name for path in paths]}
        return layout, about, named.stream(paths, layout)
    if "digits" in source:
        reader: ImageReader = IMAGE_READERS["digits"]()
        files = reader.list_files([Path(BUNDLED)])
        layout = reader.lay(files)
        return layout, {"kind": reader.kind, "format": "digits", "names": [files[0].name]}, reader.stream(files, layout)
    world, seed = build_world(source), int(source["seed"])
    stream = world.stream(np.random.default_rng(seed))
    return lay_world(world), describe_world(source["world"], world, seed), stream


def cut(store: ImageStore) -> Iterator[Images]:
    """Give the images of a store piece by piece."""
    for begin in range(0, len(store), PIECE):
        yield store.images.choose(np.arange(begin, min(begin + PIECE, len(store))))


def build_world(source: Source) -> ImageWorld:
    """Build the world of a source."""
    world: ImageWorld = build_method(IMAGE_WORLDS[source["world"]], {**source["settings"], "events": source["images"]})
    return world


def change(pieces: Iterator[Images], source: Source) -> Iterator[Images]:
    """Perturb images, and deal their classes out anew, where a source says so."""
    generator = np.random.default_rng([int(source.get("seed", 0)), int(source.get("deal", 0))])
    for piece in pieces:
        images = perturb(piece, source["perturbed"], generator) if source.get("perturbed") else piece
        yield replace(images, label=generator.permutation(images.label)) if source.get("shuffled") else images


def perturb(images: Images, perturbed: Any, generator: np.random.Generator) -> Images:  # noqa: ANN401 - lists or tuples
    """Perturb images, the first by the first perturbation, the second by the second, and so on anew."""
    dense = images.densify()
    for number, (name, settings) in enumerate(perturbed):
        if name:
            some = slice(number, None, len(perturbed))
            dense[some] = PERTURBATIONS[name](**settings).apply(dense[some], generator)
    return gather_images(dense, label=images.label, names=images.names, columns=images.columns)
