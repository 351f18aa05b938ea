"""Apparatuses of many kinds, so that a net learns what hits are worth and not what one apparatus is."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from corpuscle.data.apparatus import TRACKML_RADII, Apparatus
from corpuscle.simulation.helical import Helix

FIELDS = (1.0, 4.0)
"""The range of fields [T]."""

RESOLUTION = (0.005, 0.1)
"""The range of errors along r phi [mm]."""

RESOLUTION_Z = (0.01, 4.0)
"""The range of errors along z [mm]."""

MATERIAL = (0.003, 0.06)
"""The range of thicknesses [radiation lengths]."""

RADII = (25.0, 1200.0)
"""The range of cylinders of a free layout [mm]."""

CYLINDERS = (4, 16)
"""The range of their number."""

BARREL = 0.5
"""The share of apparatuses whose layout is a stretched barrel of TrackML."""

EVEN = 0.5
"""The share of apparatuses, for each of resolution and material, in which all cylinders are alike."""

HOLES = (0.0, 0.05, 0.2, 0.4)
"""Chances, each as likely, that a cylinder misses a particle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedHelix(Helix):
    """The helix world in an apparatus that is given whole, cylinders of several kinds included."""

    surveyed: Apparatus

    @property
    def apparatus(self) -> Apparatus:
        """The apparatus that was given."""
        return self.surveyed


def draw_apparatus(generator: np.random.Generator) -> Apparatus:
    """Draw an apparatus: field, layout, errors and material."""
    radius = draw_radii(generator)
    count = len(radius)
    return Apparatus(
        field=float(draw_between(generator, FIELDS)),
        radius=radius,
        resolution=draw_kinds(generator, RESOLUTION, count),
        resolution_z=draw_kinds(generator, RESOLUTION_Z, count),
        material=draw_kinds(generator, MATERIAL, count),
    )


def draw_radii(generator: np.random.Generator) -> Float[np.ndarray, " layer"]:
    """Draw cylinders: those of TrackML, stretched and moved a little, or any."""
    if generator.random() < BARREL:
        stretch = np.exp(generator.uniform(-0.3, 0.15))
        return np.sort(np.array(TRACKML_RADII) * stretch * np.exp(generator.normal(0.0, 0.03, len(TRACKML_RADII))))
    count = int(generator.integers(*CYLINDERS, endpoint=True))
    radius = np.sort(draw_between(generator, RADII, (count,)))
    return np.asarray(np.maximum.accumulate(radius + np.arange(count)))


def draw_kinds(generator: np.random.Generator, span: tuple[float, float], count: int) -> Float[np.ndarray, " layer"]:
    """Draw a value for each cylinder: one for all, or one for each of up to three groups from the inside out."""
    if generator.random() < EVEN:
        return np.full(count, draw_between(generator, span))
    value = draw_between(generator, span, (3,))
    group = np.sort(generator.integers(3, size=count))
    return np.asarray(value[group])


def draw_between(generator: np.random.Generator, span: tuple[float, float], shape: tuple[int, ...] = ()) -> np.ndarray:
    """Draw between two values, uniformly in the logarithm."""
    return np.asarray(np.exp(generator.uniform(np.log(span[0]), np.log(span[1]), shape)))
