"""Train the net that corrects the links of `marginal`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from corpuscle.data.settings import setting
from corpuscle.estimation.marginal import weigh_links
from corpuscle.linking.learned.shape import CorrectorShape
from corpuscle.linking.learned.shipped import CORRECTOR
from corpuscle.linking.learned.tokens import mark_true, read_tokens
from corpuscle.training.examples import SceneTrainer

if TYPE_CHECKING:
    from torch import Tensor, nn

ROUNDS = 12
"""Rounds of messages between rivals that gradients go through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridTransformerTrainer(SceneTrainer):
    """Simulate particles of many motions, weigh their links as `marginal` does, and learn what to add.

    What is lowered is the mean surprise of the candidate links, after rivals are settled, for each true link.

    Source: cross-entropy of a posterior; no published training.
    """

    net: ClassVar[str] = CORRECTOR.net
    layout: ClassVar[int] = CORRECTOR.layout
    small: ClassVar[bool] = True
    shape: ClassVar[type] = CorrectorShape

    kept: int = setting(4, "likeliest candidates at either end of a detection that are tokens", least=1)
    asked: int = setting(2, "tokens on either side that a token asks", least=1)
    most: float = setting(6.0, "the largest correction of a link's log-odds", above=0)

    def build_net(self) -> "nn.Module":
        """Build the net."""
        from corpuscle.linking.learned.corrector import LinkCorrector

        return LinkCorrector(self.read_shape())

    def draw_batch(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw scenes: tokens, what rivals choose between, and which tokens are true."""
        import torch

        from corpuscle.linking.learned.corrector import join_tokens

        scenes, parts, first = [], [], 0
        for _ in range(count):
            example = self.draw_example(generator)
            marginals = weigh_links(example.scenery, example.population)
            tokens = read_tokens(example.scenery, example.population, marginals, kept=self.kept, asked=self.asked)
            chosen, found, count = marginals.choices, marginals.candidates, len(example.scenery)
            scenes.append(tokens)
            parts.append(
                (
                    found.row[tokens.index] + first,
                    found.column[tokens.index] + first,
                    chosen.link[tokens.index],
                    np.full(len(tokens), chosen.share),
                    mark_true(marginals, tokens.index, example.following),
                    chosen.begins,
                    chosen.ends,
                    np.full(count, chosen.false),
                )
            )
            first += count
        batch = join_tokens(scenes)
        joined = [torch.as_tensor(np.concatenate(part)) for part in zip(*parts, strict=True)]
        rest = [part.float() if part.is_floating_point() else part for part in joined]
        return batch.feature, batch.scene, batch.owner, batch.move, batch.neighbour, *rest

    def measure_loss(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the mean surprise of the candidates, for each true link."""
        from torch.nn.functional import binary_cross_entropy

        from corpuscle.linking.learned.corrector import Batch
        from corpuscle.nets.rivals import Rivals, share_out

        row, column, weight, share, true, begins, ends, false = batch[5:]
        added = net(Batch(*batch[:5]))
        likely = share_out(Rivals(row, column, begins, ends, false, share), weight + added, ROUNDS)
        surprise = binary_cross_entropy(likely.clamp(1e-6, 1.0 - 1e-6), true.float(), reduction="sum")
        return surprise / true.sum().clamp(min=1)
