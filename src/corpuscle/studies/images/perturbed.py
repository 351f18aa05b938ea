"""Images that something has happened to, as worlds of a study: the same images at every strength."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from corpuscle.data.images import Images
from corpuscle.simulation.perturbations import PERTURBATIONS
from corpuscle.studies.case import Case
from corpuscle.studies.images.pictured import Pictured
from corpuscle.studies.images.shown import Shown
from corpuscle.studies.sources import perturb


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """A perturbation, its name in rows and pictures, and the strengths that are tried.

    Args:
        name: with its unit.
        perturbation: its name among the perturbations.
        strengths: from nothing on, in that unit.
        settings: beside the strength.
        of_largest: whether a strength is a share of the largest pixel of all images that are judged.
        learned: whether it is among those that methods trained with perturbations have met.
    """

    name: str
    perturbation: str
    strengths: tuple[float, ...]
    settings: Mapping[str, Any]
    of_largest: bool = False
    learned: bool = True

    def settle(self, strength: float, images: Images | None = None) -> dict[str, Any]:
        """Give the settings at a strength; a share of the largest pixel needs the images."""
        kind = PERTURBATIONS[self.perturbation]
        value: float | int = strength
        if self.of_largest and images is not None:
            value = strength * float(images.value.max(initial=0.0))
        whole = isinstance(kind.__dataclass_fields__[kind.strength].default, int)
        return {**self.settings, kind.strength: round(value) if whole else float(value)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Perturbed(Case[Shown]):
    """A world of images at one strength of a perturbation: what is learned from stays as it is.

    Args:
        clean: the world.
        happening: what happens to the images that are judged.
        strength: how much.
        met: what happened to those that methods trained with perturbations have learned from, in turn.
    """

    clean: Pictured
    happening: Happening
    strength: float
    met: tuple[tuple[str, Mapping[str, Any]], ...] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of it."""
        return {**self.clean.columns, "perturbation": self.happening.name, "strength": self.strength}

    @property
    def known(self) -> dict[str, Any]:
        """What there is to learn from: clean images, or such that have met every perturbation."""
        known = self.clean.known
        met = [[name, dict(settings)] for name, settings in self.met]
        return {**known, "met": {**known["source"], "perturbed": met}}

    @property
    def count(self) -> int | None:
        """How often it is judged."""
        return self.clean.repeats

    def declare(self) -> dict[str, Any]:
        """Write down what happens."""
        return {**self.clean.declare(), "settings": self.happening.settle(self.strength), "met": self.known["met"]}

    def draw_scene(self, repeat: int, data: Path | None = None) -> Shown:
        """Draw the images of a repeat, which are the same at every strength, and let it happen."""
        shown = self.clean.draw_scene(repeat, data)
        if not self.strength:
            return shown
        settings = self.happening.settle(self.strength, shown.images)
        generator = np.random.default_rng(self.derive_seed(repeat))
        return replace(shown, images=perturb(shown.images, [(self.happening.perturbation, settings)], generator))


def lay_happenings(clean: Pictured, happenings: tuple[Happening, ...]) -> tuple[Perturbed, ...]:
    """Lay out every strength of every perturbation; those in training are met in turn, at each of their strengths."""
    met = tuple(
        (one.perturbation, one.settle(strength))
        for one in happenings
        if one.learned
        for strength in one.strengths
        if strength
    )
    return tuple(
        Perturbed(clean=clean, happening=one, strength=strength, met=(("", {}), *met))
        for one in happenings
        for strength in one.strengths
    )
