"""Hits lie where they are seen from the origin: pseudorapidity and azimuth, nothing learned."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from corpuscle.data.settings import setting
from corpuscle.linking.hits.base import HitLinker


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowPairs(HitLinker):
    """Link what lies in one direction from the origin: sqrt((d eta / a)^2 + d phi^2) within the radius.

    Seen from the origin the hits of a straight track coincide; a field spreads them in azimuth, the length of the
    luminous region in pseudorapidity, which is why the two have scales of their own. Close to the axis that length
    is most of what pseudorapidity sees: with `length` (L) it is asinh(z / sqrt(r^2 + L^2)), which sees less of it.

    >>> at = np.array([[30.0, 0.0, 0.0], [70.0, 1.0, 1.0], [70.0, 40.0, 0.0]])
    >>> WindowPairs().link(np.zeros(3, int), at, np.array([0, 1, 1])).pair
    array([[0, 1]])
    """

    aspect: float = setting(1.0, "a step of pseudorapidity that counts as much as one radian (a)", above=0)
    length: float = setting(0.0, "the length of the luminous region (L), with which r is added up", unit="mm", least=0)

    def place(self, position: Float[np.ndarray, "hit 3"]) -> tuple[Float[np.ndarray, "hit d"], tuple[float, ...]]:
        """Give pseudorapidity and azimuth."""
        radius = np.sqrt(np.square(position[:, :2]).sum(axis=1) + self.length**2)
        eta = np.arcsinh(position[:, 2] / np.maximum(radius, 1e-9))
        phi = np.arctan2(position[:, 1], position[:, 0])
        return np.stack([eta / self.aspect, phi], axis=1), (0.0, 2 * np.pi)
