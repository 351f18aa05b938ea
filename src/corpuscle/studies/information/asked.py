"""What one quantity of hits says of another: with its null, its ceiling and its learning curve."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from jaxtyping import Int

from corpuscle.metrics.information.base import Columns, Estimator
from corpuscle.metrics.information.choice import Swapped, choose_estimator
from corpuscle.metrics.information.curve import follow_events
from corpuscle.metrics.information.measurement import Measurement, measure_information
from corpuscle.metrics.information.permutations import Null
from corpuscle.studies.information.collected import Collected
from corpuscle.studies.information.heard import hear_neuron
from corpuscle.studies.information.variables import VARIABLES

SHUFFLES = 10
"""Permutations of a null."""

WELL = 20
"""Permutations where single numbers are what it is about: the controls."""


def measure_asked(columns: Mapping[str, Any], entrant: Any, collected: Collected) -> dict[str, Any]:  # noqa: ANN401
    """Measure an entry of T1, T2 or T4: what a variable says of a target.

    What is permuted is whichever of the two says how hits hang together: the variable where the target is the particle
    or a neuron, else the target, which is the particle's own.

    Args:
        columns: the entry: variable, target, and what else it asks for.
        entrant: the linker whose net has the neuron, where one is asked.
        collected: the hits.
    """
    variable, target = VARIABLES[columns["variable"]], columns["target"]
    if target == "neuron":
        other, label = hear_neuron(entrant, collected), False
    else:
        other, label = VARIABLES[target].give(collected), VARIABLES[target].is_label(collected)
    estimator = choose_estimator(variable.is_label(collected), label)
    by_variable = target in {"neuron", "particle"}
    null: Null = columns.get("null") or (variable.null if by_variable else VARIABLES[target].null)
    rows = np.flatnonzero(collected.hits.layer == 0) if columns.get("one_layer") else np.arange(len(other))
    found = measure_columns(
        estimator, variable.give(collected)[rows], other[rows], collected, rows=rows, null=null,
        permuted="one" if by_variable else "other", by_event=bool(columns.get("by_event")),
        shuffles=WELL if columns["table"] == "T4" else SHUFFLES,
    )  # fmt: skip
    return {"grain": variable.grain, **found}


def measure_columns(
    estimator: Estimator,
    one: Columns,
    other: Columns,
    collected: Collected,
    *,
    rows: Int[np.ndarray, " some"],
    null: Null,
    permuted: Literal["one", "other"],
    shuffles: int,
    by_event: bool = False,
) -> dict[str, Any]:
    """Measure two columns, with more and more events where these are measured together.

    Args:
        estimator: the estimator.
        one: the first column, of the rows chosen.
        other: the second.
        collected: all hits.
        rows: the rows chosen.
        null: what is exchangeable.
        permuted: which of the two is permuted.
        shuffles: permutations.
        by_event: measure each event by itself.
    """
    origin, generator = collected.origin.choose(rows), np.random.default_rng(collected.seed)

    def measure(some: Int[np.ndarray, " part"]) -> Measurement:
        return measure_information(
            estimator, one[some], other[some], origin=origin.choose(some), null=null, shuffles=shuffles,
            generator=generator, permuted=permuted, by_event=by_event,
        )  # fmt: skip

    found = measure(np.arange(len(rows))).list_values() if by_event else follow_events(measure, origin).list_values()
    return {**name_estimator(estimator), "null": null, **found}


def name_estimator(estimator: Estimator) -> dict[str, Any]:
    """Give what an estimator is, for a row."""
    inner = estimator.inner if isinstance(estimator, Swapped) else estimator
    return {"estimator": type(inner).__name__, "neighbours": getattr(inner, "neighbours", None)}
