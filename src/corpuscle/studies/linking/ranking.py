"""Which linker to use for some detections: all that are made for them, on scenes like them, ranked."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from corpuscle.data.detections import Detections
from corpuscle.data.progress import follow
from corpuscle.data.scene import Scene
from corpuscle.estimation.learn import Learned, learn_population
from corpuscle.linking.base import Linker
from corpuscle.linking.linkers import LINKERS
from corpuscle.linking.result import run_linker
from corpuscle.simulation.base import World
from corpuscle.studies.linking.compare import Row, compare
from corpuscle.studies.linking.matching import Crowd, match_world, measure_crowd
from corpuscle.studies.linking.trackable import build_told
from corpuscle.studies.verdict import exceeds, mean_and_error

SCORE = "link_jaccard"
CONTROLS = ("constant", "untrained")
"""Linkers that follow nothing."""

UNTOLD = ("auto",)
"""Linkers that are told nothing, because they learn by themselves."""

SLOW = 60.0
"""Seconds for one scene from which on a linker is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A linker in the ranking.

    Args:
        method: its name.
        settings: its settings, with what it took from the detections.
        score: mean link Jaccard over scenes.
        error: its standard error.
        behind: by how much it is below the first, on the same scenes.
        behind_error: the standard error of that.
        tied: whether it is not below the first by two standard errors.
        microseconds: what it costs, one scene after another [microseconds a detection].
    """

    method: str
    settings: str
    score: float
    error: float
    behind: float
    behind_error: float
    tied: bool
    microseconds: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ranking:
    """All linkers on scenes like some detections, best first.

    Args:
        learned: what was learned from the detections.
        crowd: how crowded their frames are.
        scenes: how many scenes were simulated.
        places: the linkers.
        left_out: those that took no part, with the reason.
        chosen: the one to use: of those tied with the first, the cheapest.
    """

    learned: Learned
    crowd: Crowd
    scenes: int
    places: tuple[Place, ...]
    left_out: Mapping[str, str]
    chosen: str

    def list_values(self) -> dict[str, Any]:
        """Give everything as plain values."""
        return {
            "chosen": self.chosen,
            "scenes": self.scenes,
            "particles": self.crowd.particles,
            "spacing": self.crowd.spacing,
            "learned": {
                name: {"value": float(getattr(self.learned.population, name)), "error": self.learned.error.get(name)}
                for name in self.learned.population.__dataclass_fields__
            },
            "ranking": [{name: getattr(one, name) for name in one.__dataclass_fields__} for one in self.places],
            "left_out": dict(self.left_out),
        }


def rank_linkers(
    detections: Detections,
    *,
    scenes: int = 10,
    seed: int = 0,
    learn: Callable[[Detections], Learned] = learn_population,
) -> Ranking:
    """Simulate scenes like some detections, link them with every linker made for such, and rank these.

    Every linker is told what was learned from the detections, where it has a setting for it; `auto` learns by itself
    from each scene. The controls, which follow nothing, take no part.

    Args:
        detections: what was measured.
        scenes: how many scenes are simulated.
        seed: where the chances of the first scene come from.
        learn: what learns the parameters.

    Raises: ValueError, when there is too little to learn from, or no frame has two particles.
    """
    if scenes < 2:
        message = f"expected 2 scenes or more, so that there is an interval, not {scenes}"
        raise ValueError(message)
    learned = learn(detections)
    crowd, world = measure_crowd(detections, learned.population), match_world(learned.population, detections)
    drawn = draw_scenes(world, scenes, seed)
    linkers = {
        name: LINKERS[name]() if name in UNTOLD else build_told(LINKERS[name], learned.population)
        for name in LINKERS
        if name not in CONTROLS
    }
    left_out = {name: reason for name, linker in linkers.items() if (reason := find_reason(name, linker, drawn))}
    rows = compare(
        drawn, {name: linker for name, linker in linkers.items() if name not in left_out}, gate=crowd.spacing
    )
    places = rank(rows)
    return Ranking(learned=learned, crowd=crowd, scenes=scenes, places=places, left_out=left_out, chosen=choose(places))


def draw_scenes(world: World, scenes: int, seed: int) -> list[Scene]:
    """Draw scenes of a world."""
    return [world.simulate(np.random.default_rng(seed + number)) for number in follow(range(scenes), "simulating")]


def find_reason(name: str, linker: Linker, scenes: Sequence[Scene]) -> str:
    """Say why a linker takes no part in some scenes; an empty text when it does.

    It must be made for all of them, and link the first one without refusing, within a minute.
    """
    for scene in scenes:
        if reason := linker.domain.refuse(scene.detections):
            return reason
    begin = time.perf_counter()
    try:
        run_linker(name, linker, scenes[0].detections)
    except (ValueError, ImportError) as error:
        return str(error)
    spent = time.perf_counter() - begin
    return f"it takes {spent:.0f} s for one scene" if spent > SLOW else ""


def rank(rows: Sequence[Row]) -> tuple[Place, ...]:
    """Rank linkers by their mean link Jaccard, each beside the first on the same scenes."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.method, []).append(row)
    scores = {name: {row.scene: float(row.values[SCORE]) for row in ours} for name, ours in found.items()}
    best_first = sorted(scores, key=lambda name: -float(np.mean(list(scores[name].values()))))
    first = scores[best_first[0]] if best_first else {}
    places = []
    for name in best_first:
        ours = scores[name]
        score, error = mean_and_error(np.array(list(ours.values())))
        behind, behind_error = mean_and_error(np.array([first[scene] - ours[scene] for scene in ours]))
        places.append(
            Place(
                method=name, settings=found[name][0].settings, score=score, error=error, behind=behind,
                behind_error=behind_error, tied=not exceeds(behind, behind_error),
                microseconds=float(np.median([row.microseconds for row in found[name]])),
            )
        )  # fmt: skip
    return tuple(places)


def choose(places: Sequence[Place]) -> str:
    """Choose the cheapest of the linkers that are tied with the first.

    >>> choose([])
    ''
    """
    tied = [place for place in places if place.tied]
    return min(tied, key=lambda place: place.microseconds).method if tied else ""
