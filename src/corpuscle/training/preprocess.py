"""What goes into an exported net and what comes out, written down for whoever runs it elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.identification.learned.form import ImageForm
from corpuscle.io.checksums import describe_file
from corpuscle.io.files import check_writable
from corpuscle.io.images.card import tell_kind
from corpuscle.io.images.store import ImageStore
from corpuscle.nets.weights import import_torch, this_version
from corpuscle.training.judged import judge, open_session
from corpuscle.training.onnx_file import import_onnx, import_runtime
from corpuscle.training.run import Run

CARD, RUNNER = "preprocess.json", "run_model.py"
"""The files beside the graph."""

FORMAT, SCHEMA = "corpuscle exported net", 1

INPUT, OUTPUT = "image", "probability"
"""The names in the graph."""

EXAMPLES = 3
"""Images in the description, with what the graph says of them; one more is empty."""


def check_targets(path: Path, *, force: bool) -> tuple[Path, ...]:
    """Give the three files of an export, refusing those that exist.

    Raises: FileExistsError, naming the first; ValueError, when the graph's name does not end in .onnx.
    """
    if path.suffix.lower() != ".onnx":
        message = f"{path}: expected a name that ends in .onnx, as the programs that read the graph do"
        raise ValueError(message)
    targets = (path, path.with_name(CARD), path.with_name(RUNNER))
    for target in targets:
        check_writable(target, force=force)
    return targets


def describe_net(run: Run, form: ImageForm, members: Sequence[Path]) -> dict[str, Any]:
    """Write down what the net is, and where it comes from."""
    torch, onnx, runtime = import_torch(), import_onnx(), import_runtime()
    count = len(members) * form.shape.count()
    return {
        "net": {
            "name": run.method, "members": len(members), "parameters": count.parameters,
            "multiply_adds": count.multiply_adds, "settings": asdict(form.shape),
        },
        "training": describe_training(run, members),
        "versions": {
            "corpuscle": this_version(), "torch": torch.__version__, "onnx": onnx.__version__,
            "onnxruntime": runtime.__version__,
        },
    }  # fmt: skip


def describe_ports(form: ImageForm, store: ImageStore | None) -> dict[str, Any]:
    """Write down what goes in and what comes out."""
    channels, height, width = form.preparation.shape
    meaning = [f"channel {number}" for number in range(channels)]
    return {
        "format": FORMAT, "schema": SCHEMA,
        "input": {
            "name": INPUT, "type": "float32", "order": "NCHW: batch, channel, y, x",
            "shape": ["batch", channels, height, width],
            "channels": meaning if store is None else list(store.layout.channels),
            "kind": None if store is None else tell_kind(store.card["source"]),
            "prepare": "nothing: pixels as they come, in the units of the channels; one without a signal is 0",
        },
        "output": describe_classes(form.names),
        "inside": asdict(form.preparation),
    }  # fmt: skip


def describe_training(run: Run, weights: Sequence[Path]) -> dict[str, Any]:
    """Write down where weights come from, and no folder of this machine."""
    settings = {**run.settings, "data": Path(str(run.settings.get("data", ""))).name}
    return {
        "run": run.folder.name, "seed": run.seed, "version": run.version, "settings": settings,
        "weights": [describe_file(path) for path in weights],
    }  # fmt: skip


def describe_classes(names: Sequence[str]) -> dict[str, Any]:
    """Write down what comes out."""
    return {
        "name": OUTPUT, "type": "float32", "order": "batch, class", "shape": ["batch", len(names)],
        "classes": list(names),
    }  # fmt: skip


def describe_graph(
    path: Path, images: Float[np.ndarray, "image ..."], *, opset: int, ir: int, latency: Mapping[int, float]
) -> dict[str, Any]:
    """Write down the file of a graph, how long it takes, and what it says of a few images."""
    times = {str(size): round(time, 1) for size, time in latency.items()}
    return {
        "model": {"file": path.name, **describe_file(path), "opset": opset, "ir": ir},
        "latency": {"threads": 1, "microseconds_an_image": times},
        "examples": list_examples(path, images),
    }


def list_examples(path: Path, images: Float[np.ndarray, "image ..."]) -> list[dict[str, Any]]:
    """List images with what the graph says of each: those with the fewest pixels, and an empty one."""
    filled = (images != 0).reshape(len(images), -1).sum(axis=1)
    order = np.argsort(np.where(filled > 0, filled, filled.max() + 1), kind="stable")
    session, examples = open_session(path), []
    for image in [*images[order[:EXAMPLES]], np.zeros_like(images[0])]:
        index = np.flatnonzero(image)
        said = judge(session, image[None])[0]
        examples.append({"index": index.tolist(), "value": image.ravel()[index].tolist(), "probability": said.tolist()})
    return examples
