"""The same quantity written down in other ways: whether estimates stay as they are (T5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from corpuscle.linking.learned.pair_embedding import PairEmbedding
from corpuscle.metrics.information.base import Estimator
from corpuscle.metrics.information.ksg import NeighbourEstimator, Scale
from corpuscle.metrics.information.ross import LabelEstimator
from corpuscle.studies.information.asked import name_estimator
from corpuscle.studies.information.collected import Collected
from corpuscle.studies.information.heard import hear_neuron, measure_self
from corpuscle.studies.information.variables import VARIABLES

Written = Mapping[str, Callable[[np.ndarray], np.ndarray]]

ALLOWED = 0.05
"""The spread of an estimate over ways to write a quantity down from which on it is flagged."""

WAYS: Mapping[str, Written] = {
    "theta": {
        "θ": lambda theta: theta,
        "η": lambda theta: -np.log(np.tan(theta / 2)),
        "cos θ": np.cos,
        "z/r": lambda theta: 1 / np.tan(theta),
    },
    "rho": {"ρ": lambda rho: rho, "ρ²": np.square, "1/ρ": np.reciprocal, "ln ρ": np.log},
    "phi": {
        "φ": lambda phi: phi,
        "5000 φ": lambda phi: 5000 * phi,
        "φ³": lambda phi: phi**3,
        "φ, begun elsewhere": lambda phi: np.mod(phi, 2 * np.pi),
    },
    "pt": {"pT": lambda pt: pt, "1/pT": np.reciprocal, "ln pT": np.log, "pT²": np.square},
}
"""Ways to write each variable down; every one can be turned back, so that none changes what it says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One variable in all its ways, asked about one target at one scale of its coordinate."""

    variable: str
    target: Literal["neuron", "particle"]
    scale: Scale


CHANGES: Mapping[str, Change] = {
    f"{variable} · {target} · {scale}": Change(variable=variable, target=target, scale=scale)
    for variable in WAYS
    for target in ("neuron", "particle")
    for scale in ("spread", "ranks")
    if not (variable == "pt" and target == "particle")  # the particle has one pT: there is nothing to ask
}
"""The entries of T5."""


def measure_change(columns: Mapping[str, Any], entrant: PairEmbedding, collected: Collected) -> dict[str, Any]:
    """Measure an entry of T5, in one event and in all: estimates, their spread, and the "proficiency" of each way."""
    change = CHANGES[columns["entry"]]
    events = len(np.unique(collected.hits.event))
    one, every = (measure_ways(change, entrant, collected.choose_events(count)) for count in (1, events))
    return {
        **name_estimator(choose(change)), "variable": change.variable, "target": change.target, "scale": change.scale,
        "ways": list(WAYS[change.variable]), "events": events, "hits": len(collected.hits.position),
        **{f"{name}_one": value for name, value in one.items()},
        **{f"{name}_all": value for name, value in every.items()},
    }  # fmt: skip


def measure_ways(change: Change, entrant: PairEmbedding, collected: Collected) -> dict[str, Any]:
    """Measure a variable in all its ways."""
    plain = VARIABLES[change.variable].give(collected)
    target = VARIABLES["particle"].give(collected) if change.target == "particle" else hear_neuron(entrant, collected)
    written = [write(plain) for write in WAYS[change.variable].values()]
    bits = [choose(change).measure(values, target) for values in written]
    own = [measure_self(change.variable, values, label=False) for values in written]
    spread = (max(bits) - min(bits)) / max(np.abs(bits).max(), 1e-12)
    return {"bits": bits, "self_bits": own, "spread": float(spread), "flagged": bool(spread > ALLOWED)}


def choose(change: Change) -> Estimator:
    """Choose the estimator."""
    if change.target == "particle":
        return LabelEstimator(scale=change.scale)
    return NeighbourEstimator(scale=change.scale)
