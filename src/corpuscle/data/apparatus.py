"""The apparatus: a solenoid's field and the cylinders in it, with what they measure and are made of."""

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int

TRACKML_RADII = (32.0, 72.0, 116.0, 172.0, 260.0, 360.0, 500.0, 660.0, 820.0, 1020.0)
"""Radii of the barrel of TrackML, which is that of ACTS's generic detector [mm]."""

FIELDS = ("radius", "resolution", "resolution_z", "material")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Apparatus:
    """A uniform field along z, and cylinders about z from the inside out.

    A hit names its cylinder by its number here, from 0; -1 is a hit on none of them (an endcap, say), to which the
    values of the cylinder nearest in radius apply.

    Args:
        field: the magnetic field along +z [T].
        radius: the cylinders [mm], growing.
        resolution: standard deviation of a measured position along r phi, cylinder by cylinder [mm].
        resolution_z: the same along z [mm].
        material: thickness of each cylinder at normal incidence [radiation lengths].

    Raises: ValueError, saying which value is wrong.

    >>> lay_barrel(field=2.0, radii=(32.0, 72.0)).material
    array([0.02, 0.02])
    """

    field: float
    radius: Float[np.ndarray, " layer"]
    resolution: Float[np.ndarray, " layer"]
    resolution_z: Float[np.ndarray, " layer"]
    material: Float[np.ndarray, " layer"]

    def __post_init__(self) -> None:
        if not math.isfinite(self.field) or self.field == 0.0:
            message = f"a field is a finite number of tesla other than 0, not {self.field:g}: without one nothing bends"
            raise ValueError(message)
        for name in FIELDS:
            values = getattr(self, name)
            least_open = name != "material"
            good = np.isfinite(values) & ((values > 0) if least_open else (values >= 0))
            if not good.all():
                wanted = "above 0" if least_open else "from 0"
                message = f"{name}: expected finite numbers {wanted}, not {values[np.argmin(good)]:g}"
                raise ValueError(message)
        if not len(self.radius) or (np.diff(self.radius) <= 0).any():
            raise ValueError("radius: expected at least one cylinder, from the inside out")

    def __repr__(self) -> str:
        return f"Apparatus({len(self.radius)} cylinders, {self.field:g} T)"

    def place(self, layer: Int[np.ndarray, " hit"], radius: Float[np.ndarray, " hit"]) -> Int[np.ndarray, " hit"]:
        """Give the cylinder whose values apply to each hit: its own, or the one nearest in radius."""
        edge = (self.radius[:-1] + self.radius[1:]) / 2
        known = (layer >= 0) & (layer < len(self.radius))
        return np.where(known, layer, np.searchsorted(edge, radius))


def lay_barrel(
    *,
    field: float = 2.0,
    radii: tuple[float, ...] = TRACKML_RADII,
    resolution: float = 0.02,
    resolution_z: float = 0.05,
    material: float = 0.02,
) -> Apparatus:
    """Lay cylinders that all measure alike.

    Args:
        field: the magnetic field along +z [T].
        radii: the cylinders [mm].
        resolution: standard deviation of a measured position along r phi [mm].
        resolution_z: the same along z [mm].
        material: thickness of each [radiation lengths].
    """
    count = len(radii)
    return Apparatus(
        field=float(field),
        radius=np.array(radii, dtype=float),
        resolution=np.full(count, float(resolution)),
        resolution_z=np.full(count, float(resolution_z)),
        material=np.full(count, float(material)),
    )


def write_apparatus(apparatus: Apparatus) -> dict[str, Any]:
    """Give an apparatus as plain values, as they stand in `geometry.json` and in a file's metadata."""
    return {"field": apparatus.field} | {name: getattr(apparatus, name).tolist() for name in FIELDS}


def read_apparatus(values: object) -> Apparatus:
    """Read an apparatus from plain values; a number stands for all cylinders alike.

    Raises: ValueError, saying what is missing or wrong.

    >>> read_apparatus({"field": 2, "radius": [30, 70], "resolution": 0.02, "resolution_z": 0.05, "material": 0})
    Apparatus(2 cylinders, 2 T)
    """
    if not isinstance(values, dict) or not {"field", *FIELDS} <= values.keys():
        found = sorted(values) if isinstance(values, dict) else json.dumps(values)[:40]
        message = f"expected an apparatus with field, {', '.join(FIELDS)}, not {found}"
        raise ValueError(message)
    field = read_numbers("field", values["field"], 1)[0]
    radius = read_numbers("radius", values["radius"], None)
    others = {name: read_numbers(name, values[name], len(radius)) for name in FIELDS[1:]}
    return Apparatus(field=float(field), radius=radius, **others)


def read_numbers(name: str, value: object, count: int | None) -> Float[np.ndarray, " layer"]:
    """Read numbers, one for all cylinders or one for each; any number of them where the count is not known.

    Raises: ValueError, saying what came instead.
    """
    wanted = "numbers" if count is None else "a number" if count == 1 else f"a number, or one for each of {count} radii"
    try:
        numbers = np.atleast_1d(np.asarray(value, dtype=float))
    except (TypeError, ValueError):
        message = f"{name}: expected {wanted}, not {value!r}"
        raise ValueError(message) from None
    if numbers.ndim > 1 or (count is not None and len(numbers) not in {1, count}):
        message = f"{name}: expected {wanted}, not {numbers.size} numbers"
        raise ValueError(message)
    return numbers if count is None else np.broadcast_to(numbers, (count,))
