"""What decides whether a net beyond the grid is better than the grid's best at no more multiply-adds."""

from collections.abc import Sequence

from corpuscle.studies.verdict import (
    Row,
    Statement,
    Verdict,
    choose_rows,
    compare_methods,
    exceeds,
    lacks,
    list_methods,
    mean_score,
    tell_scores,
)

OURS = "convolutional"
"""The net that is to be better."""

RECIPE, PLAIN = "recipe", "p8-l2"
"""The cell that learns by the net's recipe, and the same one by the study's."""

SCORES = ("test_accuracy", "chosen_test_accuracy")
"""Test accuracy after the last epoch, and after that of the best validation accuracy."""


def judge_beyond(rows: Sequence[Row]) -> Verdict:
    """Decide that the net is better than the best cell, and dearer than no cell that is its match."""
    missing = lacks(rows, OURS, score=SCORES[0])
    if missing is not None:
        return missing
    cells = list_methods(choose_rows(rows, kind="cell"))
    found = [one for score in SCORES for one in state_better(rows, cells, score)]
    return Verdict(
        statements=tuple(found),
        controls=(*tell_scores(rows, SCORES[0]), *tell_recipe(rows)),
        reading="test accuracy, paired over seeds, each with a split and nets of its own: above the cell with the best "
        "mean by two standard errors, with no more multiply-adds an image than that cell; after the last epoch, and "
        "after the epoch that validation would choose",
    )


def tell_recipe(rows: Sequence[Row]) -> tuple[str, ...]:
    """Tell what the recipe gives a cell of the grid, and what is left for the net."""
    if not {OURS, RECIPE, PLAIN} <= set(list_methods(rows)):
        return ()
    gain, error = compare_methods(rows, SCORES[0], RECIPE, PLAIN)
    rest, left = compare_methods(rows, SCORES[0], OURS, RECIPE)
    ours, theirs = f"{rest:+.4f} ± {left:.4f} the net's", f"{gain:+.4f} ± {error:.4f} is the recipe's"
    return (f"of the difference to {PLAIN}, {theirs} and {ours}",)


def state_better(rows: Sequence[Row], cells: Sequence[str], score: str) -> list[Statement]:
    """State that the net is better than the best cell, and no dearer."""
    best = max(cells, key=lambda name: mean_score(rows, score, name)[0])
    margin, error = compare_methods(rows, score, OURS, best)
    ours, theirs = (choose_rows(rows, method=name)[0]["multiply_adds"] for name in (OURS, best))
    return [
        Statement(
            text=f"{OURS} has a higher accuracy than the best cell, {best}", score=score, where="test images",
            margin=margin, error=error, holds=exceeds(margin, error), headline=True,
        ),
        Statement(
            text=f"{OURS} takes no more multiply-adds an image ({ours:,}) than {best} ({theirs:,})", score=score,
            where="an image", margin=float(theirs - ours), error=0.0, holds=bool(ours <= theirs), headline=True,
        ),
    ]  # fmt: skip
