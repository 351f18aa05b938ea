"""Nets as ONNX graphs: traced for any number of what comes first, without the exporter's own remarks."""

import contextlib
import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from corpuscle.data.optional import import_optional
from corpuscle.nets.weights import import_torch

INSTALL = "pip install 'corpuscle[export]'"


def trace(
    net: Any,  # noqa: ANN401 - torch's own types
    example: Sequence[Any],
    *,
    inputs: Sequence[str],
    outputs: Sequence[str],
    axes: Mapping[str, Mapping[int, str]],
    opset: int,
) -> Any:  # noqa: ANN401 - torch's own types
    """Trace a net with free axes.

    Args:
        net: the net, in use.
        example: what it is traced with; it leaves no trace in the graph.
        inputs: the names of what goes in.
        outputs: the names of what comes out.
        axes: of each input, the axes that are free, by number, with their names.
        opset: the version of ONNX's operators.

    Raises: ImportError, saying what to install.
    """
    torch = import_torch()
    import_onnx()
    free = {name: torch.export.Dim(name, min=1) for of_one in axes.values() for name in of_one.values()}
    with hush():
        return torch.onnx.export(
            net,
            tuple(example),
            dynamo=True,
            opset_version=opset,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_shapes={name: {axis: free[said] for axis, said in axes[name].items()} for name in inputs},
            verbose=False,
        )


def import_onnx() -> Any:  # noqa: ANN401 - a module
    """Import onnx, with what torch writes it with.

    Raises: ImportError, saying what to install.
    """
    missing = f"writing ONNX needs onnx and onnxscript: {INSTALL}"
    import_optional("onnxscript", missing)  # what torch writes ONNX with
    return import_optional("onnx", missing)


def import_runtime() -> Any:  # noqa: ANN401 - a module
    """Import ONNX Runtime.

    Raises: ImportError, saying what to install.
    """
    return import_optional("onnxruntime", f"checking an ONNX file needs onnxruntime: {INSTALL}")


@contextlib.contextmanager
def hush() -> Iterator[None]:
    """Keep the exporter's own remarks to itself: they are about its making, not about the net."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", None)]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
