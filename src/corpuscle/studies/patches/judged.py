"""What decides the study of patches and layers: accuracies and times side by side, and where time comes from."""

import itertools
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from corpuscle.identification.nets import find_shape
from corpuscle.studies.patches.explained import explain_published, explain_rows, take_time
from corpuscle.studies.patches.front import choose_cells, find_front, lay_table, list_axes, spread_along
from corpuscle.studies.patches.published import PARAMETERS, Cell
from corpuscle.studies.verdict import (
    SIGNIFICANT,
    Row,
    Statement,
    Verdict,
    choose_rows,
    compare_methods,
    exceeds,
    mean_and_error,
    mean_score,
    tell_margin,
)

BAR = 0.97
"""The share of the variance of times that operations and layers are to explain."""

ACCURACY = "test_accuracy"
WHERE = "all cells"


def judge_grid(rows: Sequence[Row]) -> Verdict:
    """Decide what patch size and layers do to accuracy and time."""
    own = choose_cells(rows)
    patches, depths = list_axes(own)
    smaller = [((b, depth), (a, depth)) for a, b in itertools.pairwise(patches) for depth in depths]
    deeper = [((patch, b), (patch, a)) for a, b in itertools.pairwise(depths) for patch in patches]
    timed = [{**row, "time": take_time(row)} for row in own]
    found = [
        state_steps(own, ACCURACY, smaller, "a smaller patch gives a higher test accuracy"),
        state_steps(own, ACCURACY, deeper, "more layers give a higher test accuracy"),
        state_spread(own),
        state_steps(timed, "time", smaller, "a smaller patch takes longer to train", share=True),
        state_steps(timed, "time", deeper, "more layers take longer to train", share=True),
        *state_explained(rows),
        state_counts(),
    ]
    seeds = {row["seed"] for row in own}
    few = "" if len(seeds) > 1 else "of one seed, accuracies have no interval"
    return Verdict(
        statements=tuple(found),
        controls=(*tell_statements(found[5:]), *tell_controls(rows), *tell_asked(rows), tell_front(own)),
        reading="each step to a smaller patch and to more layers raises test accuracy after the last epoch, the mean "
        "of paired differences over seeds being above 0 by two standard errors in every cell; ranges as in Tables 4 "
        "and 5; and each step takes longer, by the time of a training step",
        decided=not few,
        reason=few,
    )


def pair_cells(rows: Sequence[Row], score: str, one: Cell, other: Cell) -> Float[np.ndarray, " seed"]:
    """Give the differences of two cells, seed by seed."""
    table = lay_table(choose_rows(rows, patch=(one[0], other[0]), depth=(one[1], other[1])), score)
    return np.asarray(table[one] - table[other])


def state_steps(
    rows: Sequence[Row], score: str, steps: Sequence[tuple[Cell, Cell]], text: str, *, share: bool = False
) -> Statement:
    """State that a score grows in every step from one cell to another; the margin is that of the least step.

    Args:
        rows: of the cells.
        score: the column.
        steps: pairs of cells: where the score is to be higher, and where lower.
        text: the sentence.
        share: whether a step counts as a share of where it begins.
    """
    table = lay_table(rows, score)
    there = [(one, other) for one, other in steps if one in table and other in table]
    size = [table[one] / table[other] - 1 if share else table[one] - table[other] for one, other in there]
    grown = [mean_and_error(values) for values in size]
    up, down = (sum(side * mean > SIGNIFICANT * error for mean, error in grown) for side in (1, -1))
    least = min(range(len(grown)), key=lambda k: grown[k][0])
    (patch, depth), _ = there[least]
    said = f"{up} of {len(grown)} steps up by two standard errors, {down} down" if len(size[0]) > 1 else (
        f"{sum(mean > 0 for mean, _ in grown)} of {len(grown)} steps up, one seed"
    )  # fmt: skip
    return Statement(
        text=f"{text} ({said})", score=score, where=f"the least step, to patch {patch}, {depth} layers",
        margin=grown[least][0], error=grown[least][1], holds=exceeds(*grown[least]), headline=True,
    )  # fmt: skip


def state_spread(rows: Sequence[Row]) -> Statement:
    """State that accuracy is spread more over patch sizes than over layers, each as a share of the mean."""
    patch, depth = (spread_along(rows, ACCURACY, along) for along in ("patch", "depth"))
    margin, error = mean_and_error(patch - depth)
    return Statement(
        text=f"the range of accuracies over patch sizes ({100 * patch.mean():.1f} % of the mean) is larger than that "
        f"over layers ({100 * depth.mean():.1f} %)",
        score=ACCURACY, where=WHERE, margin=margin, error=error, holds=exceeds(margin, error), headline=True,
    )  # fmt: skip


