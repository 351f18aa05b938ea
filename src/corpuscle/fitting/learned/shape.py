"""What nets that fit are built from; reading it needs no torch."""

from dataclasses import dataclass
from typing import Literal

LEVELS = (0.025, 0.15865, 0.5, 0.84135, 0.975)
"""The quantiles of `loss=quantiles`: the median, and the ends of 68.27 % and of 95 %."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectorShape:
    """Everything that a corrector of fits is built from, and what it has seen.

    Args:
        width: numbers a token has (d).
        heads: heads of each attention.
        layers: layers of the encoder.
        hidden: width inside the feed-forward nets.
        law: the law whose scale its covariance is: gaussian, huber, student, beta-nll.
        lowest_field: the weakest field that it has seen [T].
        highest_field: the strongest [T].
        lowest_pt: the least transverse momentum [GeV].
        highest_eta: the largest pseudorapidity on either side.
    """

    width: int = 32
    heads: int = 4
    layers: int = 2
    hidden: int = 64
    law: Literal["gaussian", "huber", "student", "beta-nll"] = "gaussian"
    lowest_field: float = 2.0
    highest_field: float = 2.0
    lowest_pt: float = 0.3
    highest_eta: float = 1.2


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFormerShape:
    """Everything that a regressor of momenta is built from, and the field it has seen.

    Args:
        inputs: what stands for a hit: raw, scaled, relative, chord.
        target: the two numbers that it says of a track: momentum (pT, pz) or curvature (q/pT, cot theta).
        loss: what was lowered; of `quantiles` it says five of each number, else one.
        masked: whether padding is left out of attention and mean.
        width: numbers a token has (d).
        heads: heads of each attention.
        layers: layers of the encoder.
        hidden: width inside the feed-forward nets.
        field: the field that it has seen [T].
    """

    inputs: Literal["raw", "scaled", "relative", "chord"] = "chord"
    target: Literal["momentum", "curvature"] = "curvature"
    loss: Literal["mse", "huber", "quantile", "quantiles"] = "quantile"
    masked: bool = True
    width: int = 32
    heads: int = 4
    layers: int = 2
    hidden: int = 64
    field: float = 2.0

    @property
    def levels(self) -> tuple[float, ...]:
        """The quantiles that it says of each number; those of a mean count as the median."""
        return LEVELS if self.loss == "quantiles" else (0.5,)
