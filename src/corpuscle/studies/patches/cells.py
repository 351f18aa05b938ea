"""The cells of the grid, patch size against layers, and the nets beside it."""

from collections.abc import Mapping
from typing import Any

from corpuscle.studies.study import Contender, Known, Role, ScaleName

LAYERS = (2, 4, 8, 16)
"""Layers of the study; 0 is the control."""

PATCHES: Mapping[int, tuple[int, ...]] = {8: (1, 2, 4, 8), 32: (2, 4, 8, 16)}
"""Patches for images of so many rows [pixel]."""

HEAVY = ((32, 2),)
"""Rows of images and patch whose cells the quick scale leaves out: each takes longer than all others together."""

SEEDS = 3
"""Nets of a cell, each with a split of its own."""

STUDY: Mapping[str, Any] = {
    "batch": 100,
    "learning_rate": 1e-3,
    "schedule": "constant",
    "weight_decay": 1e-4,
    "augmentation": "none",
    "watch_test": True,
}
"""How the study trains; optimiser and learning rate are those of the example that it began with."""

EPOCHS: Mapping[ScaleName, str] = {"quick": "epochs", "paper": "long"}
"""What each scale knows of how long to train (`ImageSet.known`)."""


def enter(
    name: str, label: str, role: Role, *, net: str, scale: ScaleName, columns: Mapping[str, Any],
    where: Mapping[str, Any], recipe: Mapping[str, Any] | None = None, **settings: object,
) -> Contender:  # fmt: skip
    """Enter a net that learns by the study's recipe, or another one."""
    return Contender(
        name=name,
        label=label,
        role=role,
        identifier=net,
        trainer=net,
        nets=SEEDS,
        needs="lightning",
        training={
            "source": Known("source"), "epochs": Known(EPOCHS[scale]), **STUDY, **(recipe or {}), **settings,
        },
        columns=columns,
        scales=(scale,),
        where=where,
    )  # fmt: skip


def name_cell(patch: int, depth: int) -> str:
    """Name a cell.

    >>> name_cell(16, 2)
    'p16-l2'
    """
    return f"p{patch}-l{depth}"


def enter_cell(patch: int, depth: int, scale: ScaleName, sizes: tuple[int, ...], role: Role = "claimed") -> Contender:
    """Enter a cell for images of some sizes, all that have its patch unless it is one."""
    where = {"size": sizes[0]} if len(sizes) == 1 else {}
    return enter(
        name_cell(patch, depth), f"patch {patch}, {depth} layers", role if depth else "control", net="cifar-vit",
        scale=scale, where=where, columns={"kind": "cell", "patch": patch, "depth": depth}, patch=patch, depth=depth,
    )  # fmt: skip


def lay_cells(scale: ScaleName, depths: tuple[int, ...] = (0, *LAYERS)) -> list[Contender]:
    """Lay the grid of a scale, with the control without layers."""
    found = []
    for patch in sorted({patch for patches in PATCHES.values() for patch in patches}, reverse=True):
        sizes = tuple(
            size for size, patches in PATCHES.items()
            if patch in patches and not (scale == "quick" and (size, patch) in HEAVY)
        )  # fmt: skip
        found += [enter_cell(patch, depth, scale, sizes) for depth in depths]
    return found


ASKED: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "positions": ("with positions", {"position": "learned"}),
    "token": ("class token, positions", {"position": "learned", "pool": "token"}),
    "mean": ("mean of the tokens, positions", {"position": "learned", "pool": "mean"}),
}
"""What the study asks about, as changes of one cell: the tokens side by side make place for one."""

ASKED_OF: Mapping[int, tuple[int, int]] = {8: (2, 4), 32: (4, 4)}
"""Patch and layers of the cell that is changed, by rows of the images."""


def lay_asked(scale: ScaleName) -> list[Contender]:
    """Lay the nets with a class token, with positions, with a mean."""
    return [
        enter(
            f"{name_cell(patch, depth)}-{name}", f"patch {patch}, {depth} layers, {label}", "rival", net="cifar-vit",
            scale=scale, where={"size": size}, columns={"kind": name, "patch": patch, "depth": depth}, patch=patch,
            depth=depth, **changes,
        )
        for size, (patch, depth) in ASKED_OF.items()
        for name, (label, changes) in ASKED.items()
    ]  # fmt: skip
