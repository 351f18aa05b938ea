"""Nets and classical methods as the studies of images enter them."""

from collections.abc import Mapping
from typing import Any

from corpuscle.identification.nets import find_shape
from corpuscle.studies.study import Contender, Known, Role, ScaleName

BATCH = 64
"""Images of a batch: of few images a net needs many steps."""

VITS = ("vit", "simple_vit", "deep_vit", "scalable_vit", "cct")
"""Vision transformers below 100,000 parameters and 3 million multiply-adds."""

LABELS: Mapping[str, str] = {
    "vit": "ViT", "simple-vit": "SimpleViT", "deep-vit": "DeepViT", "scalable-vit": "ScalableViT", "cct": "CCT",
    "cms-vit": "ViT of the proposal", "cnn": "CNN", "jet-cnn": "CNN for jets",
}  # fmt: skip

UNTUNED: Mapping[str, Any] = {"schedule": "constant", "weight_decay": 0.0, "scale": "none"}
"""As the proposal trained its vision transformer: Adam, 0.001 throughout, pixels as they come."""

CONTROL = "shuffled"
"""Trees that have learned from images whose classes were dealt out by chance."""


def enter_net(
    net: str,
    role: Role,
    epochs: Mapping[ScaleName, int],
    *,
    nets: int = 3,
    name: str = "",
    label: str = "",
    where: Mapping[ScaleName, Mapping[str, Any]] | None = None,
    columns: Mapping[str, Any] | None = None,
    source: str = "source",
    **training: object,
) -> list[Contender]:
    """Enter a net, trained as long as each scale has it.

    Args:
        net: its name.
        role: what it is there for.
        epochs: passes over the images to learn from, by scale.
        nets: how many are trained, each from a seed of its own.
        name: in the rows; the net's unless given.
        label: in the figure; the net's unless given.
        where: what the columns of a world must be for it to take part, by scale.
        columns: further columns of its rows.
        source: what of the world's it learns from.
        training: of the trainer and the net, beside the usual.
    """
    return [
        Contender(
            name=name or net.replace("-", "_"), label=label or LABELS[net], role=role, identifier=net, trainer=net,
            needs="lightning", nets=nets, scales=(scale,), where=(where or {}).get(scale, {}), columns=columns or {},
            training={"source": Known(source), "batch": BATCH, "epochs": count, **training},
        )
        for scale, count in epochs.items()
    ]  # fmt: skip


def enter_vits(epochs: Mapping[ScaleName, int], **training: object) -> list[Contender]:
    """Enter the vision transformers of one budget."""
    return [one for name in VITS for one in enter_net(name.replace("_", "-"), "rival", epochs, **training)]  # type: ignore[arg-type] # of the trainer, all of them


def enter_classical(method: str, label: str, *, nets: int = 3, name: str = "", source: str = "source") -> Contender:
    """Enter a classical method, which learns in seconds.

    Args:
        method: its name.
        label: in the figure.
        nets: how many are fitted, each on a split of its own.
        name: in the rows; the method's unless given.
        source: what of the world's it learns from.
    """
    return Contender(
        name=name or method.replace("-", "_"), label=label, role="control" if name == CONTROL else "reference",
        identifier=method, trainer=method, needs="sklearn", nets=nets, training={"source": Known(source)},
    )  # fmt: skip


def enter_references() -> list[Contender]:
    """Enter what stands beside every net: trees, logistic regression, and trees that can have learned nothing."""
    return [
        enter_classical("boosted-trees", "boosted trees"),
        enter_classical("logistic", "logistic regression"),
        enter_classical("boosted-trees", "trees, classes shuffled", name=CONTROL, source="shuffled"),
    ]


def tell_budget(net: str, **settings: object) -> str:
    """Tell what a net counts to.

    >>> tell_budget("cnn")
    'CNN 30,465 parameters, 2.89 M multiply-adds'
    """
    count = find_shape(net, settings).count()
    return f"{LABELS[net]} {count.parameters:,} parameters, {count.multiply_adds / 1e6:.2f} M multiply-adds"
