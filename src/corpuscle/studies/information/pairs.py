"""What pairs of hits say of whether they follow one another on a track: T3."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from corpuscle.data.neighbours import pair_neighbours
from corpuscle.linking.learned.pair_embedding import PairEmbedding
from corpuscle.metrics.information.choice import choose_estimator, is_discrete
from corpuscle.metrics.information.measurement import measure_information
from corpuscle.metrics.information.permutations import Origin
from corpuscle.studies.information.asked import name_estimator
from corpuscle.studies.information.collected import Collected

OTHERS = 3
"""Pairs of other tracks for each that follows: the share of true pairs, 1/4, is the question's, not nature's."""

EVENTS = 4
"""Events whose pairs are asked."""

SHUFFLES = 10
"""Permutations of a null."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Pairs:
    """Pairs of hits on neighbouring layers, inner first, and whether they follow one another on a track."""

    inner: Float[np.ndarray, "pair 3"]
    outer: Float[np.ndarray, "pair 3"]
    same: Bool[np.ndarray, " pair"]
    origin: Origin

    @property
    def azimuth(self) -> Float[np.ndarray, " pair"]:
        """The azimuth of the outer hit less that of the inner one, the shorter way round [rad]."""
        one, other = (np.arctan2(hit[:, 1], hit[:, 0]) for hit in (self.inner, self.outer))
        return np.asarray((other - one + np.pi) % (2 * np.pi) - np.pi)

    @property
    def radii(self) -> tuple[Float[np.ndarray, " pair"], Float[np.ndarray, " pair"]]:
        """The distances from the axis, inner and outer [mm]."""
        one, other = (np.hypot(hit[:, 0], hit[:, 1]) for hit in (self.inner, self.outer))
        return one, other


def draw_pairs(collected: Collected) -> Pairs:
    """Draw every pair that follows, and beside each some of other tracks from the same two layers and event."""
    hits, origin = collected.hits, collected.origin
    near = pair_neighbours(origin.event, origin.particle, hits.position)
    near = near[(origin.layer[near[:, 0]] >= 0) & (origin.layer[near[:, 1]] - origin.layer[near[:, 0]] == 1)]
    generator = np.random.default_rng([collected.seed, 3])
    place = origin.event * (origin.layer.max() + 2) + origin.layer + 1  # -1 is a layer of its own
    order = np.argsort(place, kind="stable")
    asked = np.repeat(place[near[:, 1]], OTHERS)
    first, behind = (np.searchsorted(place[order], asked, side=side) for side in ("left", "right"))
    drawn = order[first + generator.integers(behind - first)]
    one = np.repeat(near[:, 0], OTHERS)
    apart = origin.particle[one] != origin.particle[drawn]
    pair = np.concatenate([near, np.stack([one[apart], drawn[apart]], axis=1)])
    return Pairs(
        inner=hits.position[pair[:, 0]],
        outer=hits.position[pair[:, 1]],
        same=np.arange(len(pair)) < len(near),
        origin=origin.choose(pair[:, 0]),
    )


def measure_curvature(pairs: Pairs) -> Float[np.ndarray, " pair"]:
    """Give the signed curvature of the circle through both hits and the axis, 2 sin(d phi) / chord [1/mm]."""
    chord = np.hypot(*(pairs.outer - pairs.inner)[:, :2].T)
    return np.asarray(2 * np.sin(pairs.azimuth) / chord)


def measure_start(pairs: Pairs) -> Float[np.ndarray, " pair"]:
    """Give where the straight line through both hits meets the axis, in z against r [mm]."""
    inner, outer = pairs.radii
    slope = (pairs.outer[:, 2] - pairs.inner[:, 2]) / (outer - inner)
    return np.asarray(pairs.inner[:, 2] - slope * inner)


def see_eta(pairs: Pairs) -> Float[np.ndarray, " pair"]:
    """Give the difference of the pseudorapidities seen from the origin."""
    inner, outer = pairs.radii
    return np.asarray(np.arcsinh(pairs.outer[:, 2] / outer) - np.arcsinh(pairs.inner[:, 2] / inner))


Read = Callable[[Pairs], Float[np.ndarray, " pair"]]

READ: Mapping[str, Read] = {
    "Δφ": lambda pairs: pairs.azimuth,
    "Δr": lambda pairs: np.round(pairs.radii[1] - pairs.radii[0], 6),
    "Δz": lambda pairs: pairs.outer[:, 2] - pairs.inner[:, 2],
    "Δη": see_eta,
    "curvature with the axis": measure_curvature,
    "z at the axis": measure_start,
}

PAIR_VARIABLES: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in READ},
    "Δφ, Δr, Δz together": ("Δφ", "Δr", "Δz"),
    "Δφ, Δη together": ("Δφ", "Δη"),
    "curvature and z at the axis": ("curvature with the axis", "z at the axis"),
    "distance in the net": ("net",),
}
"""The entries of T3."""


def measure_pairs(columns: Mapping[str, Any], entrant: PairEmbedding, collected: Collected) -> dict[str, Any]:
    """Measure an entry of T3; labels are permuted among the pairs of one inner layer and event."""
    pairs = draw_pairs(collected.choose_events(EVENTS))
    values = np.stack([read_pairs(name, pairs, entrant) for name in PAIR_VARIABLES[columns["entry"]]], axis=1)
    estimator = choose_estimator(is_discrete(values), True)
    found = measure_information(
        estimator, values, pairs.same.astype(np.int64)[:, None], origin=pairs.origin, null="layers", shuffles=SHUFFLES,
        generator=np.random.default_rng(collected.seed),
    )  # fmt: skip
    return {**name_estimator(estimator), "null": "layers", **found.list_values(), "pairs": len(pairs.same)}


def read_pairs(name: str, pairs: Pairs, entrant: PairEmbedding) -> Float[np.ndarray, " pair"]:
    """Give one variable of pairs."""
    if name != "net":
        return READ[name](pairs)
    one, other = (entrant.place(hit)[0] for hit in (pairs.inner, pairs.outer))
    return np.asarray(np.linalg.norm(one - other, axis=1))
