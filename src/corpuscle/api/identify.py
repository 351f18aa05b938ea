"""Identify: images in, the probability of each class out."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int, Num

from corpuscle.api.tables import Backend, Frame, make_backend
from corpuscle.data.images import Images, gather_images
from corpuscle.data.labels import Labels
from corpuscle.data.pixels import Pixels
from corpuscle.data.progress import follow
from corpuscle.data.settings import build_method, describe_settings
from corpuscle.identification.base import Identifier
from corpuscle.identification.identifiers import IDENTIFIERS
from corpuscle.io.checksums import CARD
from corpuscle.io.images.store import ImageStore, open_images
from corpuscle.io.labels import LabelledRows, list_labels, write_labels
from corpuscle.training.run import Run, read_run, refuse_absent

PARTS = ("training", "validation", "test")
"""What a run has split its store into, in the order of `ImageStore.split`."""

BATCH = 1000
"""Images that are judged at once."""

Subject = str | Path | ImageStore | Images | Pixels | Num[np.ndarray, "image channel y x"]
"""What can be judged."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Judged:
    """What is judged: pixels, and what else is known of them.

    Args:
        pixels: the images.
        names: of their classes, where these are known.
        store: the store they lie in, where they do.
    """

    pixels: Pixels
    names: tuple[str, ...] | None = None
    store: ImageStore | None = None


def identify(
    images: Subject,
    *,
    method: str | Path | Identifier,
    part: str | None = None,
    batch: int = BATCH,
    backend: Backend = "pyarrow",
    **settings: object,
) -> Frame:
    """Say how likely each image is of each class.

    Args:
        images: the folder of a store, or an open one; `Images`, `Pixels`, or an array of image, channel, y, x.
        method: the folder of a training run, an identifier, or the name of one (`corpuscle methods identify`), whose
            setting `weights` then says what it has learned.
        part: of a store that a run was trained on, only the images of training, validation or test.
        batch: images that are judged at once.
        backend: the kind of the table: pyarrow, pandas or polars.
        settings: of the method.

    Returns:
        One row an image: `row`, its row in the store, and `probability_<class>` of each class.

    Raises: ValueError, when the method has not learned to name images, or from images of another shape or other
        classes, or a pixel is no finite number; FormatError, when the store or the run is none.

    >>> import corpuscle
    >>> corpuscle.identify("store", method="boosted-tree")
    Traceback (most recent call last):
    ValueError: no identifier 'boosted-tree'; there are ... (did you mean 'boosted-trees'?)
    """
    identifier = find_identifier(method, settings)
    judged = take_images(images)
    rows = choose_rows(judged, method, part)
    parts = list(judge(identifier, judged, rows, batch=batch, about={}))
    joined = LabelledRows(
        row=np.concatenate([one.row for one in parts]),
        labels=Labels(
            probability=np.concatenate([one.labels.probability for one in parts]), names=parts[0].labels.names
        ),
        about=describe(identifier, judged, method, part),
    )
    return make_backend(list_labels(joined), backend)


def identify_store(
    store: Path,
    output: Path,
    *,
    method: str | Path | Identifier,
    settings: Mapping[str, object] | None = None,
    part: str | None = None,
    batch: int = BATCH,
    force: bool = False,
) -> dict[str, Any]:
    """Judge the images of a store, batch by batch, into a file of labels, which is there when all are judged.

    The arguments are those of `identify`; `output` ends in .parquet, .csv or .tsv (.gz too).

    Returns:
        What was judged, and by what.

    Raises: as `identify`; OSError, when the file exists (unless `force`) or cannot be written.
    """
    identifier = find_identifier(method, settings or {})
    judged = take_images(store)
    rows = choose_rows(judged, method, part)
    about = describe(identifier, judged, method, part)
    write_labels(judge(identifier, judged, rows, batch=batch, about=about), output, force=force)
    return {"images": len(rows), "of_training": count_training(judged, method, rows), **about}


def judge(
    identifier: Identifier, judged: Judged, rows: Int[np.ndarray, " some"], *, batch: int, about: Mapping[str, Any]
) -> Iterator[LabelledRows]:
    """Judge images batch by batch; of none, give labels without rows.

    Raises: ValueError, when the classes differ, or a batch is below 1.
    """
    if batch < 1:
        message = f"batch: expected at least 1 image at once, not {batch}"
        raise ValueError(message)
    for begin in follow(range(0, max(len(rows), 1), batch), "judging images"):
        some = rows[begin : begin + batch]
        labels = identifier.identify(judged.pixels.choose(some))
        if judged.names is not None and set(labels.names) != set(judged.names):
            theirs, ours = (", ".join(names[:8]) for names in (labels.names, judged.names))
            message = f"the method tells {theirs} apart, and these images are of {ours}: take a method trained on such"
            raise ValueError(message)
        yield LabelledRows(row=some, labels=labels, about=about)


