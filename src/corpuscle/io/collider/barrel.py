"""Which volume and layer of an experiment is which cylinder, and what it measures."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.apparatus import TRACKML_RADII, Apparatus, read_apparatus
from corpuscle.io.errors import FormatError

GEOMETRY = "geometry.json"
AWAY = 15.0
"""How far the median radius of hits may lie from their cylinder's [mm]; modules are tilted and overlap by less."""

TRACKML_VOLUMES = {8: (2, 4, 6, 8), 13: (2, 4, 6, 8), 17: (2, 4)}
ODD_VOLUMES = {17: (2, 4, 6, 8), 24: (2, 4, 6, 8), 29: (2, 4)}
ODD_RADII = (34.0, 70.0, 116.0, 172.0, 260.0, 360.0, 500.0, 660.0, 820.0, 1020.0)


@dataclass(frozen=True, slots=True, eq=False)
class Barrel:
    """The cylinders of an experiment.

    Args:
        apparatus: the field and the cylinders.
        volumes: for each volume that is one of the barrel, its layers from the inside out; the cylinders follow in
            this order.
    """

    apparatus: Apparatus
    volumes: Mapping[int, tuple[int, ...]]

    def number(self, volume: Int[np.ndarray, " hit"], layer: Int[np.ndarray, " hit"]) -> Int[np.ndarray, " hit"]:
        """Give the cylinder of each hit, -1 where it is on none (an endcap)."""
        found = np.full(len(volume), -1)
        names = [(ring, shell) for ring, shells in self.volumes.items() for shell in shells]
        for place, (ring, shell) in enumerate(names):
            found[(volume == ring) & (layer == shell)] = place
        return found

    def check(self, position: Float[np.ndarray, "hit 3"], layer: Int[np.ndarray, " hit"], source: str) -> None:
        """Refuse hits that lie, in the median, far from their cylinder: volumes are numbered otherwise there.

        Raises: FormatError, naming the cylinder.
        """
        found = np.hypot(position[:, 0], position[:, 1])
        for place, radius in enumerate(self.apparatus.radius):
            here = found[(layer == place) & np.isfinite(found)]
            median = float(np.median(here)) if len(here) else radius
            if abs(median - radius) > AWAY:
                hint = f"say which volumes are which in a {GEOMETRY} beside the files, or with --set barrel="
                expected = f"hits of cylinder {place} at {radius:g} mm"
                raise FormatError(source, expected, f"{median:.0f} mm in the median", hint=hint)


def lay(
    radii: tuple[float, ...],
    volumes: Mapping[int, tuple[int, ...]],
    *,
    resolution: tuple[float, ...],
    resolution_z: tuple[float, ...],
    material: float = 0.02,
) -> Barrel:
    """Lay a barrel of 2 T of pixels, short strips and long strips."""
    group = [0] * 4 + [1] * 4 + [2] * 2
    apparatus = Apparatus(
        field=2.0,
        radius=np.array(radii),
        resolution=np.array(resolution)[group],
        resolution_z=np.array(resolution_z)[group],
        material=np.full(len(radii), material),
    )
    return Barrel(apparatus, volumes)


def find_barrel(name: str) -> Barrel:
    """Give a barrel that is known by name.

    `trackml`: resolutions as measured on its hits (charge-weighted clusters); `acts`: its generic detector, the same
    cylinders with the smearing of its examples; `odd`: the Open Data Detector.
    """
    if name == "trackml":
        resolution, resolution_z = (0.006, 0.017, 0.024), (0.012, 0.26, 3.1)
        return lay(TRACKML_RADII, TRACKML_VOLUMES, resolution=resolution, resolution_z=resolution_z)
    if name == "acts":
        resolution, resolution_z = (0.0144, 0.0231, 0.0346), (0.0144, 0.346, 3.1)
        return lay(TRACKML_RADII, TRACKML_VOLUMES, resolution=resolution, resolution_z=resolution_z)
    return lay(ODD_RADII, ODD_VOLUMES, resolution=(0.015, 0.043, 0.072), resolution_z=(0.015, 1.2, 1.2))


def read_geometry(path: Path, barrel: Barrel) -> Barrel:
    """Read `geometry.json` beside the files, where there is one: an apparatus, and perhaps its `volumes`.

    Raises: FormatError, when it is none.
    """
    file = (path if path.is_dir() else path.parent) / GEOMETRY
    if not file.is_file():
        return barrel
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        volumes = {int(ring): tuple(map(int, shells)) for ring, shells in values.get("volumes", {}).items()}
        apparatus = read_apparatus(values)
    except (ValueError, TypeError, AttributeError) as error:
        raise FormatError(file, "the field and the cylinders", str(error)) from None
    volumes = volumes or dict(barrel.volumes)
    cylinders = sum(map(len, volumes.values()))
    if cylinders != len(apparatus.radius):
        raise FormatError(file, f"as many layers in its volumes as cylinders, {len(apparatus.radius)}", str(cylinders))
    return Barrel(apparatus, volumes)


def override(
    barrel: Barrel,
    *,
    field: float | None,
    resolution: float | None,
    resolution_z: float | None,
    material: float | None,
) -> Barrel:
    """Put a field, resolutions or a thickness that the user gave in place of the barrel's own."""
    apparatus = barrel.apparatus
    given = {"resolution": resolution, "resolution_z": resolution_z, "material": material}
    arrays = {name: np.full(len(apparatus.radius), value) for name, value in given.items() if value is not None}
    return replace(barrel, apparatus=replace(apparatus, field=apparatus.field if field is None else field, **arrays))
