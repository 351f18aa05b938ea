"""Information with everything that it takes to believe it: null, excess, ceiling, interval, learning curve."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from corpuscle.metrics.information.base import BIT, Columns, Estimator
from corpuscle.metrics.information.chance import judge_chance
from corpuscle.metrics.information.counts import measure_entropy
from corpuscle.metrics.information.permutations import Null, Origin, permute

SATURATED = 0.9
"""The share of the ceiling from which on a null leaves nothing to be measured."""

BOOTSTRAPS = 200
"""How often events are drawn for an interval."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What one quantity says of another.

    Args:
        bits: the estimate [bit].
        low: the 2.5 % quantile of it over drawn events [bit]; NaN with one event.
        high: the 97.5 % quantile [bit].
        null_mean: the mean estimate with permuted values [bit].
        null_deviation: its standard deviation from permutation to permutation [bit].
        z: the excess over the null in these deviations.
        p: the chance of as much, one-sided; not yet adjusted for how many are measured.
        ceiling: the entropy of the target, where it is a label [bit]; NaN where it is continuous and has none.
        hits: rows.
        particles: different particles.
        events: different events.
        shuffles: permutations.
    """

    bits: float
    low: float
    high: float
    null_mean: float
    null_deviation: float
    z: float
    p: float
    ceiling: float
    hits: int
    particles: int
    events: int
    shuffles: int

    @property
    def excess(self) -> float:
        """The estimate above its null: what is information about this target and not chance [bit]."""
        return self.bits - self.null_mean

    @property
    def share(self) -> float:
        """The excess as a share of the ceiling, NaN for a continuous target, whose entropy is no number of bits."""
        return self.excess / self.ceiling if self.ceiling > 0 else math.nan

    @property
    def saturated(self) -> bool:
        """Whether permuted values come so close to the ceiling that nothing can be measured: too few hits a label."""
        return bool(self.null_mean > SATURATED * self.ceiling)

    def list_values(self) -> dict[str, float | int | bool]:
        """Give everything as plain values."""
        return {
            **dataclasses.asdict(self), "excess": self.excess, "share": self.share, "saturated": self.saturated,
        }  # fmt: skip


def measure_information(
    estimator: Estimator,
    one: Columns,
    other: Columns,
    *,
    origin: Origin,
    null: Null,
    shuffles: int,
    generator: np.random.Generator,
    permuted: Literal["one", "other"] = "other",
    by_event: bool = False,
) -> Measurement:
    """Measure what one quantity says of another, and what it says by chance.

    The interval draws events with return and adds up the parts of their rows as
    they are: rows that stood twice would be their own nearest neighbours.

    Args:
        estimator: the estimator.
        one: the first quantity, a row a hit.
        other: the second; the target.
        origin: where the rows come from.
        null: what is exchangeable.
        shuffles: permutations.
        generator: the chance.
        permuted: which of the two is permuted: the one that is exchangeable so.
        by_event: measure in each event by itself, and average over hits: for targets that mean nothing across events.

    Raises: ValueError, when there are fewer than two permutations, or as the estimator does.

    >>> generator = np.random.default_rng(0)
    >>> x, rows = generator.normal(size=(400, 1)), np.arange(400)
    >>> origin = Origin(event=rows // 100, particle=rows, layer=rows % 4)
    >>> from corpuscle.metrics.information.ksg import NeighbourEstimator
    >>> found = measure_information(NeighbourEstimator(), x, x + generator.normal(size=(400, 1)), origin=origin,
    ...                             null="hits", shuffles=10, generator=generator)
    >>> 0.4 < found.excess < 0.6, found.events, found.ceiling
    (True, 4, nan)
    """
    if shuffles < 2:
        message = f"expected 2 permutations or more, not {shuffles}: their spread is the unit of what is measured"
        raise ValueError(message)
    whole = np.zeros(len(origin), dtype=np.int64)
    group = origin.event if by_event else whole
    part = weigh_groups(estimator, one, other, group)
    null_bits = np.empty(shuffles)
    for number in range(shuffles):
        rows = permute(origin, null, generator)
        ours, theirs = (one[rows], other) if permuted == "one" else (one, other[rows])
        null_bits[number] = weigh_groups(estimator, ours, theirs, group).mean() / BIT
    bits = float(part.mean()) / BIT
    low, high = draw_interval(part / BIT, origin, generator)
    z, p = judge_chance(bits, null_bits)
    return Measurement(
        bits=bits,
        low=low,
        high=high,
        null_mean=float(null_bits.mean()),
        null_deviation=float(null_bits.std(ddof=1)),
        z=z,
        p=p,
        ceiling=measure_ceiling(other, group) if estimator.kinds[1] == "discrete" else math.nan,
        hits=len(one),
        particles=len(np.unique(origin.particle)),
        events=len(np.unique(origin.event)),
        shuffles=shuffles,
    )


def weigh_groups(
    estimator: Estimator, one: Columns, other: Columns, group: Int[np.ndarray, " n"]
) -> Float[np.ndarray, " n"]:
    """Give the part of every row, measured in each group by itself [nat]."""
    part = np.empty(len(group))
    for name in np.unique(group):
        rows = group == name
        part[rows] = estimator.weigh(one[rows], other[rows])
    return part


def measure_ceiling(label: Columns, group: Int[np.ndarray, " n"]) -> float:
    """Give the entropy of labels within groups, averaged over rows [bit]."""
    return float(sum((group == name).mean() * measure_entropy(label[group == name]) for name in np.unique(group)))


def draw_interval(part: Float[np.ndarray, " n"], origin: Origin, generator: np.random.Generator) -> tuple[float, float]:
    """Give the 95 % interval of the mean of parts over events drawn with return; NaN with one event."""
    _, event = np.unique(origin.event, return_inverse=True)
    total, count = np.bincount(event, part), np.bincount(event)
    if len(count) < 2:
        return math.nan, math.nan
    drawn = generator.integers(len(count), size=(BOOTSTRAPS, len(count)))
    low, high = np.quantile(total[drawn].sum(axis=1) / count[drawn].sum(axis=1), [0.025, 0.975])
    return float(low), float(high)
