"""How sure learned parameters are, with all that the unknown links hide."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

from corpuscle.estimation.learning.expected import count_events, keep_likely
from corpuscle.estimation.learning.free import from_free, is_extreme, list_free, with_free
from corpuscle.estimation.learning.turns import Reached, choose_gap, turn
from corpuscle.estimation.posterior.scenery import Scenery

NUDGE, PRECISE = 0.1, 200
"""How far parameters are moved to see what the links hide, and how often a score is asked for then."""

APART = 0.05
"""How far apart the places are from which curvature is taken."""


def find_errors(scenery: Scenery, reached: Reached) -> dict[str, float]:
    """Give the standard error of every parameter: V = I^-1 (1 - D)^-1.

    I is the information were the links known, D what a turn keeps of a deviation: the share that the links hide.

    Source: Meng and Rubin, JASA 86 (1991) 899, Eq 2.3.5.
    """
    population, free = reached.population, reached.free
    names = tuple(name for name in free if not is_extreme(name, population))
    if not names:
        return {}
    gap = choose_gap(population)
    weighed, counted = keep_likely(scenery, reached.marginals), count_events(scenery, reached.marginals, gap)
    particles = max(float(counted.starts[0]), 0.5) / population.detection_probability

    def score(values: Float[np.ndarray, " p"]) -> float:
        trial = with_free(population, names, values)
        false = counted.false * np.log(max(trial.false_rate, 1e-9)) - trial.false_rate * len(counted.starts)
        return weighed.score(trial, gap) + counted.score(trial, particles) + float(false)

    centre = list_free(population, names)
    kept = np.empty((len(names), len(names)))
    base = list_free(turn(scenery, population, names, steps=PRECISE)[0], names)
    for index in range(len(names)):
        moved = centre.copy()
        moved[index] += NUDGE
        found = turn(scenery, with_free(population, names, moved), names, steps=PRECISE)[0]
        kept[index] = (list_free(found, names) - base) / NUDGE
    variance = np.linalg.pinv(curve(score, centre)) @ np.linalg.pinv(np.eye(len(names)) - kept)
    slope = [(from_free(n, c + 1e-4) - from_free(n, c - 1e-4)) / 2e-4 for n, c in zip(names, centre, strict=True)]
    spread = np.sqrt(np.maximum(np.diag(variance), 0.0)) * np.array(slope)
    return {name: float(error) if error > 0 else float("nan") for name, error in zip(names, spread, strict=True)}


def curve(
    score: Callable[[Float[np.ndarray, " p"]], float], centre: Float[np.ndarray, " p"]
) -> Float[np.ndarray, "p p"]:
    """Give the negative second derivatives of a score, by differences."""
    size, unit = len(centre), APART * np.eye(len(centre))
    found = np.empty((size, size))
    middle = score(centre)
    ahead = [score(centre + unit[a]) for a in range(size)]
    behind = [score(centre - unit[a]) for a in range(size)]
    for a in range(size):
        found[a, a] = (ahead[a] + behind[a] - 2 * middle) / APART**2
        for b in range(a):
            both = score(centre + unit[a] + unit[b]) + score(centre - unit[a] - unit[b])
            found[a, b] = found[b, a] = (both + 2 * middle - ahead[a] - behind[a] - ahead[b] - behind[b]) / (
                2 * APART**2
            )
    return -found
