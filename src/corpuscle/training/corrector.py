"""Train the net that corrects the closed-form fit."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from jaxtyping import Bool, Float32

from corpuscle.data.settings import setting
from corpuscle.fitting.base import GOOD
from corpuscle.fitting.classical.karimaki import Karimaki
from corpuscle.fitting.learned.buckets import fill_bucket
from corpuscle.fitting.learned.residuals import Residuals, read_residuals
from corpuscle.fitting.learned.shape import CorrectorShape
from corpuscle.fitting.learned.shipped import CORRECTOR
from corpuscle.training.apparatuses import FIELDS, HOLES, SurveyedHelix, draw_apparatus
from corpuscle.training.tracks import WORLD, Tracks, TrackTrainer, simulate

if TYPE_CHECKING:
    from torch import Tensor, nn

APPARATUSES = 4
"""Apparatuses that one batch has tracks of, beside the one of the settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectorTrainer(TrackTrainer):
    """Simulate tracks, fit them in closed form, and learn how far off that is and how surely one can tell.

    A share of the tracks lies in the apparatus of the settings, the others in apparatuses drawn anew for every batch:
    fields of 1 to 4 T, 4 to 16 cylinders, errors of 5 to 100 um along r phi and 0.01 to 4 mm along z, up to 6 % of a
    radiation length each. With `share=1`, or from shards, a net is for one apparatus.

    Source: the likelihood of a normal law of five variables; Huber (1964), Student's law, and beta-NLL (Seitzer et al.,
        ICLR 2022) as `loss`.
    """

    net: ClassVar[str] = CORRECTOR.net
    layout: ClassVar[int] = CORRECTOR.layout
    small: ClassVar[bool] = True

    loss: Literal["gaussian", "huber", "student", "beta-nll"] = setting(
        "gaussian", "the law that errors are taken to follow: normal, with straight or heavier tails, or weighed"
    )
    share: float = setting(
        0.5, "tracks in the apparatus of the settings, of all; the others lie in many", least=0, most=1
    )
    lowest_pt: float = setting(0.3, "least transverse momentum", unit="GeV", above=0)
    highest_pt: float = setting(150.0, "largest transverse momentum", unit="GeV", above=0)
    highest_eta: float = setting(1.5, "largest pseudorapidity on either side", least=0, most=10)
    width: int = setting(32, "numbers a token has", least=1)
    heads: int = setting(4, "heads of each attention", least=1)
    layers: int = setting(2, "layers", least=1)
    hidden: int = setting(64, "width inside the feed-forward nets", least=1)

    def read_shape(self) -> CorrectorShape:
        """Give what the net is built from, and what it sees."""
        field = abs(self.apparatus.field)
        lowest, highest = FIELDS if self.is_varied else (field, field)
        lowest_pt, highest_eta = self.measure_reach()
        return CorrectorShape(
            width=self.width, heads=self.heads, layers=self.layers, hidden=self.hidden, law=self.loss,
            lowest_field=min(lowest, field), highest_field=max(highest, field),
            lowest_pt=lowest_pt, highest_eta=highest_eta,
        )  # fmt: skip

    @property
    def simulated(self) -> tuple[str, ...]:
        """The settings that only simulated tracks have."""
        return (*WORLD, "share")

    @property
    def is_varied(self) -> bool:
        """Whether tracks lie in many apparatuses."""
        return self.data is None and self.share < 1

    def describe_net(self) -> Mapping[str, Any]:
        """Give everything that the net is built from."""
        return asdict(self.read_shape())

    def build_net(self) -> "nn.Module":
        """Build the net."""
        from corpuscle.fitting.learned.gains import GainNet

        net = GainNet(self.read_shape())
        net.precision = self.precision
        return net

    def draw_batch(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw tracks: what is known of their hits, their residuals, which places are hits, what was missed."""
        return self.read(self.draw_mixture(generator, count))

    def draw_validation(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw the same, of shards from events that are never learned from."""
        if self.data is not None:
            return self.read([self.draw_tracks(generator, count, held=True)])
        return self.draw_batch(generator, count)

    def draw_mixture(self, generator: np.random.Generator, count: int) -> list[Tracks]:
        """Draw tracks in the apparatus of the settings, and in others."""
        own = round(count * self.share) if self.is_varied else count
        drawn = [self.draw_tracks(generator, own)] if own else []
        parts = np.diff(np.linspace(0, count - own, APPARATUSES + 1).astype(int))
        return drawn + [self.draw_elsewhere(generator, int(part)) for part in parts if part]

    def draw_elsewhere(self, generator: np.random.Generator, count: int) -> Tracks:
        """Draw tracks in an apparatus of some kind."""
        world = SurveyedHelix(
            surveyed=draw_apparatus(generator), tracks=count, tracks_per_event=count, lowest_pt=self.lowest_pt,
            highest_pt=self.highest_pt, highest_eta=self.highest_eta, d0_spread=self.d0_spread,
            z0_spread=self.z0_spread, holes=float(generator.choice(HOLES)),
        )  # fmt: skip
        return simulate(world, generator)

    def read(self, drawn: list[Tracks]) -> "tuple[Tensor, ...]":
        """Read tracks as the net is told them, all as wide as the longest; those that cannot be told are left out."""
        import torch

        lessons = [read_lesson(tracks) for tracks in drawn]
        places = max(int(np.diff(told.offset).max(initial=1)) for told, _ in lessons)
        parts = zip(*((*lay(told, places), missed) for told, missed in lessons), strict=True)
        feature, residual, real, missed = (np.concatenate(part) for part in parts)
        finite = np.isfinite(residual).all(axis=(1, 2)) & np.isfinite(missed).all(axis=1)
        return tuple(torch.from_numpy(part[finite]) for part in (feature, residual, real, missed))

    def measure_loss(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the mean surprise of what the closed-form fit missed."""
        from corpuscle.nets.joint import surprise_joint

        feature, residual, real, missed = batch
        correction, sharpness, below = net(feature, residual, real)
        return surprise_joint(missed - correction, sharpness, below, law=self.loss).mean()

    def measure_validation(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the same: the net is used as it is trained."""
        return self.measure_loss(net, batch)


def read_lesson(tracks: Tracks) -> tuple[Residuals, Float32[np.ndarray, "track 5"]]:
    """Read what a net is told of tracks, and how far off the closed-form fit is, in the order that it speaks of."""
    from corpuscle.fitting.learned.gains import ORDER

    hits, apparatus, truth = tracks
    start = Karimaki().fit(hits, apparatus)
    rows = np.flatnonzero(start.reason == GOOD)
    told = read_residuals(hits.choose(rows), apparatus, start.parameters.choose(rows))
    missed = truth.value[rows] - start.parameters.value[rows]
    missed[:, 2] -= 2 * np.pi * np.round(missed[:, 2] / (2 * np.pi))
    return told, (missed / told.unit)[:, ORDER].astype(np.float32)


def lay(
    told: Residuals, places: int
) -> tuple[
    Float32[np.ndarray, "track place feature"], Float32[np.ndarray, "track place 2"], Bool[np.ndarray, "track place"]
]:
    """Lay tracks side by side."""
    bucket = fill_bucket(told.offset, np.arange(len(told.offset) - 1), places=places)
    real = bucket.real[..., None]
    return told.feature[bucket.hit] * real, told.residual[bucket.hit] * real, bucket.real
