"""Ibrahimovic 2023, patch size against layers of a vision transformer: the grid again, and beyond it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from corpuscle.studies.patches.beyond import OURS, judge_beyond
from corpuscle.studies.patches.cells import LAYERS, PATCHES, SEEDS, enter, enter_cell, lay_asked, lay_cells
from corpuscle.studies.patches.image_set import ImageSet, gather_images, gather_set
from corpuscle.studies.patches.judged import judge_grid
from corpuscle.studies.patches.measured import STEPS, measure_cell
from corpuscle.studies.patches.published import Cell
from corpuscle.studies.study import Contender, Grid, ScaleName, Study

SOURCE = "Ibrahimovic, Optimizing Vision Transformer Performance with Customizable Parameters (2023), Sec. IV"

COLUMNS: Mapping[str, str] = {"images": "images"}

SCORES = (
    "validation_accuracy", "training_accuracy", "test_loss", "chosen_test_accuracy", "parameters", "multiply_adds",
    "step_seconds", "step_processor_seconds", "training_seconds",
)  # fmt: skip


def lay_digits(*, epochs: int, repeats: int) -> Grid:
    """Lay the digits."""
    return Grid(worlds=(ImageSet(name="digits", size=8, classes=10, epochs=epochs, repeats=repeats),))


GRID = Study(
    name="ibrahimovic2023-grid",
    source=SOURCE,
    title="Patch size against layers of a vision transformer: accuracy and what it costs",
    claim="The results showed that increasing the number of transformer layers and decreasing the patch size both "
    "increased test accuracy and training time. [...] Overall, changing patch size had a greater impact on accuracy "
    "than changing the number of transformer layers.",
    worlds={"quick": lay_digits(epochs=5, repeats=1), "paper": lay_digits(epochs=5, repeats=SEEDS)},
    methods=tuple(one for scale in ("quick", "paper") for lay in (lay_cells, lay_asked) for one in lay(scale)),
    measure=measure_cell,
    holds=judge_grid,
    axis=("patch", "patch [pixel]"),
    panels=(("test_accuracy", "test accuracy"),),
    columns=COLUMNS,
    facets=(),
    figure="patches",
    scores=SCORES,
    gather=partial(gather_images, epochs=10, repeats=SEEDS),
    replaces=True,
    assumed=(
        (
            "The study says neither optimiser, learning rate nor dropout: AdamW at 0.001 with a decay of 0.0001, as "
            "the Keras example that it changed, and no dropout. No augmentation. Batches of 100, as the study; 200 "
            "epochs at the paper scale, 5 of digits and 10 of photographs at the quick one."
        ),
        (
            "The net has no positions and no class token: with either it would not have the parameters of Table 2. "
            "Zero layers, positions, a class token and a mean stand beside the grid."
        ),
        (
            "Splits are those of the store, class by class: 45,000, 5,000 and 10,000 of CIFAR-100, 8 to 1 to 1 where "
            "there is no published test. Each seed has a split and a net of its own, the same for every cell."
        ),
        (
            f"The time of a step is the median of {STEPS}, measured apart from training, on one thread: of the "
            "processor on a CPU, since other work on the machine counts on the clock; by the clock on a GPU. Training "
            "times are by the clock and count validation too."
        ),
        "Digits have 8 x 8 pixels: patches 1, 2, 4, 8, of as many tokens as 4, 8, 16, 32 of 32 x 32.",
        "Patch 2 of photographs is left out at the quick scale: it would take longer than all else together.",
    ),
)

RECIPE: Mapping[str, Any] = {
    "batch": 50,
    "learning_rate": 2e-3,
    "schedule": "cosine",
    "warm_up": 2,
    "weight_decay": 0.05,
    "augmentation": "mirror-shift",
    "smoothing": 0.1,
}
"""Warm-up, cosine, decay, smoothing and augmentation after Hassani et al., for as many epochs as the grid."""

STEM: Mapping[str, Any] = {"patch": 8, "width": 64, "depth": 2, "stem_filters": 24, "hidden": 128}
"""Three convolutions, 16 tokens, fewer multiply-adds than the cell of patch 8 and 2 layers."""


CELLS: Mapping[ScaleName, tuple[Cell, ...]] = {
    "quick": ((16, 2), (8, 2), (8, 4), (4, 2)),
    "paper": tuple((patch, depth) for patch in PATCHES[32] for depth in LAYERS),
}
"""The cells of the grid to compare with, by scale."""


def lay_beyond() -> list[Contender]:
    """Lay the net beyond the grid, the cells to compare with, and a cell that learns by the net's recipe."""
    found = []
    for scale, cells in CELLS.items():
        found += [
            enter(
                OURS, "convolutional tokens, recipe", "claimed", net="cct", scale=scale, where={},
                columns={"kind": "beyond", "patch": 8, "depth": 2}, recipe=RECIPE, **STEM,
            ),
            *(enter_cell(patch, depth, scale, (32,), "rival") for patch, depth in cells),
            enter(
                "recipe", "patch 8, 2 layers, recipe", "control", net="cifar-vit", scale=scale, where={},
                columns={"kind": "recipe", "patch": 8, "depth": 2}, recipe=RECIPE, patch=8, depth=2,
            ),
        ]  # fmt: skip
    return found


PHOTOGRAPHS = ImageSet(
    name="cifar10-subset", size=32, classes=10, epochs=15, repeats=SEEDS, files=("cifar10_train_0000_2999.npz",)
)
"""The images that it is measured on unless others are given; they do not come with the package."""

BEYOND = Study(
    name="ibrahimovic2023-beyond",
    source=SOURCE,
    title="Beyond the grid: tokens by convolution and a recipe for few images, at no more operations",
    claim="A net with tokens by convolution, a mean of the tokens by weights they say, augmentation, warm-up and a "
    "falling learning rate is better than the best cell of the grid, at no more multiply-adds and in as many epochs.",
    worlds={scale: Grid(worlds=(PHOTOGRAPHS,)) for scale in CELLS},
    methods=tuple(lay_beyond()),
    measure=measure_cell,
    holds=judge_beyond,
    axis=("patch", "patch [pixel]"),
    panels=(("test_accuracy", "test accuracy"),),
    columns=COLUMNS,
    facets=(),
    figure="patches",
    scores=SCORES,
    gather=partial(gather_set, epochs=15, repeats=SEEDS, sizes=(32,)),
    replaces=True,
    assumed=(
        (
            "The claim is this package's, not the study's. Every net sees every training image as often: 15 epochs at "
            "the quick scale, 200 at the paper scale. Cells learn as in ibrahimovic2023-grid."
        ),
        (
            "The recipe is the one of Hassani et al. as far as this package has it: AdamW, warm-up of two epochs and a "
            "cosine, a decay of 0.05, smoothing of 0.1; mirrored and shifted images in the place of RandAugment, "
            "mixup, cutmix and erasing. Batches of 50."
        ),
        "The quick scale has four cells of few layers, those of the study's grid the paper scale all.",
        "The control `recipe` is a cell of the grid that learns by the same recipe: what is left is the net's.",
    ),
)
