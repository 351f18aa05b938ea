"""Turns of expectation and maximisation, until nothing changes any more."""

from dataclasses import dataclass

import numpy as np

from corpuscle.estimation.learning.expected import count_events, keep_likely, learn_motion, learn_rates
from corpuscle.estimation.learning.free import Names, choose, is_extreme, list_free
from corpuscle.estimation.marginal import Marginals, weigh_links
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery

SETTLED = 0.01
"""A turn that changes no parameter by more than this share is the last."""

UNBIASED = 0.97
"""What a reply leaves out while learning: with it, events are counted without bias (see `choose_share`)."""

MOTION = ("step", "rate", "persistence", "measurement_noise", "slow_step", "slow_share", "switching")


@dataclass(frozen=True, slots=True, eq=False)
class Reached:
    """Where turns ended: parameters, those that were free, the links, the evidence less its price, and the turns."""

    population: Population
    free: Names
    marginals: Marginals
    merit: float
    turns: int


def climb(scenery: Scenery, population: Population, free: Names, turns: int) -> Reached:
    """Take turns until nothing changes any more, or there are enough."""
    count, settled = 0, False
    while count < turns and not settled:
        found, _ = turn(scenery, population, free)
        moved = np.abs(list_free(found, free) - list_free(population, free))
        beyond = np.array([is_extreme(name, found) for name in free], dtype=bool)
        settled = bool(np.all((moved < SETTLED) | beyond))
        population, count = found, count + 1
    marginals = expect(scenery, population)
    price = 0.5 * len(free) * float(np.log(max(len(scenery), 2)))
    return Reached(population, free, marginals, marginals.evidence - price, count)


def turn(scenery: Scenery, population: Population, free: Names, *, steps: int = 40) -> tuple[Population, Marginals]:
    """Take one turn: how likely each link is, and what makes those links likeliest."""
    marginals = expect(scenery, population)
    gap = choose_gap(population)
    rates = learn_rates(count_events(scenery, marginals, gap), population, free)
    return learn_motion(keep_likely(scenery, marginals), rates, choose(MOTION, free), gap, steps=steps), marginals


def expect(scenery: Scenery, population: Population) -> Marginals:
    """Say how likely each link is, in the way that counts events without bias."""
    return weigh_links(scenery, population, gap=choose_gap(population), sweeps=2, share=UNBIASED)


def choose_gap(population: Population) -> int:
    """Choose the gap while learning: links over many missed frames tell little and cost much."""
    return population.choose_gap(most=3, share=0.01)
