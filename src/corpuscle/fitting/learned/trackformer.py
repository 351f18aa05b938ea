"""Regress the momentum of tracks from their hits with a transformer, as in the slides and better."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.data.settings import setting
from corpuscle.fitting.base import GOOD, Fit, Fitter, Promises
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.fitting.learned.inputs import Told, read_inputs
from corpuscle.fitting.learned.residuals import refuse_half, required
from corpuscle.fitting.learned.shape import TrackFormerShape
from corpuscle.fitting.learned.shipped import TRACKFORMER
from corpuscle.fitting.screen import mark
from corpuscle.nets.placed import choose_device, load_net, read_shape
from corpuscle.nets.weights import import_torch

if TYPE_CHECKING:
    from torch import nn

DEFAULT = "chord"
"""The weights that are used where nobody names others."""

LEAST_MOMENTUM = 1e-3
"""The least transverse momentum that is read from a net, which may say any number [GeV]."""

ENDS = (1, 3)
"""The levels between which a number lies with 68 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFormer(Fitter):
    """An encoder over the hits of a track says its transverse and longitudinal momentum.

    It says two numbers a track, pT and pz as in the slides, or q/pT and the cotangent of theta. d0, z0 and phi are
    those of the closed-form fit (`karimaki`), and so is the charge where pT is said. Errors are there for weights that
    say quantiles: half of the middle 68 % for q/p and theta, without correlations, the closed form's for the others.
    The study `couthures2025-losses` shows what its settings are worth; `corrector` is the better fit.

    Source: Couthures, Tracking with ML (2025), slides on TrackFormer.
    """

    promises: ClassVar[Promises] = Promises(
        covariance=False, covariance_scattering=False, equivariant=False, exact=False
    )

    weights: str = setting(DEFAULT, "the name of shipped weights (chord), a file, or the folder of a run")
    accelerator: Literal["cpu", "gpu"] = setting("cpu", "where the net runs")

    def fit(self, hits: TrackHits, apparatus: Apparatus) -> Fit:
        """Fit tracks; what the closed form cannot fit is marked with its reason."""
        refuse_half(hits.position)
        shape: TrackFormerShape = read_shape(self.weights, TRACKFORMER)
        check_field(shape, apparatus, self.weights)
        start = Karimaki().fit(hits, apparatus)
        rows = np.flatnonzero(start.reason == GOOD)
        value = start.parameters.value.copy()
        covariance = None
        if len(rows):
            told = read_inputs(hits.choose(rows), shape.inputs)
            level = read_levels(shape, told, self.ask(told), value[rows])
            value[rows, 3:] = level[:, :, len(shape.levels) // 2]
            covariance = spread(start.parameters, rows, level) if len(shape.levels) > 1 else None
        return mark(hits, value, covariance, np.full(len(hits), np.nan), start.reason)

    def ask(self, told: Told) -> Float[np.ndarray, "track 2 level"]:
        """Ask the net for its two numbers of each track."""
        from corpuscle.fitting.learned.answers import ask_regressor

        return ask_regressor(build_regressor(self.weights), told, choose_device(self.accelerator))

    def count_parameters(self) -> int:
        """Count the numbers that training sets."""
        import_torch()
        return sum(weight.numel() for weight in build_regressor(self.weights).parameters())


def build_regressor(weights: str) -> "nn.Module":
    """Build the net of some weights and load them."""
    import_torch()
    from corpuscle.fitting.learned.regressor import TrackRegressor

    return load_net(weights, TRACKFORMER, TrackRegressor)


def check_field(shape: TrackFormerShape, apparatus: Apparatus, weights: str) -> None:
    """Refuse another field than the weights have seen: how a track curves would mean another momentum."""
    if not np.isclose(shape.field, apparatus.field, rtol=1e-3):
        message = (
            f"the weights {weights!r} were trained in a field of {shape.field:g} T, and these hits lie in "
            f"{apparatus.field:g} T: train others: corpuscle train trackformer -o RUN --set field={apparatus.field:g}"
        )
        raise ValueError(message)


def read_levels(
    shape: TrackFormerShape,
    told: Told,
    said: Float[np.ndarray, "track 2 level"],
    start: Float[np.ndarray, "track 5"],
) -> Float[np.ndarray, "track 2 level"]:
    """Read theta and q/p from what the net says, level by level."""
    if shape.target == "curvature":
        theta = np.arctan2(1.0, said[:, 1] + told.cotangent[:, None])
        return np.stack([theta, np.sin(theta) * said[:, 0] * told.mirror[:, None]], axis=1)
    across = np.maximum(said[:, 0], LEAST_MOMENTUM)
    charge = np.sign(start[:, 4])[:, None]
    return np.stack([np.arctan2(across, said[:, 1]), charge / np.hypot(across, said[:, 1])], axis=1)


def spread(
    start: HelixParameters, rows: Int[np.ndarray, " some"], level: Float[np.ndarray, "some 2 level"]
) -> Float[np.ndarray, "track 5 5"]:
    """Give the covariance: of theta and q/p from quantiles, of the others that of the closed form."""
    covariance = required(start).copy()
    covariance[:, 3:] = covariance[:, :, 3:] = 0.0
    half = (level[:, :, ENDS[1]] - level[:, :, ENDS[0]]) / 2
    covariance[rows, 3, 3], covariance[rows, 4, 4] = half.T**2
    return covariance
