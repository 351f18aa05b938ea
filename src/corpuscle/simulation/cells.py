"""Cells of a detector that are dead, or whose gain is not what it should be."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float

from corpuscle.data.settings import setting
from corpuscle.simulation.perturbed import Perturbation


@dataclass(frozen=True, slots=True, kw_only=True)
class Cells(Perturbation):
    """A perturbation of cells: which ones is fixed in a detector, or drawn anew for each image."""

    fixed: bool = setting(True, "whether all images have met the same detector; else each its own")
    joint: bool = setting(True, "whether a cell is the same in all channels (a crystal); else each channel has its own")
    detector: int = setting(0, "which detector: where the chances of what is fixed come from", least=0)

    def draw_cells(
        self, pixels: Float[np.ndarray, "image channel y x"], generator: np.random.Generator
    ) -> tuple[np.random.Generator, tuple[int, ...]]:
        """Give where the chances of the cells come from, and the shape in which they are drawn."""
        images, channels, *area = pixels.shape
        shape = (1 if self.fixed else images, 1 if self.joint else channels, *area)
        return (np.random.default_rng(self.detector) if self.fixed else generator), shape


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadCells(Cells):
    """Cells that read zero, each with the same chance."""

    strength: ClassVar[str] = "share"

    share: float = setting(0.05, "chance that a cell is dead", least=0, most=1)

    def change(
        self, pixels: Float[np.ndarray, "image channel y x"], generator: np.random.Generator
    ) -> Float[np.ndarray, "image channel y x"]:
        """Blank the dead cells."""
        chance, shape = self.draw_cells(pixels, generator)
        alive: Bool[np.ndarray, "image channel y x"] = chance.random(shape, np.float32) >= self.share
        return np.asarray(pixels * alive)


@dataclass(frozen=True, slots=True, kw_only=True)
class Miscalibration(Cells):
    """Gains of cells that spread around 1: log-normal, so that none is below zero, of mean 1."""

    strength: ClassVar[str] = "spread"

    spread: float = setting(0.05, "relative standard deviation of the gains", least=0)

    def change(
        self, pixels: Float[np.ndarray, "image channel y x"], generator: np.random.Generator
    ) -> Float[np.ndarray, "image channel y x"]:
        """Multiply by the gains: exp(s z - s^2 / 2) with s^2 = ln(1 + spread^2) and z of the normal law."""
        chance, shape = self.draw_cells(pixels, generator)
        variance = np.log1p(self.spread**2)
        gain = np.exp(np.sqrt(variance) * chance.standard_normal(shape) - variance / 2)
        return np.asarray(pixels * gain)
