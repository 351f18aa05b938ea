"""What the neurons of the pair net say of hits, and of what that tells: T6."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from corpuscle.linking.learned.pair_embedding import PairEmbedding, listen
from corpuscle.metrics.information.chance import adjust, judge_chance
from corpuscle.metrics.information.choice import choose_estimator
from corpuscle.metrics.information.counts import measure_entropy
from corpuscle.metrics.information.ksg import NeighbourEstimator
from corpuscle.metrics.information.permutations import permute
from corpuscle.metrics.information.probe import probe_linearly
from corpuscle.studies.information.collected import Collected
from corpuscle.studies.information.variables import VARIABLES

NEURON = (1, 0)
"""The neuron that stands for all where one is asked: the first of the second layer, chosen before anything was seen."""

EVENTS = 3
"""Events whose hits neurons are asked about."""

SHUFFLES = 5
"""Permutations of each neuron's null; the spread is that of all neurons of a layer together."""

FOUND = 0.05
"""The share of false discoveries among neurons that are said to lie above their null."""


def hear_layer(entrant: PairEmbedding, collected: Collected, layer: int) -> Float[np.ndarray, "hit neuron"]:
    """Give what the neurons of a layer say of each hit."""
    return listen(collected.hits.position, entrant.weights, entrant.accelerator)[layer]


def hear_neuron(entrant: PairEmbedding, collected: Collected) -> Float[np.ndarray, "hit 1"]:
    """Give what the one neuron says that stands for all."""
    return hear_layer(entrant, collected, NEURON[0])[:, NEURON[1], None]


def measure_neurons(columns: Mapping[str, Any], entrant: PairEmbedding, collected: Collected) -> dict[str, Any]:
    """Measure an entry of T6: what each neuron of a layer says of a variable, and what all of them say linearly.

    The spread of the null is that of all neurons of the layer about their own means: five permutations of one neuron
    would not tell it.
    """
    few = collected.choose_events(EVENTS)
    variable, said = VARIABLES[columns["variable"]], hear_layer(entrant, few, columns["layer"])
    values, origin = variable.give(few), few.origin
    estimator = choose_estimator(False, variable.is_label(few))
    generator = np.random.default_rng(few.seed)
    mixed = [values[permute(origin, variable.null, generator)] for _ in range(SHUFFLES)]
    bits = np.array([estimator.measure(one[:, None], values) for one in said.T])
    chance = np.array([[estimator.measure(one[:, None], other) for other in mixed] for one in said.T])
    spread = (chance - chance.mean(axis=1, keepdims=True)).ravel() * np.sqrt(SHUFFLES / (SHUFFLES - 1))
    excess = bits - chance.mean(axis=1)
    p = np.array([judge_chance(value, spread)[1] for value in excess])
    best = int(np.argmax(excess))
    return {
        "grain": variable.grain, "null": variable.null, "estimator": type(estimator).__name__, "shuffles": SHUFFLES,
        "hits": len(values), "particles": len(few.truth), "events": len(np.unique(few.hits.event)),
        "neurons": len(bits), "neuron_bits": bits.tolist(), "neuron_null": chance.mean(axis=1).tolist(),
        "median_bits": float(np.median(bits)), "max_bits": float(bits.max()),
        "median_null": float(np.median(chance)), "null_deviation": float(spread.std()),
        "median_excess": float(np.median(excess)), "max_excess": float(excess[best]),
        "above_null": float((adjust(p) <= FOUND).mean()),
        "probe_r2": probe(said, values[:, 0], few),
        "self_bits": measure_self(columns["variable"], values, label=variable.is_label(few)),
    }  # fmt: skip


def probe(said: Float[np.ndarray, "hit neuron"], values: np.ndarray, collected: Collected) -> float:
    """Give the share of a variable's variance that a linear map of the layer gives on other events.

    In a single event it is asked on other particles, by fifths.
    """
    event, particle = collected.origin.event, collected.origin.particle
    return probe_linearly(said, values.astype(float), event if len(np.unique(event)) > 1 else particle % 5)


def measure_self(variable: str, values: Float[np.ndarray, "hit 1"] | Int[np.ndarray, "hit 1"], *, label: bool) -> float:
    """Give what an estimate says that a variable holds of itself, by which a "proficiency" divides.

    Of labels it is their entropy. Of a quantity of hits it is psi(N) - psi(k): how many hits there are, nothing else.
    Of one that hits of a particle share it is not defined, and NaN here.
    """
    if label:
        return measure_entropy(values)
    if VARIABLES[variable].grain != "hit":
        return math.nan
    return NeighbourEstimator().measure(values, values)
