"""The net that corrects fits: an encoder of circumstances, whose tokens say what each hit's residual is worth."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from corpuscle.fitting.learned.residuals import FEATURES
from corpuscle.fitting.learned.shape import CorrectorShape
from corpuscle.nets.pooling import pool_real
from corpuscle.nets.precision import Precision, refuse_half, round_inside
from corpuscle.nets.stack import Encoder

ORDER = (4, 2, 0, 3, 1)
"""The parameters in the order in which the net speaks of them: q/p, phi, d0, theta, z0."""

PAIRS = 10
"""Numbers below the diagonal of a 5 x 5 matrix."""

SHARPEST = 8.0
"""The largest logarithm of a sharpness, so that no variance vanishes."""


class GainNet(nn.Module):
    """Corrections linear in the residuals, with gains that depend on the circumstances.

    The best linear correction of a fit is a matrix of gains times its residuals, which follows from where the hits are,
    how well they measure and how the track scatters. An encoder over hits reads just these, and each token gives the
    5 x 2 gains of its hit; their mean, over tokens that are data, gives the covariance. So no residuals, no
    correction: a track without errors is left as it is. The gains begin with zeros: before anything is learned the
    closed-form fit stands.

    Source: the blocks of Vaswani et al. (2017); linear minimum-variance estimation (Gauss and Markov) for what is
        learned; no published net.
    """

    def __init__(self, shape: CorrectorShape) -> None:
        super().__init__()
        self.shape = shape
        self.precision: Precision = "single"
        self.read = nn.Sequential(nn.Linear(FEATURES, shape.width), nn.ReLU(), nn.Linear(shape.width, shape.width))
        self.encoder = Encoder(shape.layers, shape.width, shape.heads, shape.hidden)
        self.gain = nn.Linear(shape.width, len(ORDER) * 2)
        self.say = nn.Sequential(
            nn.Linear(shape.width, shape.hidden), nn.ReLU(), nn.Linear(shape.hidden, len(ORDER) + PAIRS)
        )
        nn.init.zeros_(self.gain.weight)
        nn.init.zeros_(self.gain.bias)

    def forward(
        self,
        feature: Float[Tensor, "batch token feature"],
        residual: Float[Tensor, "batch token 2"],
        real: Bool[Tensor, "batch token"],
    ) -> tuple[Float[Tensor, "batch 5"], Float[Tensor, "batch 5"], Float[Tensor, "batch 10"]]:
        """Correct tracks.

        Args:
            feature: what is known of each hit (`Residuals.feature`).
            residual: how far it lies from the fit, 0 where there is none.
            real: True where there is a hit; each track has at least one.

        Returns:
            The correction of q/p, phi, d0, theta, z0 in units of `Residuals.unit`; the logarithm of the diagonal, and
            what stands below it, of the Cholesky factor of the inverse covariance (see `nets.joint.whiten`).

        Raises: ValueError, when features or residuals come in half precision.
        """
        refuse_half(feature, "features")
        refuse_half(residual, "residuals")
        token = self.read(feature)
        with round_inside(self.precision, token.device):
            token = self.encoder(token, real)
        token = token.float()
        gain = self.gain(token).unflatten(-1, (len(ORDER), 2))
        correction = (gain * residual[:, :, None, :]).sum(dim=(1, 3))
        said = self.say(pool_real(token, real))
        sharpness, below = said[:, : len(ORDER)], said[:, len(ORDER) :]
        return correction, torch.clamp(sharpness, -SHARPEST, SHARPEST), below
