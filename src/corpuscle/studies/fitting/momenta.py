"""What is measured of momenta alone, and what decides that a learned one is nearer than the best circle fit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from corpuscle.fitting.base import Fitter
from corpuscle.studies.fitting.fits import KEPT, QUANTILES, find_fit, pool_median
from corpuscle.studies.fitting.losses import pool, state_above
from corpuscle.studies.fitting.sample import Sample
from corpuscle.studies.fitting.tensors import BASE, BOOSTED
from corpuscle.studies.study import Contender
from corpuscle.studies.verdict import Row, Verdict, lacks, list_methods, mean_and_error, split_cells

LEARNED = (BOOSTED, "corrector", "corrector_inner", "trackformer")
"""The learned methods; one of them below the best circle fit is enough."""


def measure_momenta(method: Contender, fitter: Fitter | None, sample: Sample) -> dict[str, Any]:
    """Score transverse momenta; a track that a method gives none for counts as one infinitely far off."""
    fit, _ = find_fit(method, fitter, sample)
    true = sample.truth.parameters.transverse_momentum
    found = np.where(fit.valid, fit.parameters.transverse_momentum, np.inf)
    error = np.abs(found / true - 1)
    middle = float(np.median(error)) if len(error) and np.isfinite(error).mean() > 0.5 else float("nan")
    kept = np.quantile(error, np.linspace(0, 1, KEPT), method="lower").tolist() if len(error) else []
    return {
        "tracks": len(sample),
        "invalid": 0.0,
        "refused": float(1 - fit.valid.mean()) if len(error) else float("nan"),
        "relative_error": middle,
        QUANTILES: kept,
    }


def judge_momenta(rows: Sequence[Row]) -> Verdict:
    """Decide that a learned method is below the best circle fit, over all bins of each set."""
    best = {name: f"kasa{count}" for name, count in BASE.items()}
    missing = lacks(rows, *best.values(), score="relative_error")
    if missing is not None:
        return missing
    there = [method for method in LEARNED if method in list_methods(rows)]
    found, told = [], []
    for name, rival in best.items():
        here = [row for row in rows if row["data"] == name]
        stated = [state_above(here, "relative_error", rival, method, pool_median, where=name) for method in there]
        nearest = max(stated, key=lambda one: np.nan_to_num(one.margin, neginf=-1e9), default=None)
        found += [replace(one, headline=one is nearest) for one in stated]
        told += [tell_median(here, method, name) for method in list_methods(rows)]
    bins = [
        f"{where}: " + ", ".join(tell_median(here, method, "") for method in (best[here[0]["data"]], BOOSTED))
        for where, here in split_cells(rows, "data", "bin")
        if BOOSTED in there
    ]
    return Verdict(
        statements=tuple(found),
        controls=(*told, *bins),
        reading="the nearest of the learned methods has a lower median relative error over all bins than the best "
        "circle fit, by two standard errors over parts that share no particle, in both sets; a track that a method "
        "gives no momentum for counts as infinitely far off",
    )


def tell_median(rows: Sequence[Row], method: str, name: str) -> str:
    """Tell the median relative error of a method over some rows."""
    medians = pool(rows, method, pool_median)
    before = f"{name}, {method}" if name else method
    if not np.isfinite(medians).all():
        return f"{before} no answer for half of the tracks"
    mean, error = mean_and_error(medians)
    return f"{before} {mean:.4f} ± {error:.4f}"
