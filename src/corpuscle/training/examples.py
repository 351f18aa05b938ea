"""Scenes that linkers learn from: particles that move in many ways, and what a linker would think of them."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from jaxtyping import Int

from corpuscle.data.scene import Scene, true_links
from corpuscle.data.settings import setting
from corpuscle.data.units import FRAMES
from corpuscle.estimation.learn import is_even, measure_typical
from corpuscle.estimation.learning.starts import RATES, VELOCITY, WALK
from corpuscle.estimation.learning.turns import climb
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery, lay_scenery
from corpuscle.simulation.overlay import overlay_scenes
from corpuscle.simulation.worlds import WORLDS
from corpuscle.training.drawn import DrawnTrainer

if TYPE_CHECKING:
    from torch import Tensor, nn

MOTIONS = ("walk", "kinds", "mixed", "switching", "directed")
"""Walkers; walkers with steps of their own; walkers beside others with velocities; who changes; velocities."""

PLANE = 0.85
"""The share of scenes in the plane, the others being in space."""

TWO_KINDS = ("step", "slow_step", "slow_share", "measurement_noise")


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """A scene as a linker meets it, and the truth.

    Args:
        scenery: the detections.
        population: what a linker would think of them, more or less rightly.
        following: which detection follows each; -1: none.
    """

    scenery: Scenery
    population: Population
    following: Int[np.ndarray, " n"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SceneTrainer(DrawnTrainer):
    """Draws the scenes that linkers of many particles learn from, and builds a net over neighbours for them."""

    shape: ClassVar[type]
    """What the net is built from: a dataclass, each of whose fields is a setting here."""

    epochs: int = setting(14, "passes over the batches", least=1)
    batches: int = setting(160, "batches of one epoch", least=1)
    experiments: int = setting(4, "simulated sequences in a batch", least=1)
    schedule: Literal["constant", "cosine"] = setting(
        "cosine", "learning rate: constant, or growing over 50 steps and falling as a cosine"
    )
    validation: int = setting(64, "simulated sequences that validation measures", least=1)
    learning_rate: float = setting(2e-3, "of Adam, at its highest", above=0)
    particles: int = setting(60, "the most particles of a scene", least=2)
    least_particles: int = setting(10, "the fewest", least=1)
    frames: int = setting(20, "length of the longest scene", unit=FRAMES, least=4)
    least_frames: int = setting(8, "that of the shortest", unit=FRAMES, least=4)
    misses: float = setting(0.2, "the highest chance that a detection is missed", least=0, most=0.9)
    false_detections: float = setting(0.2, "the most false detections a frame, for each particle", least=0)
    sparsest: float = setting(0.1, "the least step over spacing, measurement noise included", above=0)
    densest: float = setting(0.6, "the largest step over spacing", above=0)
    turns: int = setting(3, "turns in which parameters are learned, as a linker would, only shorter", least=0)
    width: int = setting(32, "numbers a token has", least=1)
    inner: int = setting(16, "numbers of a token's key and of its value", least=1)
    pair: int = setting(16, "numbers a pair of tokens has", least=1)
    heads: int = setting(4, "heads of each attention", least=1)
    layers: int = setting(3, "layers", least=1)
    hidden: int = setting(64, "width inside the feed-forward nets", least=1)

    def read_shape(self) -> Any:  # noqa: ANN401 - of the class that `shape` names
        """Give what the net is built from."""
        return self.shape(**{field.name: getattr(self, field.name) for field in fields(self.shape)})

    def describe_net(self) -> Mapping[str, Any]:
        """Give everything that the net is built from."""
        return asdict(self.read_shape())

    def measure_validation(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the loss: these nets are used as they are trained."""
        return self.measure_loss(net, batch)

    def draw_example(self, generator: np.random.Generator) -> Example:
        """Draw a scene, and learn from it a little."""
        motion = str(generator.choice(MOTIONS))
        scene = self.draw_scene(generator, motion)
        known = lay_scenery(scene.detections)
        population = self.guess(generator, scene, known, motion)
        order = np.argsort(scene.detections.frame, kind="stable")
        place = np.empty(len(order), dtype=np.int64)
        place[order] = np.arange(len(order))
        following = np.full(len(order), -1)
        pair = true_links(scene.truth).pair
        following[place[pair[:, 0]]] = place[pair[:, 1]]
        return Example(known, population, following)

    def draw_scene(self, generator: np.random.Generator, motion: str) -> Scene:
        """Draw a scene of particles that move in some way, about one length a frame."""
        count = int(generator.integers(self.least_particles, self.particles, endpoint=True))
        clear = generator.random() < 0.4
        density = np.exp(generator.uniform(np.log(self.sparsest), np.log(self.densest)))
        whole: dict[str, Any] = {
            "frames": int(generator.integers(self.least_frames, self.frames, endpoint=True)),
            "dimensions": 2 if generator.random() < PLANE else 3,
            "measurement_noise": float(generator.uniform(0.0, 0.8) if generator.random() < 0.8 else 0.0),
            "misses": 0.0 if clear else float(generator.uniform(0.0, self.misses)),
            "false_detections": 0.0 if clear else float(generator.uniform(0.0, self.false_detections)),
            "field": str(generator.choice(["open", "reflecting", "crossing"])),
            "start": "uniform",
        }
        groups = draw_groups(generator, motion, count)
        length = np.sqrt(
            sum(share * measure_move(settings) for _, share, settings in groups) + 2 * whole["measurement_noise"] ** 2
        )
        counts = generator.multinomial(count, [share for _, share, _ in groups])
        scenes = []
        for (world, _, settings), number in zip(groups, counts, strict=True):
            if number == 0:
                continue
            # each group alone is sparser, so that all have a field of one size
            spacing = float(length / density * (count / number) ** (1.0 / whole["dimensions"]))
            made = WORLDS[world](**whole, **settings, particles=int(number), spacing=spacing)
            scenes.append(made.simulate(generator))
        return overlay_scenes(generator, scenes)

    def guess(self, generator: np.random.Generator, scene: Scene, scenery: Scenery, motion: str) -> Population:
        """Give the parameters that a linker would learn, mostly of the kind of motion that is closest."""
        typical = max(measure_typical(scene.detections, {}), 1e-6)
        crowd = len(scenery) / scenery.frames
        begin = Population(
            step=typical, measurement_noise=typical / 3, detection_probability=0.95, false_rate=0.05 * crowd,
            birth_rate=0.02 * crowd, death_rate=0.02,
        )  # fmt: skip
        free: tuple[str, ...] = WALK
        if motion != "walk" and generator.random() < 0.8:
            lasting = motion in {"switching", "directed"} or (motion == "mixed" and generator.random() < 0.7)
            begin = (
                replace(begin, rate=float(generator.choice([0.7, 2.0])) * typical, step=0.7 * typical, persistence=0.9)
                if lasting
                else replace(begin, step=2 * typical, slow_step=0.3 * typical, slow_share=0.5)
            )
            free = VELOCITY if lasting else TWO_KINDS
        if is_even(scene.detections) and generator.random() < 0.9:
            closed = replace(begin, detection_probability=1.0, death_rate=0.0, birth_rate=0.0, false_rate=0.0)
            return climb(scenery, closed, free, self.turns).population
        return climb(scenery, begin, free + RATES, self.turns).population


