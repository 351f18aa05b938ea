"""What decides that fitters reach the bound: ratios, pulls and coverage, bin by bin."""

from collections.abc import Iterable, Sequence

from corpuscle.studies.verdict import Row, Statement, Verdict, choose_rows, lacks, mean_score, split_cells

CLASSICAL = ("gls", "kalman")
LEARNED = "corrector"

HIGHEST_LEARNED = 50.0
"""As far as the bar of the learned fitter goes [GeV]."""


def state_within(
    rows: Sequence[Row], score: str, method: str, *, target: float, bar: float, where: str, headline: bool = True
) -> Statement:
    """State that the mean score of a method is within a bar of a target; the margin is what is left of the bar."""
    mean, error = mean_score(rows, score, method)
    margin = bar - abs(mean - target)
    return Statement(
        text=f"{method}: {score} is {target:g} to within {bar:g} (found {mean:.4f})",
        score=score,
        where=where,
        margin=margin,
        error=error,
        holds=bool(margin >= 0),
        headline=headline,
    )


def state_below(
    rows: Sequence[Row], score: str, method: str, *, bar: float, where: str, headline: bool = True
) -> Statement:
    """State that the mean score of a method is at most a bar."""
    mean, error = mean_score(rows, score, method)
    return Statement(
        text=f"{method}: {score} is {bar:g} or less (found {mean:.4f})",
        score=score,
        where=where,
        margin=bar - mean,
        error=error,
        holds=bool(mean <= bar),
        headline=headline,
    )


def judge_bound(rows: Sequence[Row]) -> Verdict:
    """Decide that every fitter reaches its bar in every bin."""
    own = [row for row in rows if row["world"] == "helix"]
    missing = lacks(own, *CLASSICAL, LEARNED, score="ratio_to_bound")
    if missing is not None:
        return missing
    found: list[Statement] = []
    for where, here in split_cells(own, "bin"):
        found += [one for method in CLASSICAL for one in state_reached(here, method, 0.02, where)]
        if float(here[0]["bin"].split("-")[1]) <= HIGHEST_LEARNED:
            found += state_reached(here, LEARNED, 0.03, where)
            for score, level in (("coverage68", 0.68), ("coverage95", 0.95)):
                found.append(state_within(here, score, LEARNED, target=level, bar=0.01, where=where))
    beside = [row for row in rows if row["world"] == "ACTS"]
    found += judge_acts(beside)
    return Verdict(
        statements=tuple(found),
        controls=tell_widths(rows, ("karimaki",))
        + (() if beside else ("no events through ACTS: not decided by them",)),
        reading="the mean over samples is within its bar in every bin: r68 in units of each track's own bound, the "
        "width of the pulls, coverage; r68 over that of ACTS's filter on the same muons",
    )


def state_reached(rows: Sequence[Row], method: str, bar: float, where: str) -> list[Statement]:
    """State that a method reaches the bound, with pulls as wide as they should be."""
    return [
        state_within(rows, "ratio_to_bound", method, target=1.0, bar=bar, where=where),
        state_within(rows, "pull_width", method, target=1.0, bar=0.03, where=where),
    ]


def judge_acts(rows: Sequence[Row]) -> list[Statement]:
    """State how far fitters are from ACTS's Kalman filter; the learned one decides."""
    return [
        state_below(here, "ratio_to_reference", method, bar=1.05, where=f"ACTS, {where}", headline=method == LEARNED)
        for where, here in split_cells(rows, "bin")
        for method in (LEARNED, *CLASSICAL)
    ]


def tell_widths(rows: Sequence[Row], methods: Iterable[str]) -> tuple[str, ...]:
    """Tell how far other methods are from the bound."""
    told = []
    for method in methods:
        for where, here in split_cells(choose_rows(rows, world="helix"), "bin"):
            mean, error = mean_score(here, "ratio_to_bound", method)
            told.append(f"{method}, {where}: {mean:.3f} ± {error:.3f} of the bound")
    return tuple(told)
