"""Trees and lines as ONNX: from numbers of an image to the probability of each class, for any program."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.io.errors import import_extra

OPSET, OPSET_TREES, IR = 17, 3, 9
"""Versions of the operators, of those of trees, and of the file: what programs have read for years."""

INPUT, OUTPUT = "features", "probability"


class Tree(NamedTuple):
    """One regression tree; a node goes left where its feature is at most its threshold.

    Args:
        feature: which number each node asks for.
        threshold: what it is compared with.
        left: the node on the left.
        right: the node on the right.
        leaf: whether it asks for nothing.
        value: what a leaf adds.
        target: the number of the score that it is added to.
    """

    feature: Int[np.ndarray, " node"]
    threshold: Float[np.ndarray, " node"]
    left: Int[np.ndarray, " node"]
    right: Int[np.ndarray, " node"]
    leaf: Bool[np.ndarray, " node"]
    value: Float[np.ndarray, " node"]
    target: int


def round_down(number: Float[np.ndarray, " n"]) -> Float[np.ndarray, " n"]:
    """Round to single precision, never up: a number of single precision is at most t where it is at most t rounded.

    >>> float(np.float32(0.1)) > 0.1 > float(round_down(np.array([0.1]))[0])
    True
    """
    single = number.astype(np.float32)
    return np.where(single > number, np.nextafter(single, np.float32(-np.inf)), single).astype(np.float32)


def draw_trees(trees: Sequence[Tree], base: Float[np.ndarray, " score"], features: int) -> Any:  # noqa: ANN401 - onnx
    """Draw the graph of boosted trees: each score is its base and what its trees add.

    Args:
        trees: the trees.
        base: where each score begins: one number for two classes, one a class for more.
        features: how many numbers an image is told by.

    Raises: MissingExtra, when onnx is not installed.
    """
    onnx = import_extra("onnx", "identify")
    size = [len(tree.feature) for tree in trees]
    leaf = np.concatenate([tree.leaf for tree in trees])
    number = np.repeat(np.arange(len(trees)), size)
    node = np.concatenate([np.arange(count) for count in size])

    def join(name: str) -> np.ndarray:
        return np.concatenate([getattr(tree, name) for tree in trees])

    ensemble = onnx.helper.make_node(
        "TreeEnsembleRegressor",
        [INPUT],
        ["score"],
        domain="ai.onnx.ml",
        n_targets=len(base),
        base_values=base.tolist(),
        nodes_treeids=number.tolist(),
        nodes_nodeids=node.tolist(),
        nodes_featureids=np.where(leaf, 0, join("feature")).tolist(),
        nodes_values=np.where(leaf, 0, round_down(join("threshold"))).tolist(),
        nodes_modes=np.where(leaf, "LEAF", "BRANCH_LEQ").tolist(),
        nodes_truenodeids=np.where(leaf, 0, join("left")).tolist(),
        nodes_falsenodeids=np.where(leaf, 0, join("right")).tolist(),
        target_treeids=number[leaf].tolist(),
        target_nodeids=node[leaf].tolist(),
        target_ids=np.repeat([tree.target for tree in trees], size)[leaf].tolist(),
        target_weights=join("value")[leaf].tolist(),
    )
    return close([ensemble], [], len(base), features)


def draw_line(slope: Float[np.ndarray, "feature score"], base: Float[np.ndarray, " score"]) -> Any:  # noqa: ANN401 - onnx
    """Draw the graph of logistic regression: each score is its base and the features times its slopes.

    Raises: MissingExtra, when onnx is not installed.
    """
    onnx = import_extra("onnx", "identify")
    make, double = onnx.helper.make_node, onnx.TensorProto.DOUBLE
    constants = [onnx.numpy_helper.from_array(slope, "slope"), onnx.numpy_helper.from_array(base, "base")]
    steps = [
        make("Cast", [INPUT], ["features_double"], to=double),
        make("MatMul", ["features_double", "slope"], ["product"]),
        make("Add", ["product", "base"], ["sum"]),
        make("Cast", ["sum"], ["score"], to=onnx.TensorProto.FLOAT),
    ]
    return close(steps, constants, len(base), len(slope))


def close(steps: list[Any], constants: list[Any], scores: int, features: int) -> Any:  # noqa: ANN401 - onnx
    """Make probabilities of scores, and a file of the graph."""
    onnx = import_extra("onnx", "identify")
    make, info, single = onnx.helper.make_node, onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    if scores == 1:
        ends = [
            make("Neg", ["score"], ["against"]),
            make("Concat", ["against", "score"], ["both"], axis=1),
            make("Sigmoid", ["both"], [OUTPUT]),
        ]
    else:
        ends = [make("Softmax", ["score"], [OUTPUT], axis=1)]
    told = info(INPUT, single, ["batch", features])
    said = info(OUTPUT, single, ["batch", max(scores, 2)])
    graph = onnx.helper.make_graph([*steps, *ends], "corpuscle", [told], [said], constants)
    versions = [onnx.helper.make_opsetid("", OPSET), onnx.helper.make_opsetid("ai.onnx.ml", OPSET_TREES)]
    made = onnx.helper.make_model(graph, opset_imports=versions, ir_version=IR, producer_name="corpuscle")
    onnx.checker.check_model(made)
    return made