Group = tuple[str, float, dict[str, float]]  # a world, the share of the particles, its settings


def draw_groups(generator: np.random.Generator, motion: str, count: int) -> list[Group]:
    """Draw how the particles of a scene move: worlds, shares and settings."""
    keeps = float(1.0 - generator.choice([0.0, 0.05, 0.1, 0.3]))
    fast = float(generator.uniform(0.5, 3.0))
    if motion == "walk":
        return [("brownian", 1.0, {"step": 1.0})]
    if motion == "directed":
        return [("directed", 1.0, {"step": float(generator.uniform(0.2, 1.0)), "drift": fast, "persistence": keeps})]
    if motion == "switching":
        changes = float(generator.choice([0.03, 0.1, 0.2]))
        return [("switching", 1.0, {"step": 1.0, "drift": fast, "persistence": keeps, "switching": changes})]
    if motion == "mixed":
        share, slow = float(generator.uniform(0.2, 0.8)), float(generator.uniform(0.2, 1.0))
        moving = {"step": slow, "drift": fast, "persistence": keeps}
        return [("brownian", 1.0 - share, {"step": 1.0}), ("directed", share, moving)]
    groups = min(int(generator.integers(2, 8, endpoint=True)), count)
    steps = np.exp(generator.uniform(0.3, 1.2) * generator.normal(size=groups))
    return [("brownian", 1.0 / groups, {"step": float(step)}) for step in steps]


def measure_move(settings: dict[str, float]) -> float:
    """Give the mean squared way of a frame along one axis."""
    return settings["step"] ** 2 + settings.get("drift", 0.0) ** 2
