"""Link by posterior probabilities that a net corrects where particles do not move as one population."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float

from corpuscle.estimation.marginal import Marginals, weigh_links
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.scenery import Scenery
from corpuscle.linking.learned.advised import AdvisedLinks
from corpuscle.linking.learned.shape import CorrectorShape
from corpuscle.linking.learned.shipped import CORRECTOR
from corpuscle.linking.learned.tokens import Moves, Tokens, measure_scale, read_tokens
from corpuscle.nets.placed import choose_device, load_net, read_shape
from corpuscle.nets.weights import import_torch

if TYPE_CHECKING:
    from torch import nn

LEAST_LINKS = 20
"""Where fewer links are expected, a scene says nothing of its motion, and nothing is corrected."""

SURPRISING = 3.0
"""Standard errors from what particles that are all alike would show, beyond which a scene speaks against them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridTransformer(AdvisedLinks):
    """The links of `marginal`, corrected by a net that has seen particles which are not all alike.

    `marginal` takes all particles for one population. A small transformer over its candidate links compares each with
    those that lead to it and on from it, in length and direction, over three frames on either side, and adds to the
    logarithm of what it weighs; then rivals are settled as in `marginal`, and decided as there. It reads coordinates
    and what `marginal` thinks, in units of the typical step, and was trained on simulated scenes of many motions, with
    misses and false detections. It leaves the answer of `marginal` as it is where that is the best there is: where
    the likely links do not speak against one population of particles that are all alike (`agrees`); and where few links
    are expected. Parameters that are not given are learned as for `marginal`.

    Source: the blocks of Vaswani et al. (2017) over neighbours, as a residual on a classical posterior; no published
        net.
    """

    def weigh(self, scenery: Scenery, population: Population, gap: int) -> Marginals:
        """Give how likely each link of a window is, corrected."""
        marginals = weigh_links(scenery, population, gap=gap, sweeps=self.sweeps)
        if float(marginals.probability.sum()) < LEAST_LINKS:
            return marginals
        shape = self.read_shape()
        tokens = read_tokens(scenery, population, marginals, kept=shape.kept, asked=shape.asked)
        if agrees(population, scenery, tokens.moves):
            return marginals
        added = np.zeros(len(marginals.candidates))
        added[tokens.index] = correct_links(tokens, self.weights, self.accelerator)
        return marginals.correct(added)

    def read_shape(self) -> CorrectorShape:
        """Give what the net is built from."""
        shape: CorrectorShape = read_shape(self.weights, CORRECTOR)
        return shape

    def count_parameters(self, *, frames: int, particles: int) -> int:
        """Count the numbers that training sets."""
        import_torch()
        return sum(weight.numel() for weight in build_corrector(self.weights).parameters())


def agrees(population: Population, scenery: Scenery, moves: Moves) -> bool:
    """Tell whether likely links agree with particles that are all alike.

    Of one population the ways of a particle are jointly normal: a way and the one before, which share a measurement and
    what is left of a velocity, have the correlation r = (persistence rate^2 - noise^2) / scale^2 along each axis, and
    the mean product of their squares is 1 + 2 r^2 / d in d dimensions. Their standard errors, of n pairs of links, are
    1 / sqrt(d m) and 2 / (d sqrt(m)), where m is n over the sum of the squared correlations of velocities. Two kinds
    are not alike; and where velocities last and detections are missed or false, one Gaussian a belief is not the best
    there is, even of particles that are all alike.
    """
    if population.slow_share > 0 or (population.rate > 0 and not population.complete):
        return False
    space, scale = scenery.position.shape[1], measure_scale(scenery, population)
    kept, lasting = population.persistence, (population.rate / scale) ** 2
    shared = kept * lasting - (scenery.measure_noise(population) / scale) ** 2
    spread = 1.0 + 2.0 * lasting**2 * float((kept ** (2.0 * np.arange(1, max(scenery.frames - 1, 2)))).sum())
    known = np.sqrt(moves.pairs / spread)
    turned = (moves.turn - shared) * np.sqrt(space) * known
    unlike = (moves.alike - 1.0 - 2.0 * shared**2 / space) * space / 2.0 * known
    return bool(abs(turned) < SURPRISING and abs(unlike) < SURPRISING)


def correct_links(tokens: Tokens, weights: str, accelerator: str) -> Float[np.ndarray, " e"]:
    """Give what a net adds to each token, in float64, so that the order of the rows changes no digit that counts."""
    torch = import_torch()
    from corpuscle.linking.learned.corrector import join_tokens
    from corpuscle.nets.threads import one_thread

    place = choose_device(accelerator)
    net = build_corrector(weights).to(place, torch.float64)
    batch = join_tokens([tokens], torch.float64).to(place)
    with one_thread(), torch.no_grad():
        added: Float[np.ndarray, " e"] = net(batch).cpu().numpy()
    return added


def build_corrector(weights: str) -> "nn.Module":
    """Build the net of the weights' settings and load them."""
    from corpuscle.linking.learned.corrector import LinkCorrector

    return load_net(weights, CORRECTOR, LinkCorrector)
