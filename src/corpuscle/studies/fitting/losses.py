"""What decides the study of losses: mean absolute errors side by side, and an order of median errors."""

import itertools
import math
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from corpuscle.studies.fitting.fits import pool_mean, pool_median
from corpuscle.studies.verdict import Row, Statement, Verdict, choose_rows, exceeds, lacks, list_methods, mean_and_error

LOSSES = (("raw_mse", "raw_quantile"), ("scaled_mse", "scaled_quantile"))
"""Nets that differ in the loss alone: MSE, then quantile."""

ORDER = ("raw_quantile", "scaled_quantile", "curvature", "relative", "chord", "corrector")
"""From the worst to the best."""

CONTROLS = ("mean", "median")


def pool(rows: Sequence[Row], method: str, measure: Callable[[Sequence[Row]], float]) -> np.ndarray:
    """Give a score of a method over all bins together, repeat by repeat."""
    ours = choose_rows(rows, method=method)
    return np.array([measure(choose_rows(ours, repeat=repeat)) for repeat in sorted({row["repeat"] for row in ours})])


def state_above(
    rows: Sequence[Row],
    score: str,
    worse: str,
    better: str,
    measure: Callable[[Sequence[Row]], float],
    *,
    where: str = "all bins",
) -> Statement:
    """State that one method has more of an error than another over all bins, by two standard errors."""
    ours, theirs = pool(rows, better, measure), pool(rows, worse, measure)
    margin, error = mean_and_error(theirs - ours) if np.isfinite(ours).all() else (-math.inf, math.nan)
    return Statement(
        text=f"{better} has a lower {score} than {worse}",
        score=score,
        where=where,
        margin=margin,
        error=error,
        holds=exceeds(margin, error) if np.isfinite(error) else margin > 0,
        headline=True,
    )


def judge_losses(rows: Sequence[Row]) -> Verdict:
    """Decide that quantile loss is below MSE in MAE, and in which order the nets come."""
    needed = [*(name for pair in LOSSES for name in pair), *ORDER]
    missing = lacks(rows, *dict.fromkeys(needed), score="relative_error")
    if missing is not None:
        return missing
    found = [
        state_above(rows, score, worse, better, partial(pool_mean, score=score))
        for worse, better in LOSSES
        for score in ("mae_pt", "mae_pz")
    ]
    found += [state_above(rows, "relative_error", *pair, pool_median) for pair in itertools.pairwise(ORDER)]
    return Verdict(
        statements=tuple(found),
        controls=tuple(tell_pooled(rows, method) for method in list_methods(rows)),
        reading="over all bins together, repeat by repeat, two standard errors: the quantile net below the MSE net in "
        "the mean absolute error of pT and of pz, raw and scaled; and each net below the one before it in the median "
        "relative error of pT, in the order " + ", ".join(ORDER),
    )


def tell_pooled(rows: Sequence[Row], method: str) -> str:
    """Tell the scores of a method over all bins together."""
    told = []
    for name, measure, factor, unit in (
        ("median relative error", pool_median, 100.0, " %"),
        ("MAE of pT", lambda here: pool_mean(here, "mae_pt"), 1.0, " GeV"),
        ("MAE of pz", lambda here: pool_mean(here, "mae_pz"), 1.0, " GeV"),
    ):
        mean, error = mean_and_error(factor * pool(rows, method, measure))
        told.append(f"{name} {mean:.3g} ± {error:.1g}{unit}")
    shift = mean_and_error(pool(rows, method, lambda here: pool_mean(here, "padding_shift")))[0]
    told += [f"ten rows of zeros change it by {100 * shift:.2g} %"] if np.isfinite(shift) else []
    return f"{method}: {', '.join(told)}"
