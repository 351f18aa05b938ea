"""What decides between convolutions and vision transformers: AUCs on the same images, the trees beside both."""

from collections.abc import Sequence

from corpuscle.studies.images.contenders import CONTROL, VITS
from corpuscle.studies.images.paired import choose_best, compare, read_rankings, state_auc_above, tell_auc
from corpuscle.studies.verdict import Row, Statement, Verdict, choose_rows, lacks, list_methods

TREES = "boosted_trees"

CHANCE, SURE = 0.5, 3.0
"""The AUC of a method that knows nothing, and standard errors within which a control is to be of it."""

CONVOLUTIONS = ("cnn", "jet_cnn")


def judge_families(rows: Sequence[Row], cnn: str, published: str) -> Verdict:
    """Decide that the published net of convolutions is above the best vision transformer of a budget.

    Args:
        rows: the rows.
        cnn: the published net.
        published: the vision transformer that was published beside it; empty where there was none.
    """
    missing = lacks(rows, cnn, TREES, score="auc") or (
        None if choose_best(rows, VITS) else lacks(rows, "vit", score="auc")
    )
    if missing is not None:
        return missing
    found: list[Statement] = []
    for images in sorted({row["images"] for row in rows}):
        found += state_families(choose_rows(rows, images=images), cnn, published, f"{images:,} images")
    told = [tell_cell(choose_rows(rows, images=images), images) for images in sorted({row["images"] for row in rows})]
    beside = f", and above {published}" if published else ""
    return Verdict(
        statements=tuple(found),
        controls=tuple(line for lines in told for line in lines),
        reading=f"{cnn} has a higher AUC than the vision transformer of its budget that is best on validation images"
        f"{beside}, at each number of images, by two standard errors",
    )


def state_families(rows: Sequence[Row], cnn: str, published: str, where: str) -> list[Statement]:
    """State what is above what, of one number of images."""
    there = list_methods(rows)
    vit, best = choose_best(rows, VITS) or "vit", choose_best(rows, CONVOLUTIONS) or cnn
    found = [state_auc_above(rows, cnn, vit, where, headline=True, text=f"{cnn} is above the best ViT, {vit}")]
    if published in there:
        found.append(state_auc_above(rows, cnn, published, where, headline=True))
    margin, error = compare(rows, vit, best)
    found.append(
        Statement(
            text=f"the best ViT, {vit}, is at the best CNN, {best}, or above",
            score="auc",
            where=where,
            margin=margin,
            error=error,
            holds=margin >= 0,
        )
    )
    found += [state_auc_above(rows, TREES, net, where) for net in (vit, best)]
    return found + ([state_control(rows, where)] if CONTROL in there else [])


def state_control(rows: Sequence[Row], where: str) -> Statement:
    """State that what cannot have learned knows nothing: no image that is judged has leaked."""
    mean, error = tell_auc(rows, CONTROL)
    return Statement(
        text=f"{CONTROL} is at {CHANCE}, within {SURE:g} standard errors", score="auc", where=where,
        margin=SURE * error - abs(mean - CHANCE), error=error, holds=abs(mean - CHANCE) <= SURE * error,
    )  # fmt: skip


def tell_cell(rows: Sequence[Row], images: int) -> list[str]:
    """Tell the AUC of every method on one number of images."""
    told = []
    for method in list_methods(rows):
        mean, error = tell_auc(rows, method)
        spread = ", ".join(f"{one.value:.4f}" for one in read_rankings(rows, method).values())
        told.append(f"{images:,} images, {method}: AUC {mean:.4f} ± {error:.4f} ({spread})")
    return told
