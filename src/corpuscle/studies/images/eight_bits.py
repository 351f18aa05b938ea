"""Nets in eight bits: how much smaller, how much faster, and what is lost."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.labels import Labels
from corpuscle.identification.learned.form import open_form
from corpuscle.identification.learned.judge import NetJudge
from corpuscle.identification.nets import find_shape
from corpuscle.io.images.store import open_images
from corpuscle.nets.shipped import FILE
from corpuscle.studies.images.borthakur2023 import SOURCE
from corpuscle.studies.images.contenders import LABELS, UNTUNED, enter_net
from corpuscle.studies.images.judged import keep_ranking, rank_labels
from corpuscle.studies.images.paired import compare
from corpuscle.studies.images.pictured import lay_templates
from corpuscle.studies.images.shown import Shown
from corpuscle.studies.study import Contender, Role, ScaleName, Study
from corpuscle.studies.verdict import Row, Statement, Verdict, index_rows, lacks, mean_and_error
from corpuscle.training.eight_bits import CALIBRATED, FASTER, LARGE, LOSS, SMALLER
from corpuscle.training.judged import BATCH, clock_sessions, judge, open_session
from corpuscle.training.preprocess import INPUT
from corpuscle.training.quantize import How, quantize
from corpuscle.training.run import read_run

GRAPH = "graph.onnx"

WAYS: Mapping[str, tuple[str, Role]] = {
    "fp32": ("single precision", "reference"), "dynamic": ("8 bits, dynamic", "claimed"),
    "static": ("8 bits, static", "rival"),
}  # fmt: skip

NETS: Mapping[str, How] = {"cct": "static", "cnn": "static", "vit": "dynamic", "cms-vit": "dynamic"}
"""The nets, each with the way that is taken: static where there are convolutions, as `corpuscle export --int8` does."""

EPOCHS: Mapping[ScaleName, int] = {"quick": 4, "paper": 15}
SIZES: Mapping[ScaleName, tuple[int, int, int]] = {"quick": (2000, 3000, 3), "paper": (30_000, 10_000, 3)}
"""Images to learn from, images that are judged, and repeats."""

SINGLE, MANY = 1, 64
"""Images at once whose time is measured."""


def enter_ways(net: str) -> Iterator[Contender]:
    """Enter a net in every precision; it is trained once."""
    parameters = find_shape(net, {"channels": 1}).count().parameters
    recipe = UNTUNED if net == "cms-vit" else {}
    for way, (label, role) in WAYS.items():
        columns = {"precision": way, "parameters": parameters}
        name = f"{net.replace('-', '_')}_{way}"
        yield from enter_net(net, role, EPOCHS, name=name, label=f"{LABELS[net]}, {label}", columns=columns, **recipe)


def measure_precision(method: Contender, identifier: NetJudge, shown: Shown) -> dict[str, Any]:
    """Measure a net in one precision: bytes, AUC, times in alternation with single precision."""
    folder, way = Path(identifier.weights), str(method.columns["precision"])
    graph = keep_graph(folder, way)
    session, plain = open_session(graph), open_session(keep_graph(folder, "fp32"))
    images = shown.images.densify()
    said = np.concatenate([judge(session, images[k : k + BATCH]) for k in range(0, len(images), BATCH)])
    labels = Labels(probability=said.astype(float), names=shown.images.names)
    before, after = clock_sessions([plain, session], images, (SINGLE, MANY))
    return {
        **keep_ranking(rank_labels(labels, shown.truth)),
        "judged": len(shown.truth),
        "kilobytes": graph.stat().st_size / 1000,
        "smaller": keep_graph(folder, "fp32").stat().st_size / graph.stat().st_size,
        **{f"microseconds_{size}": after[size] for size in after},
        **{f"speed_{size}": before[size] / after[size] for size in after},
    }


def keep_graph(folder: Path, way: str) -> Path:
    """Give the graph of a trained net in a precision, kept beside its weights."""
    place = folder / f"{way}.{GRAPH}"
    if place.exists():
        return place
    made = folder / f".{way}.{GRAPH}"
    if way == "fp32":
        from corpuscle.training.image_export import join, write_graph

        write_graph(join([folder / FILE]), open_form(folder / FILE)[0].preparation.shape, made)
    else:
        run = read_run(folder)
        store = open_images(str(run.settings["data"]))
        learned = store.split(int(run.settings["split_seed"]))[0]
        images = store.images.densify(np.random.default_rng(0).permutation(learned)[:CALIBRATED])
        quantize(
            keep_graph(folder, "fp32"), made, "static" if way == "static" else "dynamic", name=INPUT, images=images
        )
    made.replace(place)
    return place


def judge_precision(rows: Sequence[Row]) -> Verdict:
    """Decide that eight bits buy size, lose little, and bring no speed to the small vision transformer."""
    names = [f"{net.replace('-', '_')}_{way}" for net in NETS for way in WAYS]
    missing = lacks(rows, *names, score="auc")
    if missing is not None:
        return missing
    found: list[Statement] = []
    for net, taken in NETS.items():
        for way in ("dynamic", "static"):
            found += state_way(rows, net.replace("-", "_"), way, headline=way == taken)
    found.append(state_no_speed(rows, "vit_dynamic"))
    return Verdict(
        statements=tuple(found),
        controls=tuple(tell_way(rows, name) for name in names),
        reading=f"of each net the way that corpuscle export takes (static where there are convolutions): {SMALLER:g} "
        f"times smaller from {LARGE:,} parameters on, smaller below; at most {LOSS} of AUC lost on the same images; "
        f"and the small ViT no faster than {FASTER} times with {SINGLE} or {MANY} images at once",
    )


def state_way(rows: Sequence[Row], net: str, way: str, *, headline: bool) -> list[Statement]:
    """State that a way of eight bits saves enough and loses little."""
    plain, ours = f"{net}_fp32", f"{net}_{way}"
    times = mean_and_error(np.array(list(index_rows(rows, "smaller", ours).values())))[0]
    parameters = next(row["parameters"] for row in rows if row["method"] == ours)
    wanted = SMALLER if parameters >= LARGE else 1.0
    lost, error = compare(rows, plain, ours)
    return [
        Statement(
            text=f"{ours} is {wanted:g} times smaller or more (found {times:.2f})", score="smaller",
            where=f"{parameters:,} parameters", margin=times - wanted, error=0.0, holds=times > wanted,
            headline=headline,
        ),
        Statement(
            text=f"{ours} loses {LOSS} of AUC at most (found {lost:+.4f})", score="auc",
            where=f"{parameters:,} parameters", margin=LOSS - lost, error=error, holds=lost <= LOSS, headline=headline,
        ),
    ]  # fmt: skip


def state_no_speed(rows: Sequence[Row], method: str) -> Statement:
    """State that eight bits bring no speed to a net."""
    speeds = [list(index_rows(rows, f"speed_{size}", method).values()) for size in (SINGLE, MANY)]
    best, error = max((mean_and_error(np.array(speed)) for speed in speeds), key=lambda pair: pair[0])
    return Statement(
        text=f"{method} is less than {FASTER} times as fast as single precision (found {best:.2f})", score="speed",
        where="one thread", margin=FASTER - best, error=error, holds=best < FASTER, headline=True,
    )  # fmt: skip


def tell_way(rows: Sequence[Row], method: str) -> str:
    """Tell size, times and speed of a net in one precision."""
    names = ("kilobytes", "auc", *(f"{what}_{size}" for what in ("microseconds", "speed") for size in (SINGLE, MANY)))
    kilobytes, auc, one, many, fast, faster = (
        float(np.mean(list(index_rows(rows, name, method).values()))) for name in names
    )
    return (
        f"{method}: {kilobytes:,.0f} kB, AUC {auc:.4f}, {one:,.0f} microseconds an image alone and {many:,.0f} of "
        f"{MANY} at once: {fast:.2f} and {faster:.2f} times as fast as single precision"
    )


QUANTIZATION = Study(
    name="borthakur2023-quantization",
    source=SOURCE,
    title="Nets in single precision and in eight bits, by ONNX Runtime: " + ", ".join(LABELS[net] for net in NETS),
    claim="We may explore model quantization techniques using the torch quantization API in order to reduce the memory "
    "footprint of the model and make it more compact. Here: eight bits buy size, lose at most 0.01 of AUC, and bring "
    "no speed to small vision transformers.",
    worlds=lay_templates(SIZES),
    methods=tuple(one for net in NETS for one in enter_ways(net)),
    measure=measure_precision,
    holds=judge_precision,
    axis=("images", "images to learn from"),
    panels=(
        ("auc", "AUC"),
        ("smaller", "times smaller"),
        ("speed_1", "times as fast, 1 image at once"),
        ("speed_64", "times as fast, 64 at once"),
    ),
    columns={"source": "source", "world": "world", "images": "images"},
    facets=(),
    figure="listed",
    scores=("auc_error", "kilobytes", "microseconds_1", "microseconds_64"),
    serial=True,
    assumed=(
        ("Each of three nets is exported once; its graph in eight bits is made of that one. ONNX Runtime in place of "
        "torch's quantization API, which its makers give up."),
        ("Templates of one channel, whose best AUC is known (0.8801): what a graph loses, it loses of a net that has "
        "learned something."),
        ("Times are medians of 30 batches in alternation with single precision, of one machine: they hang on its "
        "instructions for eight bits. Weights take seven of the eight bits, so that every machine says the same."),
    ),
)  # fmt: skip
