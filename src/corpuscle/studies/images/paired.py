"""AUCs of rows compared: in pairs on the same images, and over nets of several seeds."""

import math
from collections.abc import Sequence

import numpy as np

from corpuscle.metrics.classes.ranking import Ranking, subtract
from corpuscle.studies.images.judged import INFLUENCE
from corpuscle.studies.verdict import Row, Statement, choose_rows, exceeds, index_rows, list_methods, mean_and_error


def read_rankings(rows: Sequence[Row], method: str) -> dict[int, Ranking]:
    """Read the AUCs of a method by the images they are of, which a seed stands for."""
    ours = choose_rows(rows, method=method)
    return {row["seed"]: Ranking(value=row["auc"], influence=np.array(row[INFLUENCE])) for row in ours}


def compare(rows: Sequence[Row], ours: str, theirs: str) -> tuple[float, float]:
    """Give the mean difference of two methods' AUCs on the same images, and its standard error.

    The error is the larger of two: DeLong's, of images alone, and the spread over repeats, each of which has nets and
    images of its own.

    Raises: ValueError, when they did not judge the same images.
    """
    one, other = read_rankings(rows, ours), read_rankings(rows, theirs)
    if one.keys() != other.keys() or not one:
        message = f"{ours} and {theirs} are compared on the same images, but they judged {len(one)} and {len(other)}"
        raise ValueError(message)
    return join([subtract(one[seed], other[seed]) for seed in one])


def join(rankings: Sequence[Ranking]) -> tuple[float, float]:
    """Give the mean of AUCs or differences of several sets of images, and the larger of its two errors."""
    mean, spread = mean_and_error(np.array([one.value for one in rankings]))
    images = math.sqrt(sum(one.error**2 for one in rankings)) / len(rankings)
    return mean, max(images, spread) if np.isfinite(spread) else images


def tell_auc(rows: Sequence[Row], method: str) -> tuple[float, float]:
    """Give the mean AUC of a method, and its standard error."""
    return join(list(read_rankings(rows, method).values()))


def choose_best(rows: Sequence[Row], methods: Sequence[str], score: str = "validation_auc") -> str | None:
    """Choose the method that is best on validation images, so that no image that is judged has a say in it."""
    there = [name for name in methods if name in list_methods(rows)]
    means = {name: float(np.mean(list(index_rows(rows, score, name).values()))) for name in there}
    return max(means, key=lambda name: means[name]) if means else None


def state_auc_above(
    rows: Sequence[Row], ours: str, theirs: str, where: str, *, headline: bool = False, text: str = ""
) -> Statement:
    """State that one method has a higher AUC than another on the same images, by two standard errors."""
    margin, error = compare(rows, ours, theirs)
    return Statement(
        text=text or f"{ours} has a higher AUC than {theirs}", score="auc", where=where, margin=margin, error=error,
        holds=exceeds(margin, error), headline=headline,
    )  # fmt: skip
