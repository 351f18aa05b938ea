"""The quantities that every hit has: its own, its particle's, and controls that say nothing of either."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.event import Particles
from corpuscle.metrics.information.choice import is_discrete
from corpuscle.metrics.information.permutations import Null
from corpuscle.studies.information.collected import Collected

Grain = Literal["hit", "particle", "event"]

TILE = (20.0, 70.0)
"""Length along the azimuth and along z of a tile, about that of a module of the innermost layers [mm]."""

NANOMETRES = 6
"""Decimals of a radius [mm] that are kept: hits of one cylinder lie at one radius, but for rounding."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A quantity that every hit has.

    Args:
        label: its name in the figures.
        grain: what it belongs to: a hit, its particle, its event.
        read: from collected hits to its values.
        null: what is exchangeable about it.
        named: whether its values are labels, however seldom each is met; others are where each is met often.
    """

    label: str
    grain: Grain
    read: Callable[[Collected], Float[np.ndarray, " hit"] | Int[np.ndarray, " hit"]]
    null: Null
    named: bool = False

    def give(self, collected: Collected) -> Float[np.ndarray, "hit 1"] | Int[np.ndarray, "hit 1"]:
        """Give its value of every hit."""
        return self.read(collected)[:, None]

    def is_label(self, collected: Collected) -> bool:
        """Tell whether its values are labels, which are counted."""
        return self.named or is_discrete(self.give(collected))


def of_hit(label: str, read: Callable[..., np.ndarray], null: Null = "layers", *, named: bool = False) -> Variable:
    """Name a quantity of a hit's position, x, y, z and r [mm]."""

    def place(collected: Collected) -> np.ndarray:
        x, y, z = collected.hits.position.T
        return np.asarray(read(x, y, z, np.round(np.hypot(x, y), NANOMETRES)))

    return Variable(label=label, grain="hit", read=place, null=null, named=named)


def of_particle(label: str, read: Callable[[Particles], np.ndarray]) -> Variable:
    """Name a quantity of a particle."""

    def place(collected: Collected) -> np.ndarray:
        return np.asarray(read(collected.truth)[collected.hits.owner])

    return Variable(label=label, grain="particle", null="particles", read=place)


def of_chance(label: str, grain: Grain, draw: Callable[[np.random.Generator, int], np.ndarray]) -> Variable:
    """Name a quantity drawn at random, once a hit, a particle or an event."""

    def read(collected: Collected) -> np.ndarray:
        owner = {
            "hit": np.arange(len(collected.hits.position)),
            "particle": collected.hits.owner,
            "event": np.unique(collected.hits.event, return_inverse=True)[1][collected.hits.owner],
        }[grain]
        generator = np.random.default_rng([collected.seed, *map(ord, label)])
        return np.asarray(draw(generator, int(owner.max()) + 1)[owner])

    nulls: Mapping[Grain, Null] = {"hit": "layers", "particle": "particles", "event": "events"}
    return Variable(label=label.replace("a event", "an event"), grain=grain, read=read, null=nulls[grain])


def name_tiles(x: np.ndarray, y: np.ndarray, z: np.ndarray, r: np.ndarray) -> np.ndarray:
    """Number the tiles of 20 mm x 70 mm that cover each cylinder."""
    around = np.floor(np.maximum(2 * np.pi * r / TILE[0], 1.0))
    column = np.floor((np.arctan2(y, x) / (2 * np.pi) + 0.5) * around)
    names = np.stack([np.round(r, 3), column, np.floor(z / TILE[1])], axis=1)
    return np.asarray(np.unique(names, axis=0, return_inverse=True)[1]).reshape(-1)


VARIABLES: Mapping[str, Variable] = {
    "x": of_hit("x", lambda x, y, z, r: x),
    "y": of_hit("y", lambda x, y, z, r: y),
    "z": of_hit("z", lambda x, y, z, r: z),
    "r": of_hit("r", lambda x, y, z, r: r, "hits"),
    "phi": of_hit("φ", lambda x, y, z, r: np.arctan2(y, x)),
    "theta": of_hit("θ", lambda x, y, z, r: np.arctan2(r, z)),
    "eta": of_hit("η", lambda x, y, z, r: np.arcsinh(z / r)),
    "cos_theta": of_hit("cos θ", lambda x, y, z, r: z / np.hypot(r, z)),
    "z_over_r": of_hit("z/r", lambda x, y, z, r: z / r),
    "rho": of_hit("ρ", lambda x, y, z, r: np.hypot(r, z), "hits"),
    "u": of_hit("u = x/r²", lambda x, y, z, r: x / r**2),
    "v": of_hit("v = y/r²", lambda x, y, z, r: y / r**2),
    "layer": Variable(label="layer", grain="hit", null="hits", read=lambda collected: collected.hits.layer, named=True),
    "tile": of_hit("tile (cell)", name_tiles, "hits", named=True),
    "q_over_pt": of_particle("q/pT", lambda truth: truth.parameters.q_over_pt),
    "pt": of_particle("pT", lambda truth: truth.parameters.transverse_momentum),
    "cot_theta": of_particle("cot θ", lambda truth: 1 / np.tan(truth.parameters.value[:, 3])),
    "phi0": of_particle("φ0", lambda truth: truth.parameters.value[:, 2]),
    "d0": of_particle("d0", lambda truth: truth.parameters.value[:, 0]),
    "z0": of_particle("z0", lambda truth: truth.parameters.value[:, 1]),
    "kind": of_particle("kind (PDG)", lambda truth: truth.kind),
    "particle": Variable(
        label="particle", grain="particle", null="particles", read=lambda collected: collected.hits.owner, named=True
    ),
    **{
        f"{name}_{grain}": of_chance(f"{name} a {grain}", grain, draw)
        for name, draw in {
            "uniform": lambda generator, count: generator.uniform(size=count),
            "normal": lambda generator, count: generator.normal(size=count),
            "poisson": lambda generator, count: generator.poisson(1.0, size=count),
        }.items()
        for grain in ("hit", "particle", "event")
    },
}
"""The quantities by name: of the hit, of its particle, and controls that say nothing of either."""
