"""Train the encoder that associates detections softly."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from corpuscle.data.settings import setting
from corpuscle.estimation.posterior.candidates import find_candidates
from corpuscle.linking.learned.pairs import read_pairs
from corpuscle.linking.learned.shape import AssociatorShape
from corpuscle.linking.learned.shipped import ASSOCIATOR
from corpuscle.training.examples import SceneTrainer

if TYPE_CHECKING:
    from torch import Tensor, nn


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionBayesianTrainer(SceneTrainer):
    """Simulate particles of many motions, and learn which detections belong together.

    What is lowered is the mean surprise of the true continuation of each detection, and of the true predecessor, none
    of them being one too.

    Source: after Mishra and Roudot, arXiv 2506.09441.
    """

    net: ClassVar[str] = ASSOCIATOR.net
    layout: ClassVar[int] = ASSOCIATOR.layout
    small: ClassVar[bool] = True
    shape: ClassVar[type] = AssociatorShape

    epochs: int = setting(8, "passes over the batches", least=1)
    batches: int = setting(80, "batches of one epoch", least=1)
    validation: int = setting(32, "simulated sequences that validation measures", least=1)
    kept: int = setting(8, "nearest candidates at either end of a detection that are thought of", least=1)
    asked: int = setting(4, "neighbours in time, before and after, that a detection asks", least=1)

    def build_net(self) -> "nn.Module":
        """Build the net."""
        from corpuscle.linking.learned.associator import Associator

        return Associator(self.read_shape())

    def draw_batch(self, generator: np.random.Generator, count: int) -> "tuple[Tensor, ...]":
        """Draw scenes: detections, pairs, and which pairs are true."""
        import torch

        from corpuscle.linking.learned.associator import join_pairs

        scenes, truths = [], []
        for _ in range(count):
            example = self.draw_example(generator)
            gap = example.population.choose_gap()
            candidates = find_candidates(example.scenery, example.population, gap)
            pairs = read_pairs(example.scenery, example.population, candidates, kept=self.kept, asked=self.asked)
            scenes.append(pairs)
            truths.append(example.following[pairs.row] == pairs.column)
        batch = join_pairs(scenes)
        true = torch.as_tensor(np.concatenate(truths))
        return batch.detection, batch.pair, batch.row, batch.column, batch.neighbour, true

    def measure_loss(self, net: "nn.Module", batch: "tuple[Tensor, ...]") -> "Tensor":
        """Give the mean surprise of what each detection continues, and of what continues it."""
        from corpuscle.linking.learned.associator import Batch
        from corpuscle.nets.rivals import add_up

        true, count = batch[5], len(batch[0])
        surprise = batch[1].new_zeros(())
        for likely, end in zip(net(Batch(*batch[:5])), (batch[3], batch[2]), strict=True):
            said = add_up(likely * true, end, count)
            none = 1.0 - add_up(likely, end, count)
            alone = add_up(true.to(likely.dtype), end, count) == 0
            surprise = surprise - (said + none * alone).clamp(min=1e-9).log().mean()
        return surprise
