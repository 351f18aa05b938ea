"""What trees and lines that name images cost: parameters, operations, time, memory, the size of their file."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from corpuscle.data.images import gather_images
from corpuscle.data.pixels import Pixels, Shape
from corpuscle.identification.classical.features import list_features, measure_features
from corpuscle.identification.classical.learned import FILE, read_learned
from corpuscle.io.errors import import_extra
from corpuscle.io.images.store import ImageStore
from corpuscle.training.cost import REPEATS, clock, read_peak
from corpuscle.training.run import Run

FILLED = 0.05
"""Share of the pixels that are filled in images drawn by chance, where those of the training are gone."""


class Count(NamedTuple):
    """What a graph holds, and what it does for one image: numbers learned, multiply-adds, comparisons at most."""

    parameters: int
    multiply_adds: int
    comparisons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassicalCost:
    """What judging images costs, on one thread of the CPU.

    Args:
        parameters: numbers that training sets: of trees the threshold of each question and the value of each leaf, of
            lines their slopes, and where each score begins.
        multiply_adds: multiplications with an addition of one image, once its numbers are measured; trees need none.
        comparisons: of a number with a threshold, of one image, at most: the depths of all trees; lines need none.
        numbers: what is measured of an image.
        latency: median time of one batch, measuring included [microseconds an image].
        measuring: of it, what measuring takes [microseconds an image].
        file: what was learned, in its file [bytes].
        memory: the most memory that the process has held, Python and libraries included [bytes]; None where the system
            does not say.
        batch: images that are judged at once.
        channels: numbers a pixel has.
        size: rows of an image [pixel].
    """

    parameters: int
    multiply_adds: int
    comparisons: int
    numbers: int
    latency: float
    measuring: float
    file: int
    memory: int | None
    batch: int
    channels: int
    size: int


def measure_classical_cost(run: Run, store: ImageStore | None, *, batch: int = 1) -> ClassicalCost:
    """Measure what trees or lines cost, on images of their training or, where these are gone, on some by chance.

    Args:
        run: the training run.
        store: the images of the training.
        batch: images that are judged at once.

    Raises: FormatError, when the run has learned nothing; MissingExtra, when onnx or onnxruntime is not installed.
    """
    learned = read_learned(str(run.folder), run.method)
    card, count = learned.card, count_graph(run.folder / FILE)
    pixels = draw_pixels(card.shape, batch) if store is None else choose_pixels(store, batch)
    features = measure_features(pixels, card.features)  # the first time compiles
    learned.judge(features)
    measuring, judging = (
        1e6 * statistics.median(clock(do) for _ in range(REPEATS)) / batch
        for do in (lambda: measure_features(pixels, card.features), lambda: learned.judge(features))
    )
    return ClassicalCost(
        **count._asdict(),
        numbers=len(list_features(card.shape, card.features)),
        latency=measuring + judging,
        measuring=measuring,
        file=(run.folder / FILE).stat().st_size,
        memory=read_peak(),
        batch=batch,
        channels=card.shape[0],
        size=card.shape[1],
    )


def choose_pixels(store: ImageStore, batch: int) -> Pixels:
    """Give the first images of a store, as often as it takes."""
    return store.images.pixels.choose(np.arange(batch) % len(store))


def draw_pixels(shape: Shape, batch: int) -> Pixels:
    """Draw images in which some pixels are filled."""
    generator = np.random.default_rng(0)
    dense = generator.exponential(size=(batch, *shape)) * (generator.random((batch, *shape)) < FILLED)
    return gather_images(dense.astype(np.float32), label=np.zeros(batch, np.int64), names=("unknown",)).pixels


def count_graph(path: Path) -> Count:
    """Count what a graph holds and does.

    Raises: MissingExtra, when onnx is not installed.
    """
    onnx = import_extra("onnx", "identify")
    graph = onnx.load(path).graph
    for node in graph.node:
        if node.op_type == "TreeEnsembleRegressor":
            return count_trees({one.name: onnx.helper.get_attribute_value(one) for one in node.attribute})
    slope, base = (onnx.numpy_helper.to_array(one) for one in graph.initializer)
    return Count(parameters=slope.size + base.size, multiply_adds=slope.size, comparisons=0)


def count_trees(held: Mapping[str, Any]) -> Count:
    """Count the questions and leaves of trees as ONNX holds them.

    >>> one = {"nodes_treeids": [0, 0, 0], "nodes_modes": [b"BRANCH_LEQ", b"LEAF", b"LEAF"], "base_values": [0.5]}
    >>> count_trees({**one, "nodes_truenodeids": [1, 0, 0], "nodes_falsenodeids": [2, 0, 0]})
    Count(parameters=4, multiply_adds=0, comparisons=1)
    """
    tree = np.asarray(held["nodes_treeids"])
    leaf = np.array([mode == b"LEAF" for mode in held["nodes_modes"]])
    left, right = (np.asarray(held[f"nodes_{side}nodeids"]) for side in ("true", "false"))
    parts = [tree == number for number in np.unique(tree)]
    depth = sum(find_depth(left[part].tolist(), right[part].tolist(), leaf[part].tolist()) for part in parts)
    return Count(parameters=len(leaf) + len(held["base_values"]), multiply_adds=0, comparisons=depth)


def find_depth(left: Sequence[int], right: Sequence[int], leaf: Sequence[bool]) -> int:
    """Give the most questions that a tree asks; its nodes are in order, the first is asked first."""
    deepest, ahead = 0, [(0, 0)]
    while ahead:
        node, depth = ahead.pop()
        deepest = max(deepest, depth)
        ahead += [] if leaf[node] else [(left[node], depth + 1), (right[node], depth + 1)]
    return deepest
