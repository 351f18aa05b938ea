"""How good found track parameters are, in bins of momentum, of pseudorapidity and of what was lost."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from corpuscle.metrics.interval import find_intervals
from corpuscle.metrics.residuals import QUANTITIES, Residuals
from corpuscle.metrics.spread import divide_widths, find_width, score_spread, take_mean

PT_EDGES = (0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, math.inf)
"""Where bins of true transverse momentum begin and end [GeV]."""

ETA_EDGES = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, math.inf)
"""The same of the true pseudorapidity, whichever its sign."""


LOST_EDGES = (0.0, 0.01, 0.05, 0.2, math.inf)
"""The same of the share of momentum that was lost before the first hit."""

BINNED: Mapping[str, Callable[[Residuals], Float[np.ndarray, " track"]]] = {
    "pt": lambda tracks: tracks.pt,
    "eta": lambda tracks: np.abs(tracks.eta),
    "lost": lambda tracks: np.maximum(tracks.lost, 0.0),  # rounding may leave a little below
}
"""What tracks are binned by, at its true value."""


def compare_bound(tracks: Residuals) -> float:
    """Give the width of residuals of q/pT in units of each track's own bound: 1 where it is reached."""
    known = np.isfinite(tracks.bound)
    return find_width(tracks.difference[known, 0] / tracks.bound[known])


def compare_reference(tracks: Residuals) -> float:
    """Give the width of residuals of q/pT over that of the reference fit, of tracks that both have."""
    both = np.isfinite(tracks.reference)
    return divide_widths(find_width(tracks.difference[both, 0]), find_width(tracks.reference[both]))


MOMENTUM: Mapping[str, Callable[[Residuals], float]] = {
    "charge_wrong": lambda tracks: take_mean(tracks.charge_wrong.astype(float)),
    "mae_pt": lambda tracks: take_mean(np.abs(tracks.pt_difference)),
    "mae_pz": lambda tracks: take_mean(np.abs(tracks.pz_difference)),
    "relative_error": lambda tracks: find_middle(np.abs(tracks.pt_difference) / tracks.pt),
    "ratio_to_bound": compare_bound,
    "ratio_to_reference": compare_reference,
}
"""Scores of the momentum, by name; each from tracks that have parameters."""


def find_middle(values: Float[np.ndarray, " n"]) -> float:
    """Give a median; NaN of nothing."""
    return float(np.median(values)) if len(values) else math.nan


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class BinScore:
    """The scores of the tracks of one bin.

    Args:
        low: where the bin begins (inclusive).
        high: where it ends (exclusive).
        tracks: how many true tracks it has.
        events: of how many events.
        invalid: the share of them that has no parameters.
        values: each score by its name; NaN where there is nothing to tell it by.
        intervals: the 95 % interval of each, over events drawn anew; empty where none was asked for.
    """

    low: float
    high: float
    tracks: int
    events: int
    invalid: float
    values: Mapping[str, float]
    intervals: Mapping[str, tuple[float, float]]

    def list_values(self) -> dict[str, float | int | tuple[float, float]]:
        """List everything by name, each interval behind its score."""
        listed: dict[str, float | int | tuple[float, float]] = {
            "low": self.low, "high": self.high, "tracks": self.tracks, "events": self.events, "invalid": self.invalid,
        }  # fmt: skip
        for name, value in self.values.items():
            listed[name] = value
            if name in self.intervals:
                listed[f"{name}_interval"] = self.intervals[name]
        return listed


def score_momentum(tracks: Residuals) -> dict[str, float]:
    """Score q/pT, in parts of its true value, and the momentum; tracks without parameters are left out.

    `bias`: the median residual, above 0 where tracks are found to bend too much. `r68`: half the width of the middle
    68.27 % of residuals, `tails` that of 95.45 % over it. `far`: the share of residuals beyond 3 errors; `pull_mean`
    and `pull_width` (as r68) of residuals over errors; `coverage68`, `coverage95`: the share within the error's
    interval of 68 and 95 %; `crps` of the Gaussian with that error. `charge_wrong`: the share with the wrong charge.
    `mae_pt`, `mae_pz`: mean absolute errors [GeV]; `relative_error`: the median of |pT found - true| / true.
    `ratio_to_bound`: r68 in units of each track's bound; `ratio_to_reference`: r68 over that of another fit.
    """
    found = tracks.choose(tracks.found)
    scores = score_spread(found.difference[:, 0], found.error[:, 0])
    return scores | {name: measure(found) for name, measure in MOMENTUM.items()}


def score_quantity(tracks: Residuals, name: str) -> dict[str, float]:
    """Score the residuals of one of `QUANTITIES`, in its unit; tracks without parameters are left out."""
    place = list(QUANTITIES).index(name)
    found = tracks.choose(tracks.found)
    return score_spread(found.difference[:, place], found.error[:, place])


def score_bins(
    tracks: Residuals,
    *,
    by: str = "pt",
    edges: Sequence[float] = PT_EDGES,
    score: Callable[[Residuals], Mapping[str, float]] = score_momentum,
    generator: np.random.Generator | None = None,
    replicates: int = 200,
) -> list[BinScore]:
    """Score tracks bin by bin; a bin without tracks is left out.

    Args:
        tracks: found parameters beside the truth.
        by: what the bins are of, at its true value: pt [GeV], eta, whichever its sign, or lost, the share of momentum
            that was lost before the first hit; tracks of which it is unknown are in no bin.
        edges: where bins begin and end.
        score: what is measured of the tracks of a bin.
        generator: where the chances of intervals come from; default: no intervals.
        replicates: how often events are drawn for them.

    Raises: ValueError, when there is nothing to bin by of that name.
    """
    if by not in BINNED:
        message = f"expected bins of {', '.join(BINNED)}, not of {by!r}"
        raise ValueError(message)
    place = np.digitize(BINNED[by](tracks), edges) - 1
    found = []
    for number in np.unique(place[(place >= 0) & (place < len(edges) - 1)]):
        one = score_all_of(tracks.choose(place == number), score, generator, replicates)
        found.append(replace(one, low=edges[number], high=edges[number + 1]))
    return found


def score_all_of(
    tracks: Residuals,
    score: Callable[[Residuals], Mapping[str, float]] = score_momentum,
    generator: np.random.Generator | None = None,
    replicates: int = 200,
) -> BinScore:
    """Score tracks as one bin from nothing to infinity; the arguments are those of `score_bins`."""

    def score_rows(rows: Int[np.ndarray, " k"]) -> Mapping[str, float]:
        return score(tracks.choose(rows))

    drawn = {} if generator is None else find_intervals(score_rows, tracks.event, generator, replicates=replicates)
    return BinScore(
        low=0.0, high=math.inf, tracks=len(tracks), events=len(np.unique(tracks.event)),
        invalid=take_mean((~tracks.found).astype(float)), values=score(tracks), intervals=drawn,
    )  # fmt: skip
