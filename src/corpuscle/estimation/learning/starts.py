"""Where learning begins, and what simpler population may be behind what it found."""

from dataclasses import replace

import numpy as np

from corpuscle.estimation.learning.free import Names, leave
from corpuscle.estimation.learning.turns import Reached
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery

RATES = ("detection_probability", "death_rate", "birth_rate", "false_rate")
COMPLETE = {"detection_probability": 1.0, "death_rate": 0.0, "birth_rate": 0.0, "false_rate": 0.0}
WALK = ("step", "measurement_noise")
VELOCITY = ("step", "rate", "persistence", "measurement_noise")
KINDS = ("step", "slow_step", "slow_share", "switching", "measurement_noise")


def list_starts(typical: float, scenery: Scenery, *, complete: bool) -> list[tuple[Population, Names]]:
    """List where to begin: a walk, short and long velocities that last, and two kinds of walkers.

    Where it may be that nothing is missed, false, born or dead (`complete`), each begins so as well.
    """
    begin = begin_walk(typical, len(scenery) / scenery.frames)
    starts: list[tuple[Population, Names]] = [(begin, WALK)]
    for rate in (0.7, 2.0):
        starts.append((replace(begin, rate=rate * typical, step=0.7 * typical, persistence=0.95), VELOCITY))
    kinds = replace(begin, step=2 * typical, slow_step=0.3 * typical, slow_share=0.5, switching=0.1)
    starts.append((kinds, KINDS))
    whole = [(replace(population, **COMPLETE), motion) for population, motion in starts[:2]] if complete else []
    return whole + [(population, motion + RATES) for population, motion in starts]


def begin_walk(typical: float, particles: float) -> Population:
    """Give the walk that learning begins with."""
    return Population(
        step=typical, measurement_noise=typical / 3, detection_probability=0.95, false_rate=0.05 * particles,
        birth_rate=0.02 * particles, death_rate=0.02,
    )  # fmt: skip


def list_simpler(reached: Reached) -> list[tuple[Population, Names]]:
    """List the simpler populations that this one may be in truth.

    A constant drift or none instead of a persistent velocity, one kind instead of two or two for ever, and nothing born
    or dying.
    """
    population, free = reached.population, reached.free
    simpler = []
    if "persistence" in free:
        simpler.append((replace(population, persistence=1.0), leave(free, "persistence")))
    if "rate" in free:
        whole = float(np.hypot(population.step, population.rate if population.persistence < 0.5 else 0.0))
        simpler.append((replace(population, rate=0.0, persistence=1.0, step=whole), leave(free, "rate", "persistence")))
    if "slow_share" in free and "slow_step" in free:
        share = population.slow_share
        whole = float(np.sqrt((1.0 - share) * population.step**2 + share * population.slow_step**2))
        one = replace(population, slow_share=0.0, slow_step=0.0, switching=0.0, step=whole)
        simpler.append((one, leave(free, "slow_share", "slow_step", "switching")))
    if "switching" in free:
        simpler.append((replace(population, switching=0.0), leave(free, "switching")))
    if "birth_rate" in free and "death_rate" in free:
        closed = replace(population, birth_rate=0.0, death_rate=0.0)
        simpler.append((closed, leave(free, "birth_rate", "death_rate")))
    return simpler
