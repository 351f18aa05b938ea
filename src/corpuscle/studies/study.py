"""A study: worlds, methods, what is measured, the source's sentence and its executable form."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from corpuscle.data.scene import Scene
from corpuscle.data.settings import build_method
from corpuscle.linking.base import Linker
from corpuscle.linking.linkers import LINKERS
from corpuscle.simulation.base import World
from corpuscle.simulation.worlds import PRESETS, WORLDS
from corpuscle.studies.verdict import Row, Verdict

ScaleName = Literal["quick", "paper"]
Role = Literal["claimed", "rival", "control", "reference", "ceiling"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One world of a grid: two particles that walk, by the preset that they start by.

    Args:
        start: the preset (`PRESETS`).
        frames: length of the sequence (T).
        measurement_noise: standard deviation of a measured coordinate (sigma) [length].
    """

    start: str
    frames: int
    measurement_noise: float

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the world."""
        return {"start": self.start, "frames": self.frames, "measurement_noise": self.measurement_noise}

    @property
    def known(self) -> dict[str, Any]:
        """What a method may be told of the world; how far apart a grid of particles starts, none is told."""
        spread = {"normal": PRESETS[self.start].get("start_spread"), "origin": 0.0}
        return {
            **self.columns,
            "step": PRESETS[self.start]["step"],
            "start_spread": spread.get(str(PRESETS[self.start]["start"])),
            "drift": PRESETS[self.start].get("drift", 0.0),
        }

    def build(self) -> World:
        """Build the world."""
        values = {**PRESETS[self.start], "frames": self.frames, "measurement_noise": self.measurement_noise}
        world: World = WORLDS["brownian"](**values)
        return world

    def derive_seed(self, repeat: int) -> int:
        """Derive the seed of a repeat from the world's values: no method and no other world has a say in it.

        >>> Case(start="origin", frames=8, measurement_noise=1.0).derive_seed(0)
        6942210289346711397
        """
        text = json.dumps([self.start, int(self.frames), float(self.measurement_noise), int(repeat)])
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1

    def simulate(self, repeat: int) -> Scene:
        """Draw the scene of a repeat."""
        return self.build().simulate(np.random.default_rng(self.derive_seed(repeat)))


@dataclass(frozen=True, slots=True)
class Known:
    """A setting that a method takes from the world that it meets (`Case.known`)."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A method as a study enters it.

    Args:
        name: its name in the rows.
        label: its name in the figure.
        role: what it is there for: the claimed winner, its rival, a control, a reference or the ceiling.
        linker: its name in the registry of linkers.
        settings: its settings; `Known` ones come from the world.
        training: settings of the trainer whose weights it uses, empty where it has none.
        nets: how many nets are trained (or drawn), each from a seed of its own; repeats take them in turn.
        columns: further columns of its rows.
        scales: the scales at which it takes part.
    """

    name: str
    label: str
    role: Role
    linker: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    nets: int = 0
    columns: Mapping[str, Any] = field(default_factory=dict)
    scales: tuple[ScaleName, ...] = ("quick", "paper")

    def settle(self, case: Case) -> dict[str, Any]:
        """Give the settings of the linker in a world."""
        return fill_in(self.settings, case)

    def settle_training(self, case: Case) -> dict[str, Any]:
        """Give the settings of the trainer in a world."""
        return fill_in(self.training, case)

    def build(self, case: Case, repeat: int, weights: str | None) -> Linker:
        """Build the linker for a repeat in a world."""
        settings = self.settle(case)
        if weights is not None:
            settings["weights"] = weights
        elif self.nets:
            settings["seed"] = repeat % self.nets
        linker: Linker = build_method(LINKERS[self.linker], settings)
        return linker


Measure = Callable[[Contender, Linker, Scene], Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The worlds and repeats of one scale."""

    worlds: tuple[Case, ...]
    repeats: Mapping[int, int]
    """Repeats by the number of frames."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """Worlds x methods x measure, declared.

    Args:
        name: its name.
        source: where the claim was made.
        title: what is compared, in a line.
        claim: the source's own sentence.
        worlds: the worlds and repeats of each scale.
        methods: the methods, each of which meets every scene.
        measure: what is measured of a method on a scene.
        holds: the claim in executable form: from rows to verdict.
        axis: the column along which the figure is drawn, with its words and unit.
        panels: the scores that the figure draws, with their words and units.
        assumed: what the source leaves open and this study chose.
        logarithmic: whether the axis and the scores are drawn on logarithmic scales.
        serial: whether rows are measured one after another in this process, whatever is asked for: they hold times.
    """

    name: str
    source: str
    title: str
    claim: str
    worlds: Mapping[ScaleName, Grid]
    methods: tuple[Contender, ...]
    measure: Measure
    holds: Callable[[Sequence[Row]], Verdict]
    axis: tuple[str, str]
    panels: tuple[tuple[str, str], ...]
    assumed: tuple[str, ...]
    logarithmic: tuple[bool, bool] = (False, False)
    serial: bool = False

    def list_methods(self, scale: ScaleName) -> list[Contender]:
        """List the methods that take part at a scale."""
        return [method for method in self.methods if scale in method.scales]

    def declare(self, scale: ScaleName) -> dict[str, Any]:
        """Write down everything that its rows depend on, so that two runs can be told apart."""
        grid = self.worlds[scale]
        return {
            "study": self.name,
            "scale": scale,
            "worlds": [case.columns for case in grid.worlds],
            "repeats": {str(frames): count for frames, count in grid.repeats.items()},
            "methods": {
                method.name: repr((method.linker, method.settings, method.training, method.nets, method.columns))
                for method in self.list_methods(scale)
            },
        }


def fill_in(settings: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """Put the world's values in place of what is known of it."""
    known = case.known
    return {name: known[value.name] if isinstance(value, Known) else value for name, value in settings.items()}


def find_scale(name: str) -> ScaleName:
    """Read the name of a scale.

    Raises: ValueError, when there is none of that name.
    """
    if name == "quick":
        return "quick"
    if name == "paper":
        return "paper"
    message = f"no scale {name!r}; there are quick, paper"
    raise ValueError(message)
