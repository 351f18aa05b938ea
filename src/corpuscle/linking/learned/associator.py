"""The net that associates detections: each asks its neighbours in time, then queries meet keys."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from corpuscle.linking.learned.pairs import DETECTION_FEATURES, PAIR_FEATURES, Pairs
from corpuscle.linking.learned.shape import AssociatorShape
from corpuscle.nets.neighbours import NeighbourBlock
from corpuscle.nets.rivals import add_up


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Detections of several scenes and the pairs of them, one after the other."""

    detection: Float[Tensor, "token feature"]
    pair: Float[Tensor, "pair number"]
    row: Int[Tensor, " pair"]
    column: Int[Tensor, " pair"]
    neighbour: Int[Tensor, "token key"]

    def to(self, device: torch.device) -> "Batch":
        """Give the same on a device."""
        return Batch(*(part.to(device) for part in (self.detection, self.pair, self.row, self.column, self.neighbour)))


def join_pairs(scenes: Sequence[Pairs], kind: torch.dtype = torch.float32) -> Batch:
    """Join the detections and pairs of several scenes."""
    detections, pairs, parts = 0, 0, []
    for scene in scenes:
        neighbour = torch.as_tensor(scene.neighbour)
        parts.append(
            (
                torch.as_tensor(scene.detection).to(kind),
                torch.as_tensor(scene.pair).to(kind),
                torch.as_tensor(scene.row) + detections,
                torch.as_tensor(scene.column) + detections,
                torch.where(neighbour >= 0, neighbour + pairs, -1),
            )
        )
        detections, pairs = detections + len(scene.detection), pairs + len(scene.row)
    return Batch(*(torch.cat(part) for part in zip(*parts, strict=True)))


class Associator(nn.Module):
    """Says how strongly each detection is associated with those that it may continue, and that may continue it.

    An encoder lets each detection ask its nearest candidates before and after it. Then the key of the earlier one
    meets the query of the later one, as in attention, and what is known of the pair is added. The softmax over the
    candidates into a detection, with one more for none, is one soft association, that over the candidates out of it
    the other.

    Source: after Mishra and Roudot, arXiv 2506.09441, whose encoder predicts soft associations of detections; widths,
        features and the softmax in both directions are this package's choices.
    """

    def __init__(self, shape: AssociatorShape) -> None:
        super().__init__()
        self.shape = shape
        self.read = nn.Linear(DETECTION_FEATURES, shape.width)
        self.compare = nn.Sequential(nn.Linear(PAIR_FEATURES, shape.pair), nn.ReLU())
        self.blocks = nn.ModuleList(
            [
                NeighbourBlock(shape.width, shape.inner, shape.heads, shape.pair + 1, shape.hidden)
                for _ in range(shape.layers)
            ]
        )
        self.norm = nn.LayerNorm(shape.width)
        self.query, self.key = nn.Linear(shape.width, shape.width), nn.Linear(shape.width, shape.width)
        self.near = nn.Sequential(nn.Linear(PAIR_FEATURES, shape.pair), nn.ReLU(), nn.Linear(shape.pair, 1))
        self.none = nn.Linear(shape.width, 2)

    def forward(self, batch: Batch) -> tuple[Float[Tensor, " pair"], Float[Tensor, " pair"]]:
        """Give the soft association of each pair among those into its later detection, and out of its earlier one."""
        token, real = self.read(batch.detection), batch.neighbour >= 0
        pair = batch.neighbour.clamp(min=0)
        half = pair.shape[1] // 2
        later = (torch.arange(pair.shape[1], device=pair.device) >= half).to(token.dtype)
        if len(batch.row):
            known = torch.cat([batch.row[pair[:, :half]], batch.column[pair[:, half:]]], dim=1)
            compared = self.compare(batch.pair)[pair]
            compared = torch.cat([compared, later.expand(len(pair), -1)[..., None]], dim=2)
            for block in self.blocks:
                token = block(token, known * real, compared, real)
        token = self.norm(token)
        met = (self.query(token)[batch.column] * self.key(token)[batch.row]).sum(-1) / math.sqrt(token.shape[1])
        score, none = met + self.near(batch.pair)[:, 0], self.none(token)
        return choose_among(score, batch.column, none[:, 0]), choose_among(score, batch.row, none[:, 1])


def choose_among(
    score: Float[Tensor, " pair"], end: Int[Tensor, " pair"], none: Float[Tensor, " token"]
) -> Float[Tensor, " pair"]:
    """Give the softmax of scores over the pairs of each end, and none of them.

    >>> choose_among(torch.zeros(3), torch.tensor([0, 0, 1]), torch.zeros(2))
    tensor([0.3333, 0.3333, 0.5000])
    """
    top = none.detach().scatter_reduce(0, end, score.detach(), "amax")
    part = (score - top[end]).exp()
    whole = add_up(part, end, len(none)) + (none - top).exp()
    return part / whole[end]