def take_images(images: Subject) -> Judged:
    """Take what can be judged as pixels.

    Raises: ValueError, when an array has no four axes or holds what is no finite number.
    """
    if isinstance(images, (str, Path)):
        images = open_images(images)
    if isinstance(images, ImageStore):
        return Judged(pixels=images.images.pixels, names=images.layout.names, store=images)
    if isinstance(images, Images):
        return Judged(pixels=images.pixels, names=images.names)
    if isinstance(images, Pixels):
        return Judged(pixels=images)
    if images.ndim != 4:
        message = f"expected images as an array of image, channel, y, x, not of {images.ndim} axes: {images.shape}"
        raise ValueError(message)
    # the class is not known; being of one is what the checks of pixels ask for
    return Judged(pixels=gather_images(images, label=np.zeros(len(images), np.int64), names=("unknown",)).pixels)


def find_identifier(method: str | Path | Identifier, settings: Mapping[str, object] | None = None) -> Identifier:
    """Give the identifier that a run's folder or a name stands for.

    Raises: ValueError, when the method is unknown, was not trained to name images, or a setting does not fit.
    """
    settings = settings or {}
    if isinstance(method, Identifier):
        if settings:
            message = f"settings go with the name of a method or a run; {type(method).__name__} has its own already"
            raise ValueError(message)
        return method
    run = find_run(method)
    name = str(method) if run is None else run.method
    if run is None:
        refuse_absent(name, IDENTIFIERS)
    elif name not in IDENTIFIERS:
        message = f"{method} is a run of {name}, which names no images; there are {', '.join(IDENTIFIERS)}"
        raise ValueError(message)
    own = settings if run is None else {"weights": str(method), **settings}
    kind = IDENTIFIERS[name]
    if "weights" not in own:
        message = (
            f"{name} has learned nothing by itself: name the folder of a run of `corpuscle train {name} STORE -o RUN`"
        )
        raise ValueError(message)
    identifier: Identifier = build_method(kind, own, name=name)
    return identifier


def find_run(method: str | Path | Identifier) -> Run | None:
    """Read the run that a method names; None where it is no folder."""
    if isinstance(method, Identifier) or str(method) in IDENTIFIERS or not Path(method).is_dir():
        return None
    return read_run(Path(method))


def choose_rows(judged: Judged, method: str | Path | Identifier, part: str | None) -> Int[np.ndarray, " some"]:
    """Choose all rows, or those of one part of the store that a run has split.

    Raises: ValueError, when there is no such part, nothing says how the store was split, or it is another store.
    """
    if part is None:
        return np.arange(len(judged.pixels))
    if part not in PARTS:
        message = f"no part {part!r}; there are {', '.join(PARTS)}"
        raise ValueError(message)
    run = find_run(method)
    if run is None or judged.store is None:
        message = f"part={part}: the folder of a run says how the store it was trained on was split; give both"
        raise ValueError(message)
    check_trained_on(judged.store, run, part)
    return split_as(judged.store, run)[PARTS.index(part)]


def count_training(judged: Judged, method: str | Path | Identifier, rows: Int[np.ndarray, " some"]) -> int:
    """Count the images that are of a run's own training, as far as the store it learned from is still where it was."""
    run = find_run(method)
    if run is None or judged.store is None or not find_origin(run) & set(list_origins(judged.store.card)):
        return 0
    return int(np.isin(rows, split_as(judged.store, run)[0]).sum())


def split_as(store: ImageStore, run: Run) -> tuple[Int[np.ndarray, " part"], ...]:
    """Split the rows as a run did: training, validation, test."""
    said = run.settings.get("split_seed")
    return store.split(run.seed if said is None else int(said))


def find_origin(run: Run) -> set[str]:
    """Give what the store that a run has learned from was made of; nothing when it is gone."""
    data = Path(str(run.settings.get("data", "")))
    return set(list_origins(open_images(data, check=False).card)) if (data / CARD).is_file() else set()


def check_trained_on(store: ImageStore, run: Run, part: str) -> None:
    """Refuse a part of a store that the run was not trained on, as far as that store is still where it was.

    What was made of that store by perturbing its images is split as it is: row by row these are the same events.

    Raises: ValueError, naming both.
    """
    origin = find_origin(run)
    if origin and not origin & set(list_origins(store.card)):
        message = (
            f"part={part} is of {run.settings['data']}, which {run.folder} was trained on; {store.folder} is another "
            f"store, of which no image was learned from: leave the part out"
        )
        raise ValueError(message)


def list_origins(card: Mapping[str, Any]) -> Iterator[str]:
    """List the checksums of a store's files, and those of what its images were perturbed from, step by step."""
    said: Mapping[str, Any] | None = card
    while said is not None:
        yield json.dumps(said["files"], sort_keys=True)
        said = said.get("source", {}).get("of")


def describe(
    identifier: Identifier, judged: Judged, method: str | Path | Identifier, part: str | None
) -> dict[str, Any]:
    """Describe what was judged by what, as the file says it."""
    run = find_run(method)
    told = {"method": method if run is None else run.method, "identifier": describe_settings(identifier)}
    if isinstance(method, Identifier):
        told["method"] = type(method).__name__
    more = {} if run is None else {"run": str(run.folder), "seed": run.seed, "version": run.version}
    where = {} if judged.store is None else {"store": judged.store.folder.name}
    return {**told, **more, **where, "part": part or "all"}
