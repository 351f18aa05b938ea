"""A trained net that names images as three files for programs without this package: graph, description, runner."""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.pixels import Shape
from corpuscle.identification.learned.form import ImageForm, build_trained, list_members, open_form
from corpuscle.io.files import make_room
from corpuscle.io.images.store import ImageStore
from corpuscle.nets.weights import import_torch, this_version
from corpuscle.training import run_model
from corpuscle.training.eight_bits import Comparison, choose_eight_bits
from corpuscle.training.judged import clock_sessions, compare_outputs, open_session
from corpuscle.training.onnx_file import import_onnx, import_runtime, trace
from corpuscle.training.preprocess import (
    CARD,
    INPUT,
    OUTPUT,
    RUNNER,
    check_targets,
    describe_graph,
    describe_net,
    describe_ports,
)
from corpuscle.training.run import Run

OPSET, IR = 18, 8
"""Versions of the operators and of the file: ONNX Runtime reads them from 1.14 on."""

BATCHES = (1, 7, 64)
"""How many images at once the graph is compared with the net on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What became of a net.

    Args:
        files: the graph, its description, its runner.
        difference: the largest difference of a probability to that of the net in torch.
        checked: which images that was measured on.
        latency: median times on one thread, by images at once [microseconds an image].
        eight: what eight bits changed, where they were asked for.
    """

    files: tuple[Path, ...]
    difference: float
    checked: str
    latency: Mapping[int, float]
    eight: Comparison | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is exported, and the images that it is tried on.

    Args:
        run: the training run.
        form: what its nets are built from.
        members: their weights.
        store: images, where there are some.
        learned: rows of the store that the net has learned from.
        held: rows of validation.
        images: as many as the largest batch.
        checked: which ones.
    """

    run: Run
    form: ImageForm
    members: Sequence[Path]
    store: ImageStore | None
    learned: Int[np.ndarray, " learned"]
    held: Int[np.ndarray, " held"]
    images: Float[np.ndarray, "image channel y x"]
    checked: str


def export_images(
    run: Run, path: Path, *, store: ImageStore | None, int8: bool = False, force: bool = False
) -> Exported:
    """Write a trained net as an ONNX graph that takes pixels as they come and says probabilities.

    Beside it come `preprocess.json`, which says what goes in and comes out, and `run_model.py`, which needs numpy and
    onnxruntime alone. All three are written, or none.

    Args:
        run: the training run.
        path: the graph to write.
        store: images to compare on; eight bits are calibrated on training rows of the run's split and judged on
            validation rows.
        int8: whether weights and sums are to be of eight bits.
        force: whether files may be replaced.

    Raises: ValueError, when the graph does not say what the net says, or eight bits lose too much or save too little;
        OSError, when a file exists or cannot be written; ImportError, when what writes it is not installed.
    """
    targets = check_targets(path, force=force)
    import_torch(), import_onnx(), import_runtime()
    subject = open_subject(run, store)
    if int8 and store is None:
        message = f"eight bits are calibrated and judged on images, and those of {run.folder} are gone: --data STORE"
        raise ValueError(message)
    room = make_room(path.parent)
    try:
        made = fill_room(subject, room / path.name, int8=int8, targets=targets)
        for target in targets:
            (room / target.name).replace(target)
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return made


def open_subject(run: Run, store: ImageStore | None) -> Subject:
    """Read what is exported, and choose images to try it on.

    Raises: ValueError, when there are no weights, or the images are of another kind than the net has learned from.
    """
    members = list_members(run.folder)
    form = open_form(members[0])[0]
    if store is None:
        none, drawn = np.zeros(0, np.int64), draw_images(form.preparation.shape)
        checked = "images drawn by chance, 5 % of the pixels filled, and empty ones"
        return Subject(
            run=run, form=form, members=members, store=None, learned=none, held=none, images=drawn, checked=checked
        )
    wanted, found = (form.preparation.shape, form.names), (store.layout.shape, store.layout.names)
    if wanted != found:
        message = f"{store.folder}: expected images like those of the training, {wanted}, found {found}"
        raise ValueError(message)
    learned, held, _ = store.split(int(run.settings.get("split_seed", run.seed)))
    chosen = np.resize(held if len(held) else np.arange(len(store)), max(BATCHES))
    return Subject(
        run=run, form=form, members=members, store=store, learned=learned, held=held,
        images=store.images.densify(chosen),
        checked=f"validation images of {store.folder.name}, and empty ones",
    )  # fmt: skip


def draw_images(shape: Shape) -> Float[np.ndarray, "image channel y x"]:
    """Draw sparse images by chance."""
    generator, sizes = np.random.default_rng(0), (max(BATCHES), *shape)
    filled = generator.random(sizes) < 0.05
    return np.asarray(generator.exponential(1.0, sizes) * filled, np.float32)


def fill_room(subject: Subject, graph: Path, *, int8: bool, targets: tuple[Path, ...]) -> Exported:
    """Write the three files into a folder of their own."""
    net = join(subject.members)
    write_graph(net, subject.form.preparation.shape, graph)
    difference = compare_outputs(net, graph, subject.images, BATCHES)
    eight = None
    if int8 and subject.store is not None:
        count = len(subject.members) * subject.form.shape.count().parameters
        eight = choose_eight_bits(graph, subject.store, subject.learned, subject.held, parameters=count)
    latency = clock_sessions([open_session(graph)], subject.images)[0]
    told = {
        **describe_ports(subject.form, subject.store),
        **describe_graph(graph, subject.images, opset=OPSET, ir=IR, latency=latency),
        "checked": {"largest_difference": difference, "batches": list(BATCHES), "images": subject.checked},
        "quantization": None if eight is None else eight.describe(),
        **describe_net(subject.run, subject.form, subject.members),
    }
    graph.with_name(CARD).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    shutil.copyfile(run_model.__file__, graph.with_name(RUNNER))
    return Exported(files=targets, difference=difference, checked=subject.checked, latency=latency, eight=eight)


def join(members: Sequence[Path]) -> Any:  # noqa: ANN401 - torch's own types
    """Join trained nets into one that says probabilities."""
    from corpuscle.nets.images.probable import ProbableNet

    return ProbableNet([build_trained(member) for member in members]).eval()


def write_graph(net: Any, shape: Shape, path: Path) -> None:  # noqa: ANN401 - torch's own types
    """Write a net as a graph for any number of images, and nothing of how it was made."""
    torch, onnx = import_torch(), import_onnx()
    axes = {INPUT: {0: "batch"}}
    program = trace(net, [torch.zeros(2, *shape)], inputs=[INPUT], outputs=[OUTPUT], axes=axes, opset=OPSET)
    program.save(path)
    model = onnx.load(path)
    model.ir_version, model.producer_name, model.producer_version = IR, "corpuscle", this_version()
    model.doc_string = f"Takes {INPUT} (batch, channel, y, x) as it comes; says the {OUTPUT} of each class: see {CARD}"
    for part in (model, model.graph, *model.graph.node, *model.graph.initializer, *model.graph.input):
        part.ClearField("metadata_props")
    for node in model.graph.node:
        node.ClearField("doc_string")
    del model.graph.value_info[:]
    del model.functions[:]
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
