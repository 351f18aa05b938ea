"""A study: worlds, methods, what is measured, the source's sentence and its executable form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

from corpuscle.data.settings import build_method, list_settings
from corpuscle.studies.case import Case
from corpuscle.studies.entrants import ENTRANTS, FITTING, NAMING
from corpuscle.studies.verdict import Row, Verdict

TRANSFORMER = "transformer"
"""The trainer of nets that says nothing else; it was the only one, and rows of its nets are kept."""

ScaleName = Literal["quick", "paper"]
Role = Literal["claimed", "rival", "control", "reference", "ceiling"]


@dataclass(frozen=True, slots=True)
class Known:
    """A setting that a method takes from the world that it meets (`Case.known`)."""

    name: str


@dataclass(frozen=True, slots=True)
class Times:
    """A setting that is a multiple of what is known of the world."""

    name: str
    factor: float


EXTRAS: Mapping[str, str] = {"torch": "learn", "lightning": "train", "sklearn": "identify"}
"""The extra that a package comes with, where that is not the one of benchmarks."""

PAIR_COLUMNS: Mapping[str, str] = {"start": "start", "frames": "T [frames]", "measurement_noise": "σ [px]"}
"""The columns of two particles, with their words."""

TOLD = (
    "step", "process_noise", "measurement_noise", "drift", "persistence", "slow_share", "start_spread", "misses",
    "false_detections", "births", "deaths",
)  # fmt: skip
"""What a method that is told everything is told, where it has a setting of that name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A method as a study enters it.

    Args:
        name: its name in the rows.
        label: its name in the figure.
        role: what it is there for: the claimed winner, its rival, a control, a reference or the ceiling.
        linker: its name among the linkers that may enter (`ENTRANTS`), where it is one.
        fitter: its name among the fitters that may enter (`FITTING`), where it is one.
        identifier: its name among the identifiers that may enter (`NAMING`), where it is one. What is none of them has
            its results in the scenes themselves.
        settings: its settings; `Known` and `Times` ones come from the world.
        grid: settings to choose from, one set of them after another, each beside `settings`; the best on training
            scenes of each world is used (`tuning.tune`).
        training_scenes: how many scenes that choice is made on.
        told: whether it is told all that it has a setting for (`TOLD`); `settings` win.
        training: settings of the trainer whose weights it uses, empty where it has none.
        trainer: the name of that trainer.
        nets: how many nets are trained (or drawn), each from a seed of its own; repeats take them in turn.
        columns: further columns of its rows.
        scales: the scales at which it takes part.
        needs: the package that must be installed for it to take part, where that is no part of this one.
        where: what the columns of a world must be for it to take part there; empty: in all.
    """

    name: str
    label: str
    role: Role
    linker: str = ""
    fitter: str = ""
    identifier: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    grid: tuple[Mapping[str, Any], ...] = ()
    training_scenes: int = 6
    told: bool = False
    training: Mapping[str, Any] = field(default_factory=dict)
    trainer: str = TRANSFORMER
    nets: int = 0
    columns: Mapping[str, Any] = field(default_factory=dict)
    scales: tuple[ScaleName, ...] = ("quick", "paper")
    needs: str = ""
    where: Mapping[str, Any] = field(default_factory=dict)

    @property
    def entrant(self) -> str:
        """The name of the linker, fitter or identifier that it is; empty of what comes with the scenes."""
        return self.linker or self.fitter or self.identifier

    @property
    def missing(self) -> str:
        """Say why it cannot take part; an empty text when it can."""
        for kind, name, there in (
            ("linker", self.linker, ENTRANTS),
            ("fitter", self.fitter, FITTING),
            ("identifier", self.identifier, NAMING),
        ):
            if name and name not in there:
                return f"{self.name} (no {kind} {name!r} in this version)"
        if self.needs and find_spec(self.needs) is None:
            return f"{self.name} (no {self.needs}: pip install 'corpuscle[{EXTRAS.get(self.needs, 'bench')}]')"
        return ""

    @property
    def method(self) -> type | None:
        """The linker, fitter or identifier that it is; none of what comes with the scenes."""
        if self.fitter:
            return FITTING[self.fitter]
        if self.identifier:
            return NAMING[self.identifier]
        return ENTRANTS[self.linker] if self.linker else None

    def meets(self, case: Case[Any]) -> bool:
        """Tell whether it takes part in a world."""
        return all(case.columns[name] == value for name, value in self.where.items())

    def settle(self, case: Case[Any], chosen: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Give the settings of the linker in a world, with those chosen from its grid."""
        return {**self.list_told(case), **fill_in({**self.settings, **(chosen or {})}, case)}

    def list_told(self, case: Case[Any]) -> dict[str, Any]:
        """List what it is told of a world without having asked."""
        if not self.told or self.method is None:
            return {}
        names = {setting.name for setting in list_settings(self.method)} & set(TOLD)
        return {name: value for name, value in case.known.items() if name in names}

    def declare(self) -> str:
        """Write down everything that it is."""
        entrant = self.entrant
        values: tuple[object, ...] = (entrant, self.settings, self.training, self.nets, self.columns)
        values += ("told",) if self.told else ()
        values += (self.trainer,) if self.trainer != TRANSFORMER else ()
        return repr((*values, self.grid, self.training_scenes) if self.grid else values)

    def settle_training(self, case: Case[Any]) -> dict[str, Any]:
        """Give the settings of the trainer in a world."""
        return fill_in(self.training, case)

    def build(
        self, case: Case[Any], repeat: int, weights: str | None = None, chosen: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401 - a linker, a fitter, or nothing
        """Build what it is for a repeat in a world, with the weights and the settings that were found for it."""
        if self.method is None:
            return None
        settings = self.settle(case, chosen)
        if weights is not None:
            settings["weights"] = weights
        elif self.nets:
            settings["seed"] = repeat % self.nets
        return build_method(self.method, settings)


Measure = Callable[..., Mapping[str, Any]]
"""From a contender, its linker or fitter and a scene to the values of a row.

Where the study has a reference it gets the scene's posterior as well (`weighed`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """The worlds and repeats of one scale.

    Args:
        worlds: the worlds, all with the same columns.
        repeats: repeats by the number of frames, of worlds that do not say how many they have.
    """

    worlds: tuple[Case[Any], ...]
    repeats: Mapping[int, int] = field(default_factory=dict)

    def count_repeats(self, case: Case[Any]) -> int:
        """Count the repeats of a world."""
        return self.repeats[case.columns["frames"]] if case.count is None else case.count


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
        columns: the columns of its worlds that the table shows, with their words and units.
        facets: the columns, up to two, whose values have panels of their own: down, then across.
        assumed: what the source leaves open and this study chose.
        against: the method whose scores are taken from all others' on the same scenes, in panels of their own.
        reference: the method that gives the posterior of each scene, once for all (`posterior.weigh_scene`).
        figure: what is drawn: scores against the axis, how often links are right against their probability, what an
            information study found, what perturbations do, scores one method below another, or what patches and layers
            do.
        scores: further scores that the table shows.
        limits: where the axis of a score begins and ends in the figure; what lies beyond stands in the table only.
        logarithmic: whether the axis and the scores are drawn on logarithmic scales.
        serial: whether rows are measured one after another in this process, whatever is asked for: they hold times.
        gather: makes a world of a folder of data, for a study that reads one where it is given and needs none; none
            where the data are those that it has anyway.
        replaces: whether that world stands in the place of the study's own, so that no table mixes both.
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
    columns: Mapping[str, str] = field(default_factory=lambda: PAIR_COLUMNS)
    facets: tuple[str, ...] = ("start",)
    against: str = ""
    reference: Contender | None = None
    figure: Literal["scores", "reliability", "information", "perturbed", "listed", "patches"] = "scores"
    scores: tuple[str, ...] = ()
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    logarithmic: tuple[bool, bool] = (False, False)
    serial: bool = False
    gather: Callable[[Path], Case[Any] | None] | None = None
    replaces: bool = False

    def take(self, scale: ScaleName, data: Path | None) -> "Study":
        """Give the same study with the world of a folder of data beside or in place of its own, if it makes one."""
        made = self.gather(data) if self.gather is not None and data is not None else None
        if made is None:
            return self
        grid = self.worlds[scale]
        if not self.replaces:
            return replace(self, worlds={**self.worlds, scale: replace(grid, worlds=(*grid.worlds, made))})
        methods = tuple(replace(method, where={}) for method in self.methods)  # which of its own worlds each meets
        return replace(self, worlds={**self.worlds, scale: replace(grid, worlds=(made,))}, methods=methods)

    def list_methods(self, scale: ScaleName) -> list[Contender]:
        """List the methods that take part at a scale."""
        return [method for method in self.methods if scale in method.scales and not method.missing]

    def list_worlds(self, scale: ScaleName) -> list[Case[Any]]:
        """List the worlds that can be drawn here."""
        return [case for case in self.worlds[scale].worlds if not case.missing]

    @property
    def weighs(self) -> Contender | None:
        """The method that gives the posterior of each scene, where there is one and it can."""
        return None if self.reference is None or self.reference.missing else self.reference

    def list_missing(self, scale: ScaleName) -> list[str]:
        """List the methods and worlds that cannot take part here, each with its reason."""
        worlds = [case.missing for case in self.worlds[scale].worlds if case.missing]
        methods = [method.missing for method in self.methods if scale in method.scales and method.missing]
        return [*dict.fromkeys(worlds), *methods]

    def declare(self, scale: ScaleName) -> dict[str, Any]:
        """Write down everything that its rows depend on, so that two runs can be told apart."""
        grid = self.worlds[scale]
        worlds = self.list_worlds(scale)
        more = [case.declare() for case in worlds]
        weighs = self.weighs
        return {
            "study": self.name,
            "scale": scale,
            "worlds": [case.columns for case in worlds],
            **({"cases": more} if any(more) else {}),
            **({} if weighs is None else {"reference": weighs.declare()}),
            "repeats": {str(frames): count for frames, count in grid.repeats.items()},
            "methods": {method.name: method.declare() for method in self.list_methods(scale)},
        }


def fill_in(settings: Mapping[str, Any], case: Case[Any]) -> dict[str, Any]:
    """Put the world's values in place of what is known of it."""
    known = case.known
    return {name: fill_in_one(value, known) for name, value in settings.items()}


def fill_in_one(value: object, known: Mapping[str, Any]) -> object:
    """Put one value of the world in place of what is known of it."""
    if isinstance(value, Known):
        return known[value.name]
    return value.factor * known[value.name] if isinstance(value, Times) else value


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
