"""Link by posterior probabilities over the hypotheses that a net's attention leaves."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from corpuscle.data.settings import setting
from corpuscle.estimation.marginal import Marginals, weigh_links
from corpuscle.estimation.posterior.candidates import Candidates, find_candidates
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery
from corpuscle.linking.learned.advised import AdvisedLinks
from corpuscle.linking.learned.pairs import Pairs, read_pairs
from corpuscle.linking.learned.shape import AssociatorShape
from corpuscle.linking.learned.shipped import ASSOCIATOR
from corpuscle.nets.placed import choose_device, load_net, read_shape
from corpuscle.nets.weights import import_torch

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class AttentionBayesian(AdvisedLinks):
    """A net's attention says which links to think of; Bayesian beliefs, as in `marginal`, say how likely they are.

    An encoder over the detections, each of which asks its nearest candidates before and after it, associates them
    softly. Links that it associates less than `minimum_association` in both directions are thought of no more; the
    others are weighed by the beliefs and messages of `marginal`. Parameters that are not given are learned as there.

    Source: after Mishra and Roudot, arXiv 2506.09441: an encoder predicts soft associations, prunes the hypotheses, and
        a Bayesian filter decides. Net, features and filter are this package's.
    """

    minimum_association: float = setting(
        0.003, "links that are associated less in both directions are thought of no more", least=0, most=1
    )

    def weigh(self, scenery: Scenery, population: Population, gap: int) -> Marginals:
        """Give how likely each link of a window is, among those that are left."""
        candidates = find_candidates(scenery, population, gap)
        if len(candidates) and self.minimum_association > 0:
            candidates = self.prune(scenery, population, candidates)
        return weigh_links(scenery, population, gap=gap, sweeps=self.sweeps, candidates=candidates)

    def prune(self, scenery: Scenery, population: Population, candidates: Candidates) -> Candidates:
        """Give the candidates that are associated."""
        shape = self.read_shape()
        pairs = read_pairs(scenery, population, candidates, kept=shape.kept, asked=shape.asked)
        strong = associate(pairs, self.weights, self.accelerator) >= self.minimum_association
        left = pairs.index[strong]
        return Candidates(candidates.row[left], candidates.column[left], candidates.gap[left])

    def read_shape(self) -> AssociatorShape:
        """Give what the net is built from."""
        shape: AssociatorShape = read_shape(self.weights, ASSOCIATOR)
        return shape

    def count_parameters(self, *, frames: int, particles: int) -> int:
        """Count the numbers that training sets."""
        import_torch()
        return sum(weight.numel() for weight in build_associator(self.weights).parameters())


def associate(pairs: Pairs, weights: str, accelerator: str) -> Float[np.ndarray, " e"]:
    """Give the stronger of the two soft associations of each pair."""
    torch = import_torch()
    from corpuscle.linking.learned.associator import join_pairs
    from corpuscle.nets.threads import one_thread

    place = choose_device(accelerator)
    net = build_associator(weights).to(place, torch.float64)
    batch = join_pairs([pairs], torch.float64).to(place)
    with one_thread(), torch.no_grad():
        into, onward = net(batch)
        strongest: Float[np.ndarray, " e"] = torch.maximum(into, onward).cpu().numpy()
    return strongest


def build_associator(weights: str) -> "nn.Module":
    """Build the net of the weights' settings and load them."""
    from corpuscle.linking.learned.associator import Associator

    return load_net(weights, ASSOCIATOR, Associator)
