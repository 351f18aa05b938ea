"""Hits in another order: what a quantity would say by chance, by what is exchangeable about it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Bool, Int

Null = Literal["hits", "layers", "particles", "events"]
"""What is permuted: hits of an event, hits of a layer of an event, the particles of an event, whole events."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Origin:
    """Where rows come from; every one of them its own, where nothing else is said.

    Args:
        event: the event of each row.
        particle: its particle, unique over all events.
        layer: its layer (or whatever else rows are to be compared within).
    """

    event: Int[np.ndarray, " n"]
    particle: Int[np.ndarray, " n"]
    layer: Int[np.ndarray, " n"]

    def __post_init__(self) -> None:
        if len({len(self.event), len(self.particle), len(self.layer)}) > 1:
            message = (
                f"an origin has columns of one length, not {len(self.event)}, {len(self.particle)}, {len(self.layer)}"
            )
            raise ValueError(message)

    def __len__(self) -> int:
        return len(self.event)

    def choose(self, rows: Int[np.ndarray, " some"] | Bool[np.ndarray, " n"]) -> "Origin":
        """Give some of the rows."""
        return Origin(event=self.event[rows], particle=self.particle[rows], layer=self.layer[rows])


def permute(origin: Origin, null: Null, generator: np.random.Generator) -> Int[np.ndarray, " n"]:
    """Give for every row the row whose value it takes instead.

    Permuted hits break what ties a value to its hit, within a layer also what the layer has to do with it. Permuted
    particles keep that the hits of a particle share one value, and break which. Permuted events keep that of events.

    Args:
        origin: where the rows come from.
        null: what is permuted.
        generator: the chance.

    >>> origin = Origin(event=np.zeros(4, int), particle=np.array([0, 0, 1, 1]), layer=np.arange(4))
    >>> permute(origin, "layers", np.random.default_rng(0))
    array([0, 1, 2, 3])
    """
    if null == "hits":
        return permute_within(origin.event, generator)
    if null == "layers":
        return permute_within(pair_up(origin.event, origin.layer), generator)
    if null == "particles":
        return permute_groups(origin.particle, origin.event, generator)
    return permute_groups(origin.event, np.zeros(len(origin), dtype=np.int64), generator)


def permute_within(group: Int[np.ndarray, " n"], generator: np.random.Generator) -> Int[np.ndarray, " n"]:
    """Permute rows within each group."""
    order = np.argsort(group, kind="stable")
    mixed = np.lexsort((generator.random(len(group)), group))
    rows = np.empty(len(group), dtype=np.int64)
    rows[order] = mixed
    return rows


def permute_groups(
    group: Int[np.ndarray, " n"], within: Int[np.ndarray, " n"], generator: np.random.Generator
) -> Int[np.ndarray, " n"]:
    """Give every row of a group the first row of another group, drawn without return within the same larger one."""
    _, first, member = np.unique(group, return_index=True, return_inverse=True)
    return np.asarray(first[permute_within(within[first], generator)][member])


def pair_up(one: Int[np.ndarray, " n"], other: Int[np.ndarray, " n"]) -> Int[np.ndarray, " n"]:
    """Number the pairs of two labels."""
    return np.asarray(np.unique(np.stack([one, other], axis=1), axis=0, return_inverse=True)[1]).reshape(-1)
