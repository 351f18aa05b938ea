"""One row of the information study: the entry says which question it is."""

from collections.abc import Callable, Mapping
from typing import Any

from corpuscle.studies.information.asked import measure_asked
from corpuscle.studies.information.calibration import measure_calibration
from corpuscle.studies.information.changes import measure_change
from corpuscle.studies.information.collected import Collected
from corpuscle.studies.information.heard import measure_neurons
from corpuscle.studies.information.linked import measure_linker
from corpuscle.studies.information.pairs import measure_pairs
from corpuscle.studies.study import Contender

ASKED: Mapping[str, Callable[..., dict[str, Any]]] = {
    "T1": measure_asked,
    "T2": measure_asked,
    "T3": measure_pairs,
    "T4": measure_asked,
    "T5": measure_change,
    "T6": measure_neurons,
    "T7": measure_calibration,
    "T8": measure_linker,
}
"""Who answers the entries of each table."""


def measure_entry(method: Contender, entrant: object, collected: Collected) -> dict[str, Any]:
    """Measure an entry.

    Args:
        method: the entry.
        entrant: the linker that it is, or whose net it listens to; none where it is neither.
        collected: the hits.
    """
    return ASKED[method.columns["table"]](method.columns, entrant, collected)