def state_explained(rows: Sequence[Row]) -> list[Statement]:
    """State that the time of a step comes from operations, and not from parameters; of one kind of machine."""
    kinds = [row["accelerator"] for row in rows]
    here = choose_rows(rows, kind="cell", accelerator=max(set(kinds), key=kinds.count))
    where = f"{len(here)} rows on {here[0]['accelerator']}"
    ours, theirs = (explain_rows(here, counted) for counted in ("multiply_adds", "parameters"))
    return [
        Statement(
            text=f"layers and multiply-adds explain {BAR:g} of the variance of the time of a step or more "
            f"(R² {ours.share:.4f}: {ours.begin:.2f} ms + {ours.layer:.2f} ms a layer + {ours.slope:.2f} ms a million)",
            score="R²", where=where, margin=ours.share - BAR, error=0.0, holds=bool(ours.share >= BAR),
        ),
        Statement(
            text=f"layers and parameters explain less of it (R² {theirs.share:.4f})", score="R²", where=where,
            margin=ours.share - theirs.share, error=0.0, holds=bool(ours.share > theirs.share),
        ),
        state_published(),
    ]  # fmt: skip


def state_published() -> Statement:
    """State the same of the study's own Table 1."""
    fits = explain_published()
    ours, theirs = fits["multiply_adds"], fits["parameters"]
    return Statement(
        text=f"in the study's own Table 1 multiply-adds explain more than parameters (R² {ours.share:.3f}, "
        f"{theirs.share:.3f}: {ours.begin:.0f} s + {ours.layer:.0f} s a layer + {ours.slope:.1f} s a million)",
        score="R²", where="14 cells, as printed", margin=ours.share - theirs.share, error=0.0,
        holds=bool(ours.share > theirs.share),
    )  # fmt: skip


def state_counts() -> Statement:
    """State that the net is the study's: as many parameters in every cell of Table 2."""
    right = sum(
        find_shape("cifar-vit", {"patch": patch, "depth": depth}).count().parameters == count
        for (patch, depth), count in PARAMETERS.items()
    )
    return Statement(
        text=f"{right} of {len(PARAMETERS)} cells of Table 2 are equal", score="parameters", where="CIFAR-100",
        margin=float(right - len(PARAMETERS)), error=0.0, holds=right == len(PARAMETERS),
    )  # fmt: skip


def tell_statements(found: Sequence[Statement]) -> tuple[str, ...]:
    """Tell what was found beside the claim."""
    return tuple(f"{'yes' if one.holds else 'no'}: {one.text}" for one in found)


def tell_controls(rows: Sequence[Row]) -> tuple[str, ...]:
    """Tell what the best number of layers gains over none, for each patch size."""
    told = []
    for patch in list_axes(choose_cells(rows))[0]:
        here = choose_rows(rows, kind="cell", patch=patch)
        none = choose_rows(here, depth=0)
        if not none:
            continue
        means = {name: mean_score(here, ACCURACY, name)[0] for name in dict.fromkeys(row["method"] for row in here)}
        best = max((name for name in means if name != none[0]["method"]), key=lambda name: means[name])
        gain, error = compare_methods(here, ACCURACY, best, none[0]["method"])
        told.append(
            f"no layers, patch {patch}: accuracy {means[none[0]['method']]:.4f}; the best of the others, {best}, has "
            f"{tell_margin(gain, error)}"
        )
    return tuple(told)


def tell_asked(rows: Sequence[Row]) -> tuple[str, ...]:
    """Answer what the study asks: what a class token would do to time and accuracy, beside positions and a mean."""
    told = []
    for row in {row["method"]: row for row in rows if row["kind"] != "cell"}.values():
        plain = choose_rows(rows, kind="cell", patch=row["patch"], depth=row["depth"])[0]["method"]
        timed = [{**one, "time": take_time(one)} for one in rows]
        ours, theirs = (mean_score(timed, "time", name)[0] for name in (row["method"], plain))
        gain, error = compare_methods(rows, ACCURACY, row["method"], plain)
        told.append(
            f"{row['method']}: {ours / theirs:.2f} of the time of {plain}, accuracy {tell_margin(gain, error)}, "
            f"{row['parameters']:,} parameters"
        )
    return tuple(told)


def tell_front(rows: Sequence[Row]) -> str:
    """Tell the cells that are the best for their cost."""
    costs = {row["method"]: row["multiply_adds"] for row in rows}
    front = [f"{name} ({costs[name] / 1e6:.2f} million, {mean_score(rows, ACCURACY, name)[0]:.4f})"
             for name in find_front(rows)]  # fmt: skip
    return f"best for their multiply-adds: {', '.join(front)}"
