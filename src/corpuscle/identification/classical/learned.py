"""What a classical method has learned, in a file: an ONNX graph, and what it is told of an image."""

import functools
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.data.pixels import Shape
from corpuscle.identification.classical.features import Features
from corpuscle.identification.classical.graph import INPUT, OUTPUT
from corpuscle.io.errors import FormatError, import_extra

FILE = "weights.onnx"
"""The file in the folder of a run."""

KEY = "corpuscle"
LAYOUT = 1
"""The version of the features: what is learned from other ones does not fit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnedCard:
    """What a graph was learned from.

    Args:
        method: the name of the method.
        names: of the classes.
        shape: channels, height, width of the images [pixel].
        features: what it is told of them.
        settings: how it was trained.
        seed: where all chances of training came from.
        version: the version of this package that wrote it.
        layout: the version of the features.
    """

    method: str
    names: tuple[str, ...]
    shape: Shape
    features: Features
    settings: Mapping[str, Any]
    seed: int
    version: str
    layout: int = LAYOUT


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """A graph that is ready to judge, and its card."""

    card: LearnedCard
    session: Any

    def judge(self, features: Float[np.ndarray, "image feature"]) -> Float[np.ndarray, "image klass"]:
        """Give the probability of each class, in single precision."""
        if not len(features):
            return np.zeros((0, len(self.card.names)), np.float32)
        return np.asarray(self.session.run([OUTPUT], {INPUT: features})[0])


def write_learned(graph: Any, card: LearnedCard, path: Path) -> None:  # noqa: ANN401 - onnx has no stubs
    """Write a graph with its card, whole or not at all."""
    entry = graph.metadata_props.add()
    entry.key, entry.value = KEY, json.dumps(asdict(card))
    made = path.with_name(f".{path.name}.part")
    try:
        made.write_bytes(graph.SerializeToString(deterministic=True))
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)


def read_learned(weights: str, method: str) -> Learned:
    """Read what a method has learned.

    Args:
        weights: the folder of a run, or a file.
        method: the method that is asked for.

    Raises: FormatError, when there is none, or it is of another method or version; MissingExtra, when onnxruntime is
        not installed.
    """
    if not weights:
        message = f"{method} has learned nothing by itself: weights=RUN, a folder of `corpuscle train {method}`"
        raise ValueError(message)
    path = Path(weights)
    path = path / FILE if path.is_dir() else path
    if not path.is_file():
        hint = f"train it: corpuscle train {method} STORE -o RUN"
        raise FormatError(path, f"what {method} has learned", "no such file", hint=hint)
    learned = open_learned(path, path.stat().st_mtime_ns)
    if learned.card.method != method:
        raise FormatError(path, f"what {method} has learned", f"what {learned.card.method} has learned")
    return learned


@functools.lru_cache(maxsize=4)
def open_learned(path: Path, _age: int) -> Learned:
    """Open a file, and keep it open for the images that come next.

    Raises: FormatError, when it is not what `corpuscle train` wrote, or was written by another version.
    """
    runtime = import_extra("onnxruntime", "identify")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1  # sums in one order, whatever the machine
    options.log_severity_level = 4
    try:
        session = runtime.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
        fields = json.loads(session.get_modelmeta().custom_metadata_map[KEY])
        card = LearnedCard(**{**fields, "names": tuple(fields["names"]), "shape": tuple(fields["shape"])})
    except Exception as error:  # onnxruntime has errors of its own kind for each way a file can be broken
        raise FormatError(path, "a graph written by `corpuscle train`", "another file, or a cut one") from error
    if card.layout != LAYOUT:
        found = f"layout {card.layout}, written by corpuscle {card.version}"
        raise FormatError(path, f"features of layout {LAYOUT}", found, hint="train again, or install that version")
    return Learned(card, session)
