"""Correct the closed-form fit by its residuals, as a net has learned to: scattering, and the covariance it makes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import TrackHits
from corpuscle.data.helix import HelixParameters
from corpuscle.data.settings import setting
from corpuscle.fitting.base import GOOD, UNSEEN, Fit, Fitter, Promises
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.fitting.learned.residuals import Residuals, read_residuals, refuse_half
from corpuscle.fitting.learned.shape import CorrectorShape
from corpuscle.fitting.learned.shipped import CORRECTOR
from corpuscle.fitting.screen import mark
from corpuscle.nets.placed import choose_device, load_net, read_shape
from corpuscle.nets.weights import import_torch

if TYPE_CHECKING:
    from torch import nn

DEFAULT = "barrel"
"""The weights that are used where nobody names others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrector(Fitter):
    """The closed-form fit (`karimaki`), corrected by a small transformer.

    The closed-form fit weighs hits as if nothing scattered. Each hit's residual, in units of its error, times a gain
    that the net gives, corrects the five parameters; the net gives their covariance too. It reads where the hits are,
    how well they measure, what is in between and how the track curves, all relative to the track, so that it is not
    made for one apparatus. Turned and mirrored tracks get turned and mirrored parameters, by construction.

    Source: the blocks of Vaswani et al. (2017), as a residual on Karimaki, NIM A305 (1991) 187; no published net.
    """

    promises: ClassVar[Promises] = Promises()

    weights: str = setting(DEFAULT, "the name of shipped weights (barrel), a file, or the folder of a run")
    accelerator: Literal["cpu", "gpu"] = setting("cpu", "where the net runs")

    def fit(self, hits: TrackHits, apparatus: Apparatus) -> Fit:
        """Fit tracks in closed form and correct them; those unlike all that the net has seen are marked."""
        refuse_half(hits.position)
        shape: CorrectorShape = read_shape(self.weights, CORRECTOR)
        check_field(shape, apparatus, self.weights)
        start = Karimaki().fit(hits, apparatus)
        reason = np.where(start.valid & ~is_seen(shape, start.parameters), UNSEEN, start.reason)
        rows = np.flatnonzero(reason == GOOD)
        value, covariance = np.full((len(hits), 5), np.nan), np.full((len(hits), 5, 5), np.nan)
        if len(rows):
            first = start.parameters.choose(rows)
            told = read_residuals(hits.choose(rows), apparatus, first)
            value[rows], covariance[rows] = correct(first, told, *self.ask(told))
        return mark(hits, value, covariance, np.full(len(hits), np.nan), reason)

    def ask(self, told: Residuals) -> tuple[Float[np.ndarray, "track 5"], Float[np.ndarray, "track 5 5"]]:
        """Ask the net for corrections and their covariance, in the units of the residuals."""
        from corpuscle.fitting.learned.answers import ask

        return ask(build_corrector(self.weights), told, choose_device(self.accelerator))

    def count_parameters(self) -> int:
        """Count the numbers that training sets."""
        import_torch()
        return sum(weight.numel() for weight in build_corrector(self.weights).parameters())


def build_corrector(weights: str) -> "nn.Module":
    """Build the net of some weights and load them."""
    import_torch()
    from corpuscle.fitting.learned.gains import GainNet

    return load_net(weights, CORRECTOR, GainNet)


def check_field(shape: CorrectorShape, apparatus: Apparatus, weights: str) -> None:
    """Refuse a field that the weights have not seen."""
    lowest, highest = shape.lowest_field, shape.highest_field
    if not lowest <= abs(apparatus.field) <= highest:
        seen = f"{lowest:g} T" if lowest == highest else f"{lowest:g} to {highest:g} T"
        message = (
            f"the weights {weights!r} were trained in a field of {seen}, and these hits lie in {apparatus.field:g} T: "
            f"name others, or train: corpuscle train corrector -o RUN --set field={abs(apparatus.field):g}"
        )
        raise ValueError(message)


def is_seen(shape: CorrectorShape, start: HelixParameters) -> Bool[np.ndarray, " track"]:
    """Tell which tracks are like those that the net has learned from."""
    fast = start.transverse_momentum >= shape.lowest_pt
    return np.asarray(fast & (np.abs(start.pseudorapidity) <= shape.highest_eta))


def correct(
    start: HelixParameters,
    told: Residuals,
    correction: Float[np.ndarray, "track 5"],
    covariance: Float[np.ndarray, "track 5 5"],
) -> tuple[Float[np.ndarray, "track 5"], Float[np.ndarray, "track 5 5"]]:
    """Give parameters and covariance from corrections in the units of the residuals."""
    value = start.value + told.unit * correction
    value[:, 2] -= 2 * np.pi * np.round(value[:, 2] / (2 * np.pi))
    return value, covariance * told.unit[:, :, None] * told.unit[:, None, :]
