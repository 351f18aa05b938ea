"""What decides the claims of the studies of linking: bars that paired differences must reach."""

import math
from collections.abc import Sequence

import numpy as np

from corpuscle.studies.linking.contenders import CLAIMED, LEARNED
from corpuscle.studies.linking.measures import VELOCITIES
from corpuscle.studies.linking.reliability import pool_links
from corpuscle.studies.verdict import (
    Row,
    Statement,
    Verdict,
    choose_rows,
    compare_methods,
    exceeds,
    index_rows,
    lacks,
    list_methods,
    mean_and_error,
    mean_score,
    split_cells,
    tell_scores,
)

EXPECTED, ACTUAL = "expected_jaccard", "link_jaccard"
RIVALS = ("lap", "cover", "kalman", "trackpy", "laptrack")
AGREE = 0.9
"""The share of a cell's scenes in which the chains of the reference must agree for the cell to count."""

BUDGET = {10: 50.0, 1000: 40_000.0}
"""What a frame may cost, by the number of particles [microseconds]."""

LARGE = 1000
"""From how many particles on the growth is measured, where there are more."""


def state_gain(
    rows: Sequence[Row], score: str, ours: str, theirs: str, where: str, *, bar: float = 0.0, headline: bool = False
) -> Statement:
    """State that one method is above another by a bar, on the same scenes, by two standard errors."""
    margin, error = compare_methods(rows, score, ours, theirs)
    by = f" by {bar:g} or more" if bar else ""
    return Statement(
        text=f"{ours} is above {theirs}{by}", score=score, where=where, margin=margin - bar, error=error,
        holds=exceeds(margin - bar, error), headline=headline,
    )  # fmt: skip


def state_not_below(
    rows: Sequence[Row], score: str, ours: str, theirs: str, where: str, *, by: float = 0.0, headline: bool = False
) -> Statement:
    """State that one method is not below another by more than a little: its mean, or with no leave two errors."""
    margin, error = compare_methods(rows, score, ours, theirs)
    holds = margin + by >= 0 if by else not exceeds(-margin, error)
    return Statement(
        text=f"{ours} is not below {theirs}" + (f" by {by:g}" if by else " by two standard errors"), score=score,
        where=where, margin=margin + by, error=error, holds=bool(holds), headline=headline,
    )  # fmt: skip


def find_best(rows: Sequence[Row], score: str, methods: Sequence[str]) -> str:
    """Find the best of some methods over rows."""
    taking = [method for method in methods if method in list_methods(rows)]
    return max(taking, key=lambda method: mean_score(rows, score, method)[0])


def measure_share(rows: Sequence[Row], score: str, ours: str, plain: str, ceiling: str) -> tuple[float, float]:
    """Give the share of the gap between a plain method and the ceiling that another closes, and its standard error."""
    own, low, high = (index_rows(rows, score, method) for method in (ours, plain, ceiling))
    gained = np.array([own[scene] - low[scene] for scene in own])
    gap = np.array([high[scene] - low[scene] for scene in own])
    share = float(gained.mean() / gap.mean()) if gap.mean() > 0 else math.nan
    _, error = mean_and_error(gained - share * gap)
    return share, float(error / abs(gap.mean())) if gap.mean() else math.nan


def judge_ceiling(rows: Sequence[Row]) -> Verdict:
    """Decide that the claimed method closes a quarter of the gap to the ceiling in each cell, 45 % on average."""
    missing = lacks(rows, CLAIMED, "lap", "sampler", score=ACTUAL)
    if missing is not None:
        return missing
    found: list[Statement] = []
    shares: list[tuple[float, float]] = []
    left: list[str] = []
    for where, here in split_cells(rows, "particles", "drift", "measurement_noise"):
        agreed = float(np.mean([row["converged"] for row in here]))
        if agreed < AGREE:
            left.append(f"{where}: left out, the sampler's starts agree in {agreed:.0%} of the scenes only")
            continue
        small = here[0]["particles"] < 10
        for score in (EXPECTED, ACTUAL):
            share, error = measure_share(here, score, CLAIMED, "lap", "sampler")
            own = score == EXPECTED and not small
            shares += [(share, error)] if own else []
            found.append(
                Statement(
                    text=f"{CLAIMED} closes 25 % or more of the gap from lap to the sampler", score=score, where=where,
                    margin=share - 0.25, error=error, holds=bool(share >= 0.25), headline=own,
                )
            )  # fmt: skip
    if shares:
        mean = float(np.mean([share for share, _ in shares]))
        error = float(np.sqrt(np.sum([error**2 for _, error in shares])) / len(shares))
        found.append(
            Statement(
                text=f"{CLAIMED} closes 45 % or more of it on average", score=EXPECTED, where="all cells of N >= 10",
                margin=mean - 0.45, error=error, holds=bool(mean >= 0.45), headline=True,
            )
        )  # fmt: skip
    return Verdict(
        statements=tuple(found),
        reading="in every cell of 10 particles or more in which the sampler's starts agree, the mean share of the gap "
        f"closed, by posterior-expected Jaccard, is 0.25 or more, and over these cells 0.45 or more ({EXPECTED})",
        controls=(*left, *tell_scores(rows, EXPECTED)),
        found={"cells": len(shares), "cells_left_out": len(left)},
    )


