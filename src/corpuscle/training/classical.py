"""Classical methods learn from a store of images: numbers are measured, a fit is made, and its graph is written."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.images import Images
from corpuscle.data.labels import Labels
from corpuscle.data.progress import follow
from corpuscle.data.settings import check_settings, setting
from corpuscle.identification.classical.features import Asked, choose_features, measure_features
from corpuscle.identification.classical.learned import FILE, LearnedCard, read_learned, write_learned
from corpuscle.io.errors import import_extra
from corpuscle.io.images.store import open_images
from corpuscle.io.room import write_json
from corpuscle.metrics.classes.score import LabelScores, score_labels
from corpuscle.training.history import Epoch, write_history
from corpuscle.training.run import Run, begin_run

CHUNK = 10_000
"""Images that are measured at once."""

SCORES = "validation.json"
"""The file of a run that holds the scores of its validation images."""


class Examples(NamedTuple):
    """Images as a classical method sees them, with their classes."""

    feature: Float[np.ndarray, "image feature"]
    label: Int[np.ndarray, " image"]


class Fitted(NamedTuple):
    """What a fit gives: its graph, and its losses along `unit`."""

    graph: Any
    history: list[Epoch]
    unit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassicalTrainer(ABC):
    """A classical method, what it is told of images, and how it is fitted."""

    data: str = setting("", "the store of images that are learned from; named on the command line")
    features: Asked = setting(
        "auto", "what is told of an image: shapes, pixels or both; auto: both of at most 256 numbers, shapes of more"
    )

    threads: int = setting(1, "threads of the fit; one gives the same bytes on any machine", least=1)

    method: ClassVar[str]
    """The name of the method."""

    def __post_init__(self) -> None:
        check_settings(self)

    @abstractmethod
    def fit(self, training: Examples, validation: Examples, seed: int) -> Fitted:
        """Fit training images; those of validation say when it is enough, and are never learned from."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ClassicalRun:
    """What a training gave: its folder, its losses, the file it wrote, and the scores of the validation images."""

    run: Run
    fitted: Fitted
    weights: Path
    scores: LabelScores


def fit_classical(trainer: ClassicalTrainer, folder: Path, *, seed: int = 0, resume: bool = False) -> ClassicalRun:
    """Train a classical method into a folder: settings, what was learned, losses, scores of validation.

    A fit takes seconds to minutes: one that was stopped begins anew.

    Args:
        trainer: the method and its settings.
        folder: the folder to make, or to go on in.
        seed: of the split into training, validation and test, and of the fit.
        resume: fit again in a folder that has the same run.

    Raises: ValueError, when the store has too few images of a class, or the folder has another run; FormatError, when
        the store is none; MissingExtra, when scikit-learn or onnx are not installed.
    """
    for package in ("sklearn", "onnx", "onnxruntime"):
        import_extra(package, "identify")
    if not trainer.data:
        message = f"{trainer.method} learns from images: corpuscle train {trainer.method} STORE -o RUN"
        raise ValueError(message)
    store = open_images(trainer.data)
    trainer = replace(trainer, features=choose_features(trainer.features, store.layout.shape))
    training, validation, _ = store.split(seed)
    check_counts(store.images, {"training": training, "validation": validation}, trainer.data)
    run = Run(folder=folder, method=trainer.method, settings=asdict(trainer), seed=seed)
    begin_run(run, resume=resume)
    taught, asked = (measure(store.images, rows, trainer.features) for rows in (training, validation))
    with import_extra("threadpoolctl", "identify").threadpool_limits(trainer.threads):
        fitted = trainer.fit(taught, asked, seed)
    card = LearnedCard(
        method=trainer.method, names=store.layout.names, shape=store.layout.shape, features=run.settings["features"],
        settings=run.settings, seed=seed, version=run.version,
    )  # fmt: skip
    write_learned(fitted.graph, card, folder / FILE)
    write_history(run, fitted.history)
    said = read_learned(str(folder), trainer.method).judge(asked.feature).astype(np.float64)
    scores = score_labels(Labels(probability=said, names=store.layout.names), asked.label)
    write_json(folder / SCORES, scores.list_values(), indent=1)
    return ClassicalRun(run=run, fitted=fitted, weights=folder / FILE, scores=scores)


def check_counts(images: Images, parts: Mapping[str, Int[np.ndarray, " part"]], where: str) -> None:
    """Refuse parts without images of a class.

    Raises: ValueError, naming part and class.
    """
    for part, rows in parts.items():
        count = np.bincount(images.label[rows], minlength=len(images.names))
        if (count == 0).any():
            name = images.names[int(np.argmax(count == 0))]
            message = (
                f"{where}: of {len(rows)} images of {part} none is of the class {name!r}; training needs images of "
                f"each of {len(images.names)} classes in every part: take more, or another seed"
            )
            raise ValueError(message)


def measure(images: Images, rows: Int[np.ndarray, " part"], features: Asked) -> Examples:
    """Measure some images, a chunk at a time."""
    pixels = images.pixels

    def go() -> Iterator[Float[np.ndarray, "some feature"]]:
        for begin in follow(range(0, len(rows), CHUNK), "measuring images"):
            some = pixels.choose(rows[begin : begin + CHUNK])
            yield measure_features(some, choose_features(features, pixels.shape))

    return Examples(np.concatenate(list(go())), images.label[rows].astype(np.int64))


def list_epochs(step: Sequence[int], training: Sequence[float], validation: Sequence[float]) -> list[Epoch]:
    """List losses, step by step."""
    rows = enumerate(zip(step, training, validation, strict=True))
    return [
        Epoch(epoch=k, step=place, training_loss=float(ours), validation_loss=float(theirs))
        for k, (place, ours, theirs) in rows
    ]
