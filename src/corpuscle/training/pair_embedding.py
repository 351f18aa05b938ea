"""Pairs of hits that a net of places learns from, and the hinge loss over them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from jaxtyping import Int

from corpuscle.data.event import NOISE, Events
from corpuscle.data.neighbours import pair_neighbours
from corpuscle.data.settings import setting
from corpuscle.linking.learned.pair_embedding import build_embedding, read_hits
from corpuscle.linking.learned.shape import EmbeddingShape
from corpuscle.linking.learned.shipped import EMBEDDING
from corpuscle.training.drawn import DrawnTrainer

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class PairEmbeddingTrainer(DrawnTrainer):
    """Simulate collisions, and learn to put hits that follow one another on a track close together.

    Pairs that belong together are the hits that follow one another on a track. Others are random pairs of hits of
    other tracks, and hard ones: those nearest to a hit where the net puts them now.

    Source: Couthures, Tracking with ML (2025), "Hinge Loss"; as in Exa.TrkX, Ju et al., European Physical Journal C 81
        (2021) 876.
    """

    net: ClassVar[str] = EMBEDDING.net
    layout: ClassVar[int] = EMBEDDING.layout
    small: ClassVar[bool] = True

    epochs: int = setting(12, "passes over the batches", least=1)
    batches: int = setting(40, "batches of one epoch", least=1)
    experiments: int = setting(2, "simulated collisions in a batch", least=1)
    validation: int = setting(6, "simulated collisions that validation measures", least=1)
    learning_rate: float = setting(3e-3, "of Adam, at its highest", above=0)
    schedule: Literal["constant", "cosine"] = setting(
        "cosine", "learning rate: constant, or growing over 50 steps and falling as a cosine"
    )
    tracks: int = setting(60, "tracks of a collision", least=2)
    field: float = setting(2.0, "the magnetic field", unit="T")
    lowest_pt: float = setting(0.5, "the least transverse momentum", unit="GeV", above=0)
    highest_pt: float = setting(50.0, "the largest", unit="GeV", above=0)
    material: float = setting(0.02, "thickness of a layer", unit="radiation lengths", least=0)
    width: int = setting(64, "neurons of a layer", least=1)
    layers: int = setting(4, "layers of them", least=1)
    places: int = setting(8, "coordinates of the place that a hit is given", least=1)
    margin: float = setting(0.1, "the squared distance from which on hits of other tracks are left in peace", above=0)
    positive_weight: float = setting(3.0, "how much a pair of neighbours counts, another pair being 1", above=0)
    hard: int = setting(3, "hard pairs of each hit: the nearest of other tracks; 0: none", least=0)
    random: int = setting(2, "random pairs of each hit", least=0)

    def describe_net(self) -> Mapping[str, Any]:
        """Give everything that the net is built from."""
        return {name: getattr(self, name) for name in EmbeddingShape.__dataclass_fields__}

    def build_net(self) -> "nn.Module":
        """Build the net."""
        return build_embedding(EmbeddingShape(**self.describe_net()))

    def draw_batch(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw collisions: hits, their event and particle, pairs that belong together, and random ones."""
        import torch

        hits = self.draw_events(generator, count)
        same = pair_neighbours(hits.event, hits.track, hits.position)
        other = draw_pairs(hits, generator, each=self.random)
        owner = np.where(hits.track == NOISE, NOISE, hits.event * (hits.track.max() + 1) + hits.track)
        values = (read_hits(hits.position), hits.event, owner, same, other)
        return tuple(torch.as_tensor(value) for value in values)

    def draw_events(self, generator: np.random.Generator, count: int) -> Events:
        """Simulate collisions."""
        from corpuscle.simulation.worlds import EVENT_WORLDS

        settings = {name: getattr(self, name) for name in ("field", "lowest_pt", "highest_pt", "material")}
        world = EVENT_WORLDS["helix"](tracks=count * self.tracks, tracks_per_event=self.tracks, **settings)
        hits: Events = world.simulate(generator).hits
        return hits

    def measure_loss(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the hinge loss of the batch's pairs and of those that are hard now."""
        import torch

        from corpuscle.nets.embedding import find_hard, measure_hinge

        feature, event, owner, same, other = batch
        place = net(feature)
        apart = [other] if not self.hard else [other, find_hard(place, event, owner, count=self.hard)]
        pair = torch.cat([same, *apart])
        distance = (place[pair[:, 0]] - place[pair[:, 1]]).square().sum(dim=1)
        together = torch.arange(len(pair), device=pair.device) < len(same)
        return measure_hinge(distance, together, margin=self.margin, weight=self.positive_weight)

    def measure_validation(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the same: the net is used as it is trained."""
        return self.measure_loss(net, batch)


def draw_pairs(hits: Events, generator: np.random.Generator, *, each: int) -> Int[np.ndarray, "pair 2"]:
    """Draw random pairs of hits of one event and of different tracks."""
    length = np.diff(hits.offset)
    first, count = np.repeat(hits.offset[:-1], length), np.repeat(length, length)
    one = np.repeat(np.arange(len(hits)), each)
    other = first[one] + generator.integers(count[one])
    apart = (hits.track[one] != hits.track[other]) | ((hits.track[one] == NOISE) & (one != other))
    return np.stack([one[apart], other[apart]], axis=1)
