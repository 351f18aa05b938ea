"""The net of the slides: an encoder over hits, their mean, and two numbers of the track."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from corpuscle.fitting.learned.inputs import FEATURES
from corpuscle.fitting.learned.shape import TrackFormerShape
from corpuscle.nets.pooling import pool_real
from corpuscle.nets.precision import Precision, refuse_half, round_inside
from corpuscle.nets.regression import order_quantiles
from corpuscle.nets.stack import Encoder

NUMBERS = 2
"""pT and pz, or q/pT and cot theta."""


class TrackRegressor(nn.Module):
    """An encoder over the hits of a track, their mean, and a head.

    `masked=False` is the published form: padding takes part in attention and mean, so that what is said of a track
    hangs on the longest track beside it.

    Source: the slides of Couthures (2025); Vaswani et al. (2017), section 3.1.
    """

    def __init__(self, shape: TrackFormerShape) -> None:
        super().__init__()
        self.shape = shape
        self.precision: Precision = "single"
        self.read = nn.Sequential(
            nn.Linear(FEATURES[shape.inputs], shape.width), nn.ReLU(), nn.Linear(shape.width, shape.width)
        )
        self.encoder = Encoder(shape.layers, shape.width, shape.heads, shape.hidden)
        self.say = nn.Sequential(
            nn.Linear(shape.width, shape.hidden), nn.ReLU(), nn.Linear(shape.hidden, NUMBERS * len(shape.levels))
        )

    def forward(
        self, feature: Float[Tensor, "batch token feature"], real: Bool[Tensor, "batch token"]
    ) -> Float[Tensor, "batch 2 level"]:
        """Give the two numbers of each track, at each level of `TrackFormerShape.levels`.

        Args:
            feature: what stands for each hit (`read_inputs`), 0 where there is none.
            real: True where there is a hit.

        Raises: ValueError, when the hits come in half precision.
        """
        refuse_half(feature, "hits")
        token = self.read(feature)
        with round_inside(self.precision, token.device):
            token = self.encoder(token, real if self.shape.masked else None)
        token = token.float()
        pooled = pool_real(token, real) if self.shape.masked else token.mean(1)
        said = self.say(pooled).unflatten(-1, (NUMBERS, len(self.shape.levels)))
        return order_quantiles(said) if len(self.shape.levels) > 1 else said
