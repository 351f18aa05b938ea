"""An ONNX graph in numbers of eight bits: dynamically, or calibrated on images."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from jaxtyping import Float

from corpuscle.training.onnx_file import hush, import_onnx

How = Literal["dynamic", "static"]
"""Dynamic: ranges of what passes through are found image by image; static: once, on images of the training."""

QUANTIZED = ("Conv", "Gemm", "MatMul")
"""Operators whose numbers become eight bits; norms, activations and what prepares the pixels stay as they are."""

BATCH = 32
"""Images that ranges are found on at once."""


def quantize(path: Path, output: Path, how: How, *, name: str, images: Float[np.ndarray, "image channel y x"]) -> None:
    """Write a graph with eight-bit weights, and eight-bit arithmetic where its runtime has it.

    Weights have a scale a channel and seven bits of range, so that processors without instructions for sums of eight
    bits do not overflow and say what others say. The last map keeps its numbers: it is small, and what it says decides.

    Args:
        path: the graph.
        output: the graph to write.
        how: dynamic or static.
        name: of the input.
        images: what ranges are found on, of training; dynamic needs none.
    """
    onnx = import_onnx()
    with hush():
        from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic, quantize_static

        last = find_last(onnx.load(path).graph)
        asked: dict[str, Any] = {
            "op_types_to_quantize": list(QUANTIZED), "nodes_to_exclude": [last], "per_channel": True,
            "reduce_range": True, "weight_type": QuantType.QInt8,
        }  # fmt: skip
        if how == "dynamic":
            quantize_dynamic(path, output, **asked)
        else:
            asked |= {"quant_format": QuantFormat.QDQ, "activation_type": QuantType.QUInt8}
            quantize_static(path, output, Reader(name, images), **asked)


def find_last(graph: Any) -> str:  # noqa: ANN401 - onnx's own type
    """Find the last map of a graph, by name."""
    return [str(node.name) for node in graph.node if node.op_type in QUANTIZED][-1]


def has_convolutions(path: Path) -> bool:
    """Tell whether a graph has convolutions."""
    return any(node.op_type == "Conv" for node in import_onnx().load(path).graph.node)


class Reader:
    """Images batch by batch, as ONNX Runtime asks for them."""

    def __init__(self, name: str, images: Float[np.ndarray, "image channel y x"]) -> None:
        self.name, self.images = name, images
        self.rewind()

    def rewind(self) -> None:
        """Begin again."""
        self.batches: Iterator[np.ndarray] = iter(np.array_split(self.images, -(-len(self.images) // BATCH)))

    def get_next(self) -> dict[str, np.ndarray] | None:
        """Give the next batch."""
        batch = next(self.batches, None)
        return None if batch is None else {self.name: batch}
