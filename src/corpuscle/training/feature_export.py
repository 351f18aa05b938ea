"""Trees and lines as three files for programs without this package: their graph takes numbers measured on images."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.identification.classical.features import list_features, measure_features
from corpuscle.identification.classical.graph import INPUT, IR, OPSET
from corpuscle.identification.classical.learned import FILE, LearnedCard, read_learned
from corpuscle.io.files import make_room
from corpuscle.io.images.card import tell_kind
from corpuscle.io.images.store import ImageStore
from corpuscle.nets.weights import this_version
from corpuscle.training import run_model
from corpuscle.training.judged import clock_sessions, judge, open_session
from corpuscle.training.onnx_file import import_onnx, import_runtime
from corpuscle.training.preprocess import (
    CARD,
    FORMAT,
    RUNNER,
    SCHEMA,
    check_targets,
    describe_classes,
    describe_graph,
    describe_training,
)
from corpuscle.training.run import Run

MOST = 64
"""Images that the graph is tried on."""


def export_features(run: Run, path: Path, *, store: ImageStore | None, force: bool = False) -> dict[int, float]:
    """Write what a classical method has learned, with its description and runner: all three files, or none.

    Args:
        run: the training run.
        path: the graph to write.
        store: images to try it on.
        force: whether files may be replaced.

    Returns:
        Median times on one thread, by images at once, the measuring of images apart [microseconds an image].

    Raises: ValueError, when images are of another shape, or the graph says something else than the method; OSError,
        when a file exists or cannot be written; ImportError, when onnx or onnxruntime is not installed.
    """
    targets = check_targets(path, force=force)
    onnx, runtime = import_onnx(), import_runtime()
    learned = read_learned(str(run.folder), run.method)
    features = measure_some(learned.card, store)
    room = make_room(path.parent)
    try:
        graph = room / path.name
        model = onnx.load(run.folder / FILE)
        model.ClearField("metadata_props")
        onnx.save(model, graph)
        session = open_session(graph)
        if not np.array_equal(judge(session, features), learned.judge(features)):
            message = f"the graph differs from {run.method}: nothing is written"
            raise ValueError(message)
        latency = clock_sessions([session], features)[0]
        told = {
            "format": FORMAT,
            "schema": SCHEMA,
            "input": describe_input(learned.card, store),
            "output": describe_classes(learned.card.names),
            "inside": None,
            **describe_graph(graph, features, opset=OPSET, ir=IR, latency=latency),
            "checked": {"largest_difference": 0.0, "images": len(features)},
            "quantization": None,
            "net": {"name": run.method},
            "training": describe_training(run, [run.folder / FILE]),
            "versions": {
                "corpuscle": this_version(), "onnx": onnx.__version__, "onnxruntime": runtime.__version__
            },
        }  # fmt: skip
        graph.with_name(CARD).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        shutil.copyfile(run_model.__file__, graph.with_name(RUNNER))
        for target in targets:
            (room / target.name).replace(target)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return latency


def measure_some(card: LearnedCard, store: ImageStore | None) -> Float[np.ndarray, "image feature"]:
    """Measure a few images; an empty one where there is no store.

    Raises: ValueError, when the images are of another shape.
    """
    if store is None:
        return np.zeros((1, len(list_features(card.shape, card.features))), np.float32)
    if store.layout.shape != tuple(card.shape):
        message = f"{store.folder}: expected images like those of the training, {card.shape}, not {store.layout.shape}"
        raise ValueError(message)
    return measure_features(store.images.pixels.choose(np.arange(min(MOST, len(store)))), card.features)


def describe_input(card: LearnedCard, store: ImageStore | None) -> dict[str, Any]:
    """Write down which numbers go in."""
    names = list_features(card.shape, card.features)
    prepare = (
        "nothing: pixels as they come, in the order of channel, y, x"
        if card.features == "pixels"
        else "measure the features on each image, as corpuscle.identification.classical.features.measure_features does"
    )
    return {
        "name": INPUT, "type": "float32", "order": "batch, feature", "shape": ["batch", len(names)],
        "features": names, "image": list(card.shape),
        "channels": None if store is None else list(store.layout.channels),
        "kind": None if store is None else tell_kind(store.card["source"]), "prepare": prepare,
    }  # fmt: skip
