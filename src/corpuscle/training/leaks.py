"""Targets that stand on two sides of a split: a net that remembers them looks better than it is."""

import itertools
import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int


class RepeatedTargets(UserWarning):
    """A target of one side of a split stands on another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeated:
    """How much of one side of a split stands on another.

    Args:
        side: the side that is looked at.
        other: the side in which its targets are looked for.
        targets: how many distinct targets the side has.
        repeated: how many of them stand on the other.
        tracks: the tracks of the side.
        affected: how many of them have such a target.
    """

    side: str
    other: str
    targets: int
    repeated: int
    tracks: int
    affected: int

    def __str__(self) -> str:
        return (
            f"{self.repeated} of the {self.targets} targets of {self.side!r} ({self.affected} of its {self.tracks} "
            f"tracks) stand in {self.other!r} too"
        )


def find_repeated(sides: Mapping[str, Int[np.ndarray, " _"]]) -> list[Repeated]:
    """Look for the targets of each side of a split in every side before it.

    Args:
        sides: for each side, a number for the target of each of its tracks (`name_origins`).

    >>> for found in find_repeated({"train": np.array([1, 2, 3]), "test": np.array([3, 3, 4])}):
    ...     print(found)
    1 of the 2 targets of 'test' (2 of its 3 tracks) stand in 'train' too
    """
    found = []
    for other, side in itertools.combinations(sides, 2):
        inside = np.isin(sides[side], sides[other])
        if inside.any():
            found.append(
                Repeated(
                    side=side,
                    other=other,
                    targets=len(np.unique(sides[side])),
                    repeated=len(np.unique(sides[side][inside])),
                    tracks=len(inside),
                    affected=int(inside.sum()),
                )
            )
    return found


def warn_repeated(sides: Mapping[str, Int[np.ndarray, " _"]]) -> list[Repeated]:
    """Warn of every pair of sides that have targets in common, and say how to part them."""
    found = find_repeated(sides)
    if found:
        told = "; ".join(map(str, found))
        message = f"{told}: what is remembered scores as if it were known; split with apart=True"
        warnings.warn(message, RepeatedTargets, stacklevel=2)
    return found
