"""How well linkers of hits find the pairs that follow one another on a track: T8."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Int

from corpuscle.data.neighbours import pair_neighbours
from corpuscle.linking.hits.base import HitLinker
from corpuscle.linking.hits.window import WindowPairs
from corpuscle.metrics.hit_pairs import PairScore, score_pairs
from corpuscle.studies.information.collected import Collected

LINKED = 8
"""Events whose hits are linked: wide windows of many more would be pairs by the ten million."""

RADII = {
    "window": np.geomspace(0.002, 0.5, 60),
    "pair-embedding": np.geomspace(0.02, 1.0, 60),
}
"""Radii that are tried."""

ASPECTS = (1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
LENGTHS = (0.0, 50.0, 100.0, 150.0, 200.0, 300.0)
"""Settings of the window that are tried, on events of their own."""


def measure_linker(columns: Mapping[str, Any], entrant: HitLinker, collected: Collected) -> dict[str, Any]:
    """Measure an entry of T8: efficiency, purity and F1 against the radius, which is chosen on other events."""
    other, collected = collected.tuning or collected, collected.choose_events(LINKED)
    options = [entrant]
    if columns["entry"] == "window, tuned":
        options = [WindowPairs(aspect=aspect, length=length) for aspect in ASPECTS for length in LENGTHS]
    tried = [score_linker(option, other) for option in options]
    linker, radius = max(
        ((option, score) for option, scores in zip(options, tried, strict=True) for score in scores),
        key=lambda pair: pair[1].f1,
    )
    scores = score_linker(linker, collected)
    at = next(score for score in scores if score.radius == radius.radius)
    return {
        **at.list_values(), "events": len(np.unique(collected.hits.event)), "hits": len(collected.hits.position),
        "chosen": f"aspect {linker.aspect:g}, length {linker.length:g}" if isinstance(linker, WindowPairs) else "",
        **{f"curve_{name}": [score.list_values()[name] for score in scores]
           for name in ("radius", "efficiency", "purity", "f1")},
    }  # fmt: skip


def score_linker(linker: HitLinker, collected: Collected) -> list[PairScore]:
    """Score a linker at all radii."""
    radii = RADII["window" if isinstance(linker, WindowPairs) else "pair-embedding"]
    origin, position = collected.origin, collected.hits.position
    widest = dataclasses.replace(linker, radius=float(radii[-1]))
    found = widest.link(origin.event, position, origin.layer)
    truth: Int[np.ndarray, "k 2"] = pair_neighbours(origin.event, origin.particle, position)
    return score_pairs(found.pair, found.distance, truth, radii.tolist())
