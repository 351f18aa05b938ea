"""What there is: every method with its settings and its source."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from corpuscle.data.registry import Registry
from corpuscle.data.settings import Setting, describe_line, describe_source, list_settings
from corpuscle.fitting.fitters import FITTERS
from corpuscle.identification.identifiers import IDENTIFIERS
from corpuscle.io.collider.readers import COLLIDERS
from corpuscle.io.files import FORMATS
from corpuscle.io.images.readers import IMAGE_READERS
from corpuscle.linking.linkers import LINKERS
from corpuscle.metrics import METRICS
from corpuscle.simulation.perturbations import PERTURBATIONS
from corpuscle.simulation.worlds import ALL_WORLDS

TASKS: dict[str, Mapping[str, type]] = {
    "link": LINKERS,
    "fit": FITTERS,
    "identify": IDENTIFIERS,
    "simulate": ALL_WORLDS,
    "perturb": PERTURBATIONS,
    "score": METRICS,
    "convert": Registry("format", {**FORMATS.entries, **COLLIDERS.entries, **IMAGE_READERS.entries}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method as the table of methods shows it."""

    task: str
    name: str
    line: str
    settings: tuple[Setting, ...]
    source: str


def methods(task: str | None = None) -> list[Method]:
    """List the methods of a task (link, fit, identify, simulate, perturb, score, convert), or of all.

    Raises: ValueError, when there is no such task.

    >>> [method.name for method in methods("link")][:4]
    ['nearest', 'lap', 'cover', 'kalman']
    """
    if task is not None and task not in TASKS:
        message = f"no task {task!r}; there are {', '.join(TASKS)}"
        raise ValueError(message)
    return [describe(kind, name) for kind in ([task] if task else TASKS) for name in TASKS[kind]]


def describe(task: str, name: str) -> Method:
    """Describe one method."""
    method = TASKS[task][name]
    settings = tuple(list_settings(method)) if dataclasses.is_dataclass(method) and task != "score" else ()
    return Method(task=task, name=name, line=describe_line(method), settings=settings, source=describe_source(method))
