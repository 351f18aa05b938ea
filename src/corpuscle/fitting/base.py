"""What every fitter is: its settings with one verb, what it gives and what it promises."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from jaxtyping import Bool, Float, Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.data.settings import check_settings

REASONS = (
    "",
    "fewer than 3 hits",
    "a hit has no finite position",
    "a hit lies on the axis",
    "fewer than 3 hits at different places",
    "hits lie on a straight line: no momentum can be told",
    "the track turns back on itself between its hits",
    "the fit did not converge",
    "unlike all tracks that the net was trained on",
    "a hit stands twice",
)
"""Why a track has no parameters, by number; 0: it has."""

GOOD, FEW, INFINITE, ON_AXIS, COINCIDENT, STRAIGHT, LOOPING, DIVERGED, UNSEEN, TWICE = range(len(REASONS))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fit:
    """Track parameters as a fitter found them, row by row those of the tracks it was given.

    Args:
        parameters: the perigees with their covariance; NaN where there are none.
        chi2: how far the hits lie from the track, in units of their errors; NaN where nothing is said.
        ndf: degrees of freedom of `chi2`: measured coordinates less parameters.
        reason: why a track has no parameters (`REASONS`); 0: it has.
    """

    parameters: HelixParameters
    chi2: Float[np.ndarray, " track"]
    ndf: Int[np.ndarray, " track"]
    reason: Int[np.ndarray, " track"]

    def __len__(self) -> int:
        return len(self.parameters)

    @property
    def valid(self) -> Bool[np.ndarray, " track"]:
        """Whether each track has parameters."""
        return np.asarray(self.reason == GOOD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """What holds for every result of a fitter.

    Args:
        covariance: it gives the covariance of all five parameters.
        covariance_scattering: that covariance knows of multiple scattering.
        equivariant: turning the hits about the axis turns phi and nothing else; mirroring them mirrors the charge.
        exact: hits without errors give the true parameters.
    """

    covariance: bool = True
    covariance_scattering: bool = True
    equivariant: bool = True
    exact: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitter(ABC):
    """A way to find the parameters of tracks from their hits."""

    promises: ClassVar[Promises] = Promises()

    def __post_init__(self) -> None:
        check_settings(self)

    @abstractmethod
    def fit(self, hits: TrackHits, apparatus: Apparatus) -> Fit:
        """Fit tracks; what cannot be fitted is marked with its reason and stops no other.

        Args:
            hits: the hits of tracks, in any order within each.
            apparatus: the field, and what each cylinder measures and is made of.
        """