def judge_density(rows: Sequence[Row], within: float = 0.01) -> Verdict:
    """Decide that what is learned is as good as what is known, in every cell."""
    missing = lacks(rows, CLAIMED, LEARNED, score=ACTUAL)
    if missing is not None:
        return missing
    found: list[Statement] = []
    for where, here in split_cells(rows, "ratio"):
        difference, error = compare_methods(here, ACTUAL, LEARNED, CLAIMED)
        found.append(
            Statement(
                text=f"{LEARNED} is within {within:g} of {CLAIMED}", score=ACTUAL, where=where,
                margin=within - abs(difference), error=error, holds=abs(difference) <= within, headline=True,
            )
        )  # fmt: skip
        rivals = [name for name in RIVALS if name in list_methods(here)]
        found += [state_gain(here, ACTUAL, LEARNED, rival, where) for rival in rivals]
    return Verdict(
        statements=tuple(found), controls=tell_scores(rows, ACTUAL),
        reading=f"the mean Jaccard of {LEARNED} and {CLAIMED} differs by {within:g} or less at every step/spacing",
    )  # fmt: skip


def judge_clutter(rows: Sequence[Row], level: float = 0.1) -> Verdict:
    """Decide that the claimed method is above the best-tuned gated assignment where detections are missed and false."""
    missing = lacks(rows, CLAIMED, "lap", score=ACTUAL)
    if missing is not None:
        return missing
    found: list[Statement] = []
    for one in dict.fromkeys(row["clutter"] for row in rows):
        here = choose_rows(rows, clutter=one)
        own = math.isclose(one, level)
        rival = find_best(here, ACTUAL, ("lap", "cover"))
        at = f"clutter {one:g}"
        found.append(state_gain(here, ACTUAL, CLAIMED, rival, f"{at}, all cells", bar=0.02, headline=own))
        for where, cell in split_cells(here, "particles", "drift"):
            best = find_best(cell, ACTUAL, ("lap", "cover"))
            found.append(state_not_below(cell, ACTUAL, CLAIMED, best, f"{at}, {where}", by=0.005, headline=own))
    return Verdict(
        statements=tuple(found), controls=tell_scores(rows, ACTUAL),
        reading=f"with {level:.0%} missed and {level:.0%} false, {CLAIMED} is above the best of lap and cover, each "
        "tuned with its gaps, by 0.02 on average by two standard errors, and its mean is nowhere 0.005 below",
    )  # fmt: skip


def judge_directed(rows: Sequence[Row], bar: float = 0.03) -> Verdict:
    """Decide that directed motion is followed better than by the best of all rivals, each tuned."""
    missing = lacks(rows, LEARNED, "lap", "kalman", score=ACTUAL)
    if missing is not None:
        return missing
    found: list[Statement] = []
    for where, here in split_cells(rows, "particles"):
        best = find_best(here, ACTUAL, RIVALS)
        found.append(state_gain(here, ACTUAL, LEARNED, best, where, bar=bar, headline=True))
        claimed = [name for name in (CLAIMED,) if name in list_methods(here)]
        found += [state_gain(here, ACTUAL, name, best, where, bar=bar) for name in claimed]
        found += [state_gain(here, ACTUAL, VELOCITIES, name, where) for name in (LEARNED, *claimed)]
    return Verdict(
        statements=tuple(found), controls=tell_scores(rows, ACTUAL),
        reading=f"{LEARNED}, told nothing, is above the best of lap, cover, kalman, trackpy and laptrack (those that "
        f"took part), each tuned, by {bar:g} by two standard errors, at both numbers of particles",
    )  # fmt: skip


