"""Train the net that says the momentum of tracks from their hits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from jaxtyping import Float

from corpuscle.data.helix import HelixParameters
from corpuscle.data.settings import setting
from corpuscle.fitting.base import GOOD
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.fitting.learned.buckets import fill_bucket
from corpuscle.fitting.learned.inputs import Told, read_inputs
from corpuscle.fitting.learned.residuals import read_residuals
from corpuscle.fitting.learned.shape import TrackFormerShape
from corpuscle.fitting.learned.shipped import TRACKFORMER
from corpuscle.training.tracks import Tracks, TrackTrainer

if TYPE_CHECKING:
    from torch import Tensor, nn

BEND = 3.0
"""Where Huber's loss becomes straight, in expected errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackFormerTrainer(TrackTrainer):
    """Simulate tracks, or read them from shards, and learn their momenta from their hits.

    As published: `inputs=raw target=momentum masked=false errors=plain`, with `loss=mse` or `loss=quantile`. The
    defaults are what is left to learn when a track is looked at along its own chord, when what is said is linear in
    what hits measure, and when an error counts in units of the error that is expected.

    Source: Couthures, Tracking with ML (2025), slides on TrackFormer and its loss functions.
    """

    net: ClassVar[str] = TRACKFORMER.net
    layout: ClassVar[int] = TRACKFORMER.layout
    small: ClassVar[bool] = True

    epochs: int = setting(30, "passes over the batches", least=1)
    loss: Literal["mse", "huber", "quantile", "quantiles"] = setting(
        "quantile", "mse; huber; quantile: of 0.5, as published; quantiles: five of each number, which never cross"
    )
    inputs: Literal["raw", "scaled", "relative", "chord"] = setting(
        "chord", "x, y, z [mm]; the same in 0.5 m; radius, azimuth from the first hit's, z; along and across the chord"
    )
    target: Literal["momentum", "curvature"] = setting("curvature", "pT and pz, as published; q/pT and cot theta")
    errors: Literal["plain", "expected"] = setting(
        "expected", "an error counts as it is, or in units of about that of the closed-form fit"
    )
    masked: bool = setting(True, "leave padding out of attention and mean; false: as published")
    width: int = setting(32, "numbers a token has", least=1)
    heads: int = setting(4, "heads of each attention", least=1)
    layers: int = setting(2, "layers", least=1)
    hidden: int = setting(64, "width inside the feed-forward nets", least=1)

    def read_shape(self) -> TrackFormerShape:
        """Give what the net is built from, and the field it sees."""
        ours = [name for name in TrackFormerShape.__dataclass_fields__ if name != "field"]
        return TrackFormerShape(field=self.apparatus.field, **{name: getattr(self, name) for name in ours})

    def describe_net(self) -> Mapping[str, Any]:
        """Give everything that the net is built from."""
        return asdict(self.read_shape())

    def build_net(self) -> "nn.Module":
        """Build the net."""
        from corpuscle.fitting.learned.regressor import TrackRegressor

        net = TrackRegressor(self.read_shape())
        net.precision = self.precision
        return net

    def draw_batch(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw tracks: what stands for their hits, which places are hits, the truth, and the unit of its error."""
        return self.read(self.draw_tracks(generator, count))

    def draw_validation(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw the same, of shards from events that are never learned from."""
        return self.read(self.draw_tracks(generator, count, held=True))

    def read(self, tracks: Tracks) -> "tuple[Tensor, ...]":
        """Read tracks as the net is told them."""
        import torch

        start = Karimaki().fit(tracks.hits, tracks.apparatus)
        rows = np.flatnonzero((start.reason == GOOD) & np.isfinite(tracks.truth.value).all(axis=1))
        hits, truth = tracks.hits.choose(rows), tracks.truth.choose(rows)
        told = read_inputs(hits, self.inputs)
        unit = np.abs(read_residuals(hits, tracks.apparatus, start.parameters.choose(rows)).unit)
        bucket = fill_bucket(told.offset, np.arange(len(rows)))
        lesson = aim(self.target, told, truth, unit)
        feature = told.feature[bucket.hit] * bucket.real[..., None]
        return tuple(torch.from_numpy(part) for part in (feature, bucket.real, *lesson))

    def measure_loss(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the loss that the settings name."""
        import torch

        from corpuscle.nets.regression import measure_huber, measure_pinball, measure_squared

        feature, real, target, unit = batch
        scale = unit if self.errors == "expected" else torch.ones_like(unit)
        said, wanted = net(feature, real) / scale[..., None], target / scale
        if self.loss == "mse":
            return measure_squared(said[..., 0], wanted)
        if self.loss == "huber":
            return measure_huber(said[..., 0], wanted, bend=BEND)
        return measure_pinball(said, wanted, said.new_tensor(self.read_shape().levels))

    def measure_validation(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the same: the net is used as it is trained."""
        return self.measure_loss(net, batch)


def aim(
    target: str, told: Told, truth: HelixParameters, unit: Float[np.ndarray, "track 5"]
) -> tuple[Float[np.ndarray, "track 2"], Float[np.ndarray, "track 2"]]:
    """Give the two numbers that a net is to say, and about the error that is expected of each.

    Args:
        target: momentum or curvature.
        told: what it is told.
        truth: the true parameters.
        unit: about the error of d0, z0, phi, theta, q/p.
    """
    sine, cotangent = np.sin(truth.value[:, 3]), 1 / np.tan(truth.value[:, 3])
    error, error_cotangent = unit[:, 4] / sine, unit[:, 3] / sine**2
    if target == "curvature":
        wanted = np.stack([truth.q_over_pt * told.mirror, cotangent - told.cotangent], axis=1)
        expected = np.stack([error, error_cotangent], axis=1)
    else:
        across = truth.transverse_momentum
        wanted = np.stack([across, truth.longitudinal_momentum], axis=1)
        blur = across**2 * error
        expected = np.stack([blur, np.hypot(blur * cotangent, across * error_cotangent)], axis=1)
    return wanted.astype(np.float32), expected.astype(np.float32)
