"""The best of a method's settings in a world, found on training scenes of that world, kept in the folder of a run."""

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.scene import Scene
from corpuscle.metrics.links import score_links
from corpuscle.studies.case import Case
from corpuscle.studies.store import name_job, read_json, write_text
from corpuscle.studies.study import Contender

TUNED = "tuned"


def lay_settings(**values: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    """Give every combination of some settings.

    >>> lay_settings(gate=(5.0, 9.0), gap=(0,))
    ({'gate': 5.0, 'gap': 0}, {'gate': 9.0, 'gap': 0})
    """
    return tuple(dict(zip(values, chosen, strict=True)) for chosen in itertools.product(*values.values()))


def place_tuned(folder: Path, method: Contender, case: Case[Scene]) -> Path:
    """Name the file of what was found by everything that it comes from."""
    return folder / TUNED / f"{name_job([method.declare(), case.columns, case.declare()])}.json"


def tune(folder: Path, method: Contender, case: Case[Scene], data: Path | None = None) -> dict[str, Any]:
    """Give the settings of a method that score best in a world, and keep them; a second call reads them.

    Every combination of its `grid` links the same training scenes, none of which is scored otherwise (but for recorded
    data, `Case.list_training`); the best mean link Jaccard wins, and of equal ones the first. Two processes may do so
    at once: both find the same.

    Args:
        folder: the folder of the run.
        method: the method.
        case: the world.
        data: the folder of data.
    """
    place = place_tuned(folder, method, case)
    if place.exists():
        kept: dict[str, Any] = read_json(place)["settings"]
        return kept
    scenes = [case.draw_scene(repeat, data) for repeat in case.list_training(method.training_scenes)]
    options = [method.settle(case, option) for option in method.grid]
    scores = [try_settings(method, case, option, scenes) for option in options]
    best = int(np.argmax(scores))
    place.parent.mkdir(exist_ok=True)
    found = {
        "method": method.name,
        "world": case.columns,
        "scenes": len(scenes),
        "settings": options[best],
        "link_jaccard": scores[best],
        "tried": [{"settings": option, "link_jaccard": score} for option, score in zip(options, scores, strict=True)],
    }
    write_text(place, json.dumps(found, indent=1) + "\n")
    return options[best]


def try_settings(method: Contender, case: Case[Scene], settings: Mapping[str, Any], scenes: Sequence[Scene]) -> float:
    """Give the mean link Jaccard of one choice of settings."""
    linker = method.build(case, 0, chosen=settings)
    scores = []
    for scene in scenes:
        links = linker.settle(scene.detections).link(scene.detections)
        scores.append(score_links(links, scene.truth).jaccard)
    return float(np.mean(scores))
