"""A net that fits as an ONNX file: any number of tracks and hits, the mask as an input, what it is in its metadata."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from corpuscle.data.helix import NAMES
from corpuscle.fitting.learned import corrector, residuals, trackformer
from corpuscle.fitting.learned.inputs import FEATURES as INPUT_FEATURES
from corpuscle.fitting.learned.shape import TrackFormerShape
from corpuscle.fitting.learned.shipped import CORRECTOR, TRACKFORMER
from corpuscle.io.files import check_writable, make_room
from corpuscle.nets.shipped import Architecture, describe_weights
from corpuscle.nets.weights import import_torch
from corpuscle.training.onnx_file import trace

OPSET = 20
"""The version of ONNX's operators that files are written for."""

TRACKS, HITS = 3, 5
"""The size of the example that a net is traced with; it leaves no trace in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What goes into the net of a fitter and what comes out, by name.

    Args:
        kind: its architecture.
        inputs: numbers of a hit, for each input that is one.
        outputs: what it says.
        notes: what a user needs to know of them.
    """

    kind: Architecture
    inputs: dict[str, int]
    outputs: tuple[str, ...]
    notes: dict[str, Any]


def find_ports(method: str, weights: str) -> Ports:
    """Give what goes in and out of the net of a method.

    Raises: ValueError, when the method has no net that fits.
    """
    if method == "corrector":
        from corpuscle.fitting.learned.gains import ORDER

        notes: dict[str, Any] = {
            "parameters": [NAMES[place] for place in ORDER],
            "input": "feature and residual as by corpuscle.fitting.learned.residuals.read_residuals, in single "
            "precision; real is true where there is a hit",
            "output": "correction in units of Residuals.unit; log_sharpness and below: Cholesky factor of the inverse "
            "covariance, as by corpuscle.nets.joint.whiten",
        }
        inputs = {"feature": residuals.FEATURES, "residual": 2}
        return Ports(kind=CORRECTOR, inputs=inputs, outputs=("correction", "log_sharpness", "below"), notes=notes)
    if method == "trackformer":
        shape = TrackFormerShape(**describe_weights(weights, TRACKFORMER).settings)
        notes = {
            "levels": shape.levels,
            "input": f"feature as by corpuscle.fitting.learned.inputs.read_inputs(hits, {shape.inputs!r}), in single "
            "precision; real is true where there is a hit",
            "output": f"{shape.target}, as read by corpuscle.fitting.learned.trackformer.read_levels",
        }
        inputs = {"feature": INPUT_FEATURES[shape.inputs]}
        return Ports(kind=TRACKFORMER, inputs=inputs, outputs=("said",), notes=notes)
    message = f"expected corrector, trackformer or the folder of a run of one of them, not {method!r}"
    raise ValueError(message)


def export_net(method: str, weights: str, path: Path, *, force: bool = False) -> Ports:
    """Write the net of a fitter as an ONNX file, whole or not at all.

    Args:
        method: corrector or trackformer.
        weights: the name of shipped weights, a file, or the folder of a run.
        path: the file to write.
        force: whether it may be replaced.

    Returns:
        What goes in and comes out.

    Raises: ValueError, when the method has no such net or the weights are none; OSError, when the file cannot be
        written; ImportError, when what writes it is not installed.
    """
    check_writable(path, force=force)
    import_torch()
    ports = find_ports(method, weights)
    card = describe_weights(weights, ports.kind)
    build = corrector.build_corrector if method == "corrector" else trackformer.build_regressor
    program = trace_ports(build(weights), ports)
    notes = {"net": card.net, "layout": card.layout, "settings": card.settings, "training": card.training,
             "seed": card.seed, "version": card.version, **ports.notes}  # fmt: skip
    program.model.metadata_props.update({name: json.dumps(value) for name, value in notes.items()})
    room = make_room(path.parent)
    try:
        program.save(room / path.name)
        (room / path.name).replace(path)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return ports


def trace_ports(net: Any, ports: Ports) -> Any:  # noqa: ANN401 - torch's own types
    """Trace a net with any number of tracks and hits.

    Raises: ImportError, saying what to install.
    """
    torch = import_torch()
    example = [torch.zeros(TRACKS, HITS, count) for count in ports.inputs.values()]
    example.append(torch.ones(TRACKS, HITS, dtype=torch.bool))
    names = [*ports.inputs, "real"]
    axes = {name: {0: "track", 1: "hit"} for name in names}
    return trace(net, example, inputs=names, outputs=ports.outputs, axes=axes, opset=OPSET)
