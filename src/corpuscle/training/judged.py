"""Graphs judged by ONNX Runtime: against the net they were made of, for what they lose, and on time."""

import functools
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from corpuscle.io.images.store import ImageStore
from corpuscle.metrics.classes.ranking import rank_images
from corpuscle.nets.weights import import_torch
from corpuscle.training.cost import clock
from corpuscle.training.onnx_file import import_runtime

CLOSE = 1e-4
"""By how much a probability of the graph may differ from that of the net."""

REPEATS = 30
"""Batches of which the median time counts."""

BATCH = 256
"""Images that are judged at once."""


def open_session(path: Path) -> Any:  # noqa: ANN401 - ONNX Runtime's own type
    """Open a graph on one thread of the CPU."""
    runtime = import_runtime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    return runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def judge(session: Any, images: Float[np.ndarray, "n ..."]) -> Float[np.ndarray, "n klass"]:  # noqa: ANN401
    """Give what a graph says of images."""
    return np.asarray(session.run(None, {session.get_inputs()[0].name: images})[0])


def compare_outputs(
    net: Any,  # noqa: ANN401 - torch's own types
    path: Path,
    images: Float[np.ndarray, "image channel y x"],
    batches: Sequence[int],
) -> float:
    """Give the largest difference of a probability between a graph and the net it was made of.

    Each batch is judged as it is, with its first image empty, and with all of them empty.

    Raises: ValueError, when they differ by more than 1e-4.
    """
    torch = import_torch()
    session, worst = open_session(path), 0.0
    for size in batches:
        whole = images[:size]
        one, none = whole.copy(), np.zeros_like(whole)
        one[0] = 0
        for batch in (whole, one, none):
            with torch.inference_mode():
                wanted = net(torch.from_numpy(batch)).numpy()
            found = judge(session, batch)
            difference = float(np.abs(found - wanted).max())
            if not difference <= CLOSE:
                message = (
                    f"the graph differs from the net by {difference:.2g} in a probability, for {size} images at once, "
                    f"where {CLOSE:g} is allowed: nothing is written"
                )
                raise ValueError(message)
            worst = max(worst, difference)
    return worst


def measure_ranking(session: Any, store: ImageStore, rows: Int[np.ndarray, " image"]) -> float:  # noqa: ANN401
    """Measure the AUC of a graph on some images: of the second class, or the mean of each class against the others.

    Raises: ValueError, when the images are of one class.
    """
    said = [judge(session, store.images.densify(rows[k : k + BATCH])) for k in range(0, len(rows), BATCH)]
    label = store.images.label[rows].astype(np.int64)
    if len(np.unique(label)) < 2:
        message = f"{store.folder}: expected validation images of two classes or more, found {len(np.unique(label))}"
        raise ValueError(message)
    probability = np.concatenate(said)
    classes = range(1, 2) if probability.shape[1] == 2 else np.unique(label)
    return float(np.mean([rank_images(probability[:, k].astype(np.float64), label == k).value for k in classes]))


def clock_sessions(
    sessions: Sequence[Any], images: Float[np.ndarray, "image ..."], sizes: Sequence[int] = (1, 64)
) -> list[dict[int, float]]:
    """Give median times of graphs, one thread, in alternation [microseconds an image]."""
    found: list[dict[int, float]] = [{} for _ in sessions]
    for size in sizes:
        times = clock_batch(sessions, images[:size])
        for number, time in enumerate(times):
            found[number][size] = 1e6 * time / min(size, len(images))
    return found


def clock_batch(sessions: Sequence[Any], batch: Float[np.ndarray, "n ..."]) -> list[float]:
    """Give the median time of a batch for each graph [s]; the first runs make what later ones keep."""
    runs = [functools.partial(judge, session, batch) for session in sessions]
    times = [[clock(run) for run in runs] for _ in range(REPEATS + 1)][1:]
    return [statistics.median(column) for column in zip(*times, strict=True)]
