"""Parameters of a population on the whole line, where they can be climbed without bounds."""

from dataclasses import replace

import numpy as np
from jaxtyping import Float

from corpuscle.estimation.posterior.population import LENGTHS, Population

Names = tuple[str, ...]

SHARES = frozenset({"persistence", "slow_share", "switching", "detection_probability", "death_rate"})
"""Parameters between 0 and 1; all others are only above 0."""

EXTREME, SHORT = 1e-3, 2e-2
"""Shares this close to 0 or 1 and rates below this a frame are extreme, and lengths below that part of the longest."""


def to_free(name: str, value: float) -> float:
    """Carry a parameter to the whole line: by its logarithm, or by the logit of a share."""
    if name in SHARES:
        share = min(max(value, 1e-6), 1.0 - 1e-6)
        return float(np.log(share / (1.0 - share)))
    return float(np.log(max(value, 1e-100)))


def from_free(name: str, value: float) -> float:
    """Carry a parameter back from the whole line."""
    if name in SHARES:
        return float(1.0 / (1.0 + np.exp(-min(max(value, -13.8), 13.8))))
    return float(np.exp(min(max(value, -230.0), 230.0)))


def with_free(population: Population, names: Names, values: Float[np.ndarray, " p"]) -> Population:
    """Give the population with some parameters set from the whole line."""
    return replace(population, **{name: from_free(name, value) for name, value in zip(names, values, strict=True)})


def list_free(population: Population, names: Names) -> Float[np.ndarray, " p"]:
    """Give some parameters of a population on the whole line."""
    return np.array([to_free(name, getattr(population, name)) for name in names])


def is_extreme(name: str, population: Population) -> bool:
    """Tell whether a parameter lies so far out that it does not matter how far."""
    value = float(getattr(population, name))
    if name in SHARES:
        return value < EXTREME or value > 1.0 - EXTREME
    if name in LENGTHS:
        return value < SHORT * max(float(getattr(population, length)) for length in LENGTHS)
    return value < EXTREME


def leave(free: Names, *names: str) -> Names:
    """Leave some names out."""
    return tuple(name for name in free if name not in names)


def choose(names: Names, free: Names) -> Names:
    """Choose the names that are free."""
    return tuple(name for name in names if name in free)
