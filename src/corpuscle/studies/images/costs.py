"""Operations and parameters against AUC, with times and memory: what a better net costs, and whether it is better."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from corpuscle.identification.base import Identifier
from corpuscle.identification.learned.form import open_form
from corpuscle.identification.learned.judge import NetJudge
from corpuscle.identification.nets import find_shape
from corpuscle.nets.shipped import FILE
from corpuscle.studies.images.borthakur2023 import SOURCE
from corpuscle.studies.images.contenders import (
    LABELS,
    UNTUNED,
    VITS,
    enter_net,
    enter_references,
    tell_budget,
)
from corpuscle.studies.images.families import state_control
from corpuscle.studies.images.judged import measure_identifier
from corpuscle.studies.images.paired import compare, tell_auc
from corpuscle.studies.images.peak import find_peak
from corpuscle.studies.images.pictured import lay_templates
from corpuscle.studies.images.shown import Shown
from corpuscle.studies.study import Contender, Role, ScaleName, Study
from corpuscle.studies.verdict import Row, Statement, Verdict, choose_rows, exceeds, lacks, list_methods
from corpuscle.training.image_cost import measure_image_cost

EPOCHS: Mapping[ScaleName, int] = {"quick": 4, "paper": 15}
SIZES: Mapping[ScaleName, tuple[int, int, int]] = {"quick": (2000, 3000, 3), "paper": (50_000, 10_000, 3)}
"""Images to learn from, images that are judged, and repeats."""

NETS = ("cnn", *(name.replace("_", "-") for name in VITS), "cms-vit")

SINGLE, MANY = 1, 64
"""Images at once whose time is measured."""

LARGEST = "cms_vit"


def enter_counted(net: str) -> list[Contender]:
    """Enter a net with what it counts to on images of one channel."""
    count = find_shape(net, {"channels": 1}).count()
    columns = {"multiply_adds": count.multiply_adds / 1e6, "parameters": count.parameters, "series": LABELS[net]}
    role: Role = "claimed" if net in {"cnn", "cms-vit"} else "rival"
    return enter_net(net, role, EPOCHS, columns=columns, **(UNTUNED if net == "cms-vit" else {}))


def measure_cost(method: Contender, identifier: Identifier | None, shown: Shown) -> dict[str, Any]:
    """Score a method, and of nets measure what judging costs.

    Raises: ValueError, when a net counts to something else than its column says.
    """
    scores = measure_identifier(method, identifier, shown)
    if not isinstance(identifier, NetJudge):
        return {**scores, **dict.fromkeys(("microseconds_1", "microseconds_64", "working_kilobytes"), float("nan"))}
    form = open_form(Path(identifier.weights) / FILE)[0]
    shape, prepared = form.shape, form.preparation
    if shape.count().parameters != method.columns["parameters"]:
        message = f"{method.name} has {shape.count().parameters} parameters, not {method.columns['parameters']}"
        raise ValueError(message)
    return {
        **scores,
        **{
            f"microseconds_{size}": measure_image_cost(shape, batch=size, preparation=prepared).latency
            for size in (SINGLE, MANY)
        },
        "working_kilobytes": find_peak(shape, SINGLE) / 1000,
    }


def judge_cost(rows: Sequence[Row]) -> Verdict:
    """Decide that operations do not buy AUC: a cheaper net is above the one with the most."""
    missing = lacks(rows, *(net.replace("-", "_") for net in NETS), score="auc")
    if missing is not None:
        return missing
    nets = [net.replace("-", "_") for net in NETS]
    found = [state_dominated(rows, LARGEST, [net for net in nets if net != LARGEST], headline=True)]
    found += [
        state_dominated(rows, net, list_cheaper(rows, net, nets)) for net in nets[:-1] if list_cheaper(rows, net, nets)
    ]
    found.append(state_control(rows, "all images"))
    below = {one.text.split(" ", 1)[0] for one in found if one.holds}
    front = [net for net in nets if net not in below]
    return Verdict(
        statements=tuple(found),
        controls=(
            *(tell_cost(rows, method) for method in list_methods(rows)),
            f"not below a cheaper net: {', '.join(front)}",
        ),
        reading="a net with fewer multiply-adds than the proposal's vision transformer has a higher AUC on the same "
        "images, by two standard errors: there is a sweet spot, and it is not where the operations are",
    )


def list_cheaper(rows: Sequence[Row], net: str, nets: Sequence[str]) -> list[str]:
    """List the nets with fewer multiply-adds."""
    cost = {row["method"]: row["multiply_adds"] for row in rows if row["method"] in nets}
    return [other for other in nets if cost[other] < cost[net]]


def state_dominated(rows: Sequence[Row], net: str, cheaper: Sequence[str], *, headline: bool = False) -> Statement:
    """State that of the cheaper nets the best on validation images is above a net."""
    best = max(cheaper, key=lambda other: sum(row["validation_auc"] for row in choose_rows(rows, method=other)))
    margin, error = compare(rows, best, net)
    return Statement(
        text=f"{net} is below a net of fewer operations, {best}", score="auc", where="all images", margin=margin,
        error=error, holds=exceeds(margin, error), headline=headline,
    )  # fmt: skip


def tell_cost(rows: Sequence[Row], method: str) -> str:
    """Tell what a method reaches and costs."""
    mean, error = tell_auc(rows, method)
    row = choose_rows(rows, method=method)[0]
    said = f"{method}: AUC {mean:.4f} ± {error:.4f}"
    if row.get("parameters") is None:
        return said
    return (
        f"{said}, {row['parameters']:,} parameters, {row['multiply_adds']:.3f} M multiply-adds, "
        f"{row['microseconds_1']:,.0f} microseconds alone and {row['microseconds_64']:,.0f} of {MANY} at once, "
        f"{row['working_kilobytes']:,.0f} kB to work in"
    )


COST = Study(
    name="borthakur2023-cost",
    source=SOURCE,
    title="Multiply-adds against AUC on templates, whose best possible AUC is known",
    claim="plot FLOPs vs AUC graph for the models in both cases in order to find the sweet spot between performance "
    "and speed",
    worlds=lay_templates(SIZES),
    methods=(
        *(one for net in NETS for one in enter_counted(net)),
        *enter_references(),
        Contender(name="exact", label="likelihood ratio, the best there is", role="ceiling"),
    ),
    measure=measure_cost,
    holds=judge_cost,
    axis=("multiply_adds", "multiply-adds of an image [million]"),
    panels=(("auc", "AUC on images not learned from"), ("microseconds_64", "time of an image, 64 at once [µs]")),
    columns={"source": "source", "world": "world", "images": "images"},
    facets=(),
    scores=("auc_error", "accuracy", "microseconds_1", "working_kilobytes", "training_seconds"),
    logarithmic=(True, False),
    serial=True,
    assumed=(
        ("Counts are by formula, which tests compare with torch's counter and with what was published: on its two "
        f"channels {tell_budget('cnn')}, {tell_budget('cms-vit')}; here images have one."),
        ("Times are medians of five batches on one thread of the CPU. What a net works in is the most that its "
        "activations hold at once, without its weights, as torch's profiler says. GPUs: corpuscle cost."),
        "Trees, logistic regression and the likelihood ratio have no count: they are lines across.",
        "The exact best AUC is 0.8801; the line is the likelihood ratio's on the same images.",
    ),
)  # fmt: skip
