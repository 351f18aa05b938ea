"""The net that corrects links: tokens are candidate links, which ask those that lead to them and on from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from corpuscle.linking.learned.shape import CorrectorShape
from corpuscle.linking.learned.tokens import FEATURES, SCENE_FEATURES, Tokens
from corpuscle.nets.neighbours import NeighbourBlock

PAIR_FEATURES = 8


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Tokens of several scenes, one after the other."""

    feature: Float[Tensor, "token feature"]
    scene: Float[Tensor, "scene number"]
    owner: Int[Tensor, " token"]
    move: Float[Tensor, "token axis"]
    neighbour: Int[Tensor, "token key"]

    def to(self, device: torch.device) -> "Batch":
        """Give the same on a device."""
        return Batch(*(part.to(device) for part in (self.feature, self.scene, self.owner, self.move, self.neighbour)))


def join_tokens(scenes: Sequence[Tokens], kind: torch.dtype = torch.float32) -> Batch:
    """Join the tokens of several scenes; in the plane, a third axis is nothing."""
    first, parts = 0, []
    for number, tokens in enumerate(scenes):
        neighbour = torch.cat([torch.as_tensor(tokens.before), torch.as_tensor(tokens.after)], dim=1)
        move = torch.zeros(len(tokens), 3, dtype=kind)
        move[:, : tokens.move.shape[1]] = torch.as_tensor(tokens.move)
        parts.append(
            (
                torch.as_tensor(tokens.feature).to(kind),
                torch.as_tensor(tokens.scene[None]).to(kind),
                torch.full((len(tokens),), number),
                move,
                torch.where(neighbour >= 0, neighbour + first, -1),
            )
        )
        first += len(tokens)
    return Batch(*(torch.cat(part) for part in zip(*parts, strict=True)))


class LinkCorrector(nn.Module):
    """Says how much likelier each candidate link is than it seems.

    A token is a candidate link. It asks the likeliest candidates that end where it begins, and those that begin where
    it ends: how their ways compare with its own, in length and direction. After L layers it has heard of L frames on
    either side. What it says is bounded, and weighed by how much the scene as a whole speaks for corrections. The last
    layer begins with zeros, so that nothing is corrected before anything is learned.

    Source: the blocks of Vaswani et al. (2017), over neighbours; a residual on a classical posterior, no published net.
    """

    def __init__(self, shape: CorrectorShape) -> None:
        super().__init__()
        self.shape = shape
        self.read = nn.Linear(FEATURES + SCENE_FEATURES, shape.width)
        self.compare = nn.Sequential(nn.Linear(PAIR_FEATURES, shape.pair), nn.ReLU())
        self.blocks = nn.ModuleList(
            [
                NeighbourBlock(shape.width, shape.inner, shape.heads, shape.pair, shape.hidden)
                for _ in range(shape.layers)
            ]
        )
        self.norm = nn.LayerNorm(shape.width)
        self.say = nn.Sequential(nn.Linear(shape.width, shape.width), nn.ReLU(), nn.Linear(shape.width, 1))
        self.trust = nn.Sequential(nn.Linear(SCENE_FEATURES, 16), nn.ReLU(), nn.Linear(16, 1))
        for last in (self.say[2], self.trust[2]):
            nn.init.zeros_(last.weight)  # type: ignore[arg-type] # a Linear's weight is a tensor
            nn.init.zeros_(last.bias)  # type: ignore[arg-type]

    def forward(self, batch: Batch) -> Float[Tensor, " token"]:
        """Give what is added to the logarithm of what each link weighs."""
        scene = batch.scene[batch.owner]
        token = self.read(torch.cat([batch.feature, scene], dim=1))
        real = batch.neighbour >= 0
        neighbour = batch.neighbour.clamp(min=0)
        pair = self.compare(compare_moves(batch, neighbour, real))
        for block in self.blocks:
            token = block(token, neighbour, pair, real)
        said = self.shape.most * torch.tanh(self.say(self.norm(token))[:, 0] / self.shape.most)
        trusted: Float[Tensor, " token"] = said * torch.sigmoid(2.0 + self.trust(scene)[:, 0])
        return trusted


def compare_moves(
    batch: Batch, neighbour: Int[Tensor, "token key"], real: Bool[Tensor, "token key"]
) -> Float[Tensor, "token key feature"]:
    """Compare each token's way with those of its neighbours, without regard to axes; zeros where there is none."""
    move, near = batch.move[:, None], batch.move[neighbour]
    own, other = move.square().sum(-1), near.square().sum(-1)
    along, apart = (move * near).sum(-1), (move - near).square().sum(-1)
    later = torch.arange(neighbour.shape[1], device=move.device) >= neighbour.shape[1] // 2
    features = [
        torch.asinh(along),
        torch.log1p(apart),
        (-0.5 * apart).exp(),
        along / (own * other + 1e-4).sqrt(),
        torch.log((own + 0.01) / (other + 0.01)) / 2.0,
        batch.feature[:, 1][neighbour],
        batch.feature[:, 0][neighbour],
        later.to(own.dtype).expand_as(apart),
    ]
    return torch.stack(features, dim=-1) * real[..., None]