def judge_real(rows: Sequence[Row]) -> Verdict:
    """Decide that nothing is lost on data that no model here made, and that probabilities are fair there."""
    missing = lacks(rows, LEARNED, "lap", score=ACTUAL)
    if missing is not None:
        return missing
    found: list[Statement] = []
    for where, here in split_cells(rows, "data", "every"):
        own = here[0]["data"] == "AnDi overlaid" and here[0]["every"] == 8
        found.append(state_not_below(here, ACTUAL, LEARNED, "lap", where, headline=own))
        found.append(state_gain(here, ACTUAL, LEARNED, "lap", where))
    simulated = [row for row in rows if row["data"].startswith("AnDi")]
    found += state_calibrated(simulated, 0.05, "AnDi", headline=True)
    return Verdict(
        statements=tuple(found), controls=tell_scores(rows, ACTUAL),
        reading=f"at every 8th frame of the AnDi fields overlaid, all phases paired, {LEARNED} is not below lap of the "
        "best setting in hindsight by two standard errors; its calibration error on AnDi is 0.05 or less",
    )  # fmt: skip


def state_calibrated(rows: Sequence[Row], bar: float, where: str, *, headline: bool) -> list[Statement]:
    """State for every method with probabilities that its calibration error is at most a bar."""
    found: list[Statement] = []
    for method in list_methods(rows):
        links = pool_links(choose_rows(rows, method=method))
        if len(links.right):
            missed = links.expected_error
            found.append(
                Statement(
                    text=f"{method}: the calibration error of its links is {bar:g} or less", score="calibration_error",
                    where=f"{where} (chance alone {links.floor:.4f})", margin=bar - missed,
                    error=links.standard_error(np.random.default_rng(0)), holds=missed <= bar,
                    headline=headline and method in {CLAIMED, LEARNED},
                )
            )  # fmt: skip
    return found


def judge_calibration(rows: Sequence[Row], bar: float = 0.02) -> Verdict:
    """Decide that probabilities are what they say they are, in every simulated world."""
    missing = lacks(rows, CLAIMED, LEARNED, score=ACTUAL)
    if missing is not None:
        return missing
    found = [
        statement
        for where, here in split_cells(rows, "motion", "clutter")
        for statement in state_calibrated(here, bar, where, headline=True)
    ]
    return Verdict(
        statements=tuple(found), controls=tell_scores(rows, ACTUAL),
        reading=f"the expected calibration error of {CLAIMED} and {LEARNED} (ten bins of equal count over the links "
        f"that were chosen, pooled over scenes) is {bar:g} or less in every world",
    )  # fmt: skip


def judge_scale(rows: Sequence[Row]) -> Verdict:
    """Decide that the cost stays within its bars, and grows no faster than N log N."""
    missing = lacks(rows, CLAIMED, score=ACTUAL)
    if missing is not None:
        return missing
    found: list[Statement] = []
    score = "microseconds"
    sizes = sorted({int(row["particles"]) for row in rows})
    times = {size: mean_score(choose_rows(rows, particles=size), score, CLAIMED) for size in sizes}
    for size, bar in BUDGET.items():
        if size in times:
            mean, error = times[size]
            found.append(
                Statement(
                    text=f"{CLAIMED} takes {bar:g} microseconds a frame or less", score=score, where=f"N {size}",
                    margin=bar - mean, error=error, holds=mean <= bar, headline=True,
                )
            )  # fmt: skip
    high = sizes[-1]
    low = max((size for size in sizes if size <= LARGE and size < high), default=high)
    if high > low:
        allowed = high * math.log(high) / (low * math.log(low))
        grown = times[high][0] / times[low][0]
        found.append(
            Statement(
                text=f"{CLAIMED} grows no faster than N log N", score=score, where=f"N {low} to {high}",
                margin=allowed - grown, error=0.0, holds=grown <= allowed, headline=True,
            )
        )  # fmt: skip
    return Verdict(
        statements=tuple(found), controls=tell_scores(rows, score),
        reading="50 microseconds a frame at 10 particles, 40 ms at 1,000, and from there to the most particles of this "
        "scale no faster than N log N",
    )  # fmt: skip
