"""What the studies of fitting measure of a method on a sample of tracks."""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Float

from corpuscle.data.helix import NAMES
from corpuscle.fitting.base import Fit, Fitter
from corpuscle.metrics.regression import score_momentum, score_quantity
from corpuscle.metrics.residuals import Residuals, subtract
from corpuscle.metrics.spread import expect_width
from corpuscle.studies.fitting.sample import Sample
from corpuscle.studies.study import Contender
from corpuscle.studies.verdict import Row

BOUND = "bound"
"""The name of the method that is none: the least width that residuals can have."""

KEPT = 201
"""How many quantiles of the relative error a row keeps."""

QUANTILES = "relative_error_quantiles"


def measure_fit(method: Contender, fitter: Fitter | None, sample: Sample) -> dict[str, Any]:
    """Score the parameters that a method finds of a sample, beside its bound and beside what others found of it.

    `ratio` is r68 over the bound where one is known, else over what the others found.
    """
    if method.name == BOUND:
        return measure_bound(sample)
    fit, spent = find_fit(method, fitter, sample)
    other = next(iter(sample.fits.values()), None)
    residuals = subtract(
        fit.parameters,
        sample.truth.parameters,
        event=sample.hits.event,
        bound=sample.bound,
        reference=None if other is None else other.parameters,
    )
    scores = score_residuals(residuals)
    return {
        "tracks": len(sample),
        "invalid": float(1 - fit.valid.mean()),
        **scores,
        "ratio": scores["ratio_to_bound" if sample.bound is not None else "ratio_to_reference"],
        "microseconds": 1e6 * spent / len(sample),
    }


def score_residuals(residuals: Residuals) -> dict[str, Any]:
    """Score the momentum and the pulls of the five parameters, and keep the relative errors as quantiles."""
    pulls = {f"pull_width_{name}": score_quantity(residuals, name)["pull_width"] for name in NAMES}
    return {**score_momentum(residuals), **pulls, QUANTILES: keep_quantiles(residuals)}


def find_fit(method: Contender, fitter: Fitter | None, sample: Sample) -> tuple[Fit, float]:
    """Find a method's parameters, and the seconds they took; those of others come with the sample, at no known cost."""
    if fitter is None:
        return sample.fits[method.name], float("nan")
    begin = time.perf_counter()
    fit = fitter.fit(sample.hits, sample.apparatus)
    return fit, time.perf_counter() - begin


def keep_quantiles(residuals: Residuals) -> list[float]:
    """Keep the relative errors of the transverse momentum as their quantiles; nothing where nothing was found."""
    found = residuals.choose(residuals.found)
    if not len(found):
        return []
    errors = np.abs(found.pt_difference) / found.pt
    return [float(value) for value in np.quantile(errors, np.linspace(0, 1, KEPT)).round(9)]


def measure_bound(sample: Sample) -> dict[str, Any]:
    """Give the width that normal residuals of q/pT with each track's own bound would have.

    Raises: ValueError, when the sample has no bound.
    """
    truth = sample.truth.parameters
    bound = subtract(truth, truth, bound=sample.bound).bound
    width = expect_width(bound[np.isfinite(bound)])
    if np.isnan(width):
        raise ValueError("a bound is asked for where none is known")
    nothing = score_residuals(subtract(truth, truth).choose(np.empty(0, dtype=np.int64)))
    return {
        "tracks": len(sample),
        "invalid": 0.0,
        **nothing,
        "r68": width,
        "ratio_to_bound": 1.0,
        "ratio": 1.0,
        "microseconds": np.nan,
    }


def pool_median(rows: Sequence[Row]) -> float:
    """Give the median relative error of the tracks of several rows together, from the quantiles that they keep.

    Each of a row's quantiles stands for an equal share of its tracks that have parameters.

    >>> few, many = {"tracks": 2, QUANTILES: [0.0, 1.0]}, {"tracks": 4, QUANTILES: [2.0, 3.0]}
    >>> pool_median([{**few, "invalid": 0.0}, {**many, "invalid": 0.5}])
    1.0
    """
    values: list[Float[np.ndarray, " n"]] = [np.array(row[QUANTILES]) for row in rows if row[QUANTILES]]
    if not values:
        return float("nan")
    found = [row["tracks"] * (1 - row["invalid"]) for row in rows if row[QUANTILES]]
    weights = np.concatenate([np.full(len(one), count / len(one)) for one, count in zip(values, found, strict=True)])
    value = np.concatenate(values)
    order = np.argsort(value)
    share = np.cumsum(weights[order]) / weights.sum()
    return float(value[order][np.searchsorted(share, 0.5)])


def pool_mean(rows: Sequence[Row], score: str) -> float:
    """Give the mean of a score over the tracks of several rows together, those without parameters left out."""
    weights = np.array([row["tracks"] * (1 - row["invalid"]) for row in rows])
    values = np.array([row[score] for row in rows])
    known = (weights > 0) & np.isfinite(values)
    return float((weights * values)[known].sum() / weights[known].sum()) if known.any() else float("nan")
