"""How likely each link is: all pasts and futures of a detection mixed into one belief, and rivals that share links."""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Float, Int

from corpuscle.estimation.posterior.beliefs import NOT_KNOWN, begin_beliefs, choose_variance, list_kinds, pass_back
from corpuscle.estimation.posterior.candidates import Candidates, find_candidates
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.posterior.rivals_kernel import share_out
from corpuscle.estimation.posterior.scenery import Scenery, measure_field
from corpuscle.estimation.posterior.soft_kernel import group_links, join_beliefs, pass_beliefs

NEVER = -230.0
"""The logarithm of a weight that is as good as none, and still a number."""

SWEEPS = 3
ROUNDS = 30
SETTLED = 1e-3

FRESH = 0.3
"""The part of what a sweep finds that the next one takes over, the rest being that of the sweep before."""

CROWDED, ROOMY = 0.82, 0.13
"""What a reply leaves out where every detection has a partner in the next frame, and the share of those without one
at which two thirds of the way to leaving out everything are gone (see `choose_share`)."""


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """What rivals choose between: how much each link weighs, and each start, end and false detection.

    Args:
        link: the logarithm of what each candidate weighs.
        begins: that of the density of a start at each detection.
        ends: the chance of an end at each detection.
        false: the logarithm of the density of false detections.
        share: how much of its own message a reply leaves out.
    """

    link: Float[np.ndarray, " e"]
    begins: Float[np.ndarray, " n"]
    ends: Float[np.ndarray, " n"]
    false: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Marginals:
    """How likely each candidate link is.

    Args:
        candidates: the candidates.
        probability: how likely each is.
        false: how likely each detection is none of a particle.
        weight: the logarithm of what each candidate weighs before its likelihood: what rivals leave to it.
        begins: the logarithm of the density of a start at each detection.
        evidence: the logarithm of how likely every detection is, given the others; it compares populations.
        choices: what rivals chose between in the end.
        reply: the last messages of the later ends.
    """

    candidates: Candidates
    probability: Float[np.ndarray, " e"]
    false: Float[np.ndarray, " n"]
    weight: Float[np.ndarray, " e"]
    begins: Float[np.ndarray, " n"]
    evidence: float
    choices: Choices
    reply: Float[np.ndarray, " e"]

    def correct(self, added: Float[np.ndarray, " e"]) -> "Marginals":
        """Settle the rivals anew, with something added to the logarithm of what each link weighs."""
        choices = replace(self.choices, link=self.choices.link + added)
        reply = self.reply.copy()
        into = group_links(self.candidates.column, len(self.false))
        probability, _, _, wrong = share_out(
            self.candidates.row, self.candidates.column, *into, choices.link, choices.begins, choices.ends,
            choices.false, choices.share, ROUNDS, SETTLED, reply,
        )  # fmt: skip
        return replace(self, probability=probability, false=wrong, choices=choices, reply=reply)

    @property
    def starts(self) -> Float[np.ndarray, " n"]:
        """How likely each detection is the first of a track."""
        return self.leave(self.candidates.column)

    @property
    def ends(self) -> Float[np.ndarray, " n"]:
        """How likely each detection is the last of a track."""
        return self.leave(self.candidates.row)

    def leave(self, end: Int[np.ndarray, " e"]) -> Float[np.ndarray, " n"]:
        """Give what the links at one end of each detection leave, a false detection's share taken off."""
        linked = np.bincount(end, self.probability, len(self.false))
        left: Float[np.ndarray, " n"] = np.maximum(1.0 - self.false - linked, 0.0)
        return left


def weigh_links(
    scenery: Scenery,
    population: Population,
    *,
    gap: int | None = None,
    sweeps: int = SWEEPS,
    share: float | None = None,
    candidates: Candidates | None = None,
) -> Marginals:
    """Give how likely each link is that a particle of the population may have made.

    Every detection carries two beliefs, about the particle's state given its past and given its future. Each mixes
    what all possible neighbours in time say, weighed by how well they fit and by what rivals leave to them. A link's
    weight is the overlap of both beliefs across it. Links that share a detection are rivals: messages between them
    (fractional belief propagation) turn weights into probabilities under the law that a detection continues one other
    at most and is continued by one at most; starts, ends and false detections are further choices. Then beliefs are
    mixed anew: `sweeps` times, from beliefs that know no neighbours.

    Args:
        scenery: the detections.
        population: how their particles move, appear, vanish and are seen.
        gap: missed frames that a link may bridge; default as the population suggests.
        sweeps: how often beliefs are mixed.
        share: how much of its own message a reply leaves out; default what makes probabilities come true
            (`choose_share`).
        candidates: the links that are thought of; default all within reach (`find_candidates`).

    Raises: TooManyCandidates, when particles may move so far that the candidates would not fit in memory.

    Source: Williams and Lau, IEEE TAES 50 (2014) 2942, and Meyer et al., Proc. IEEE 106 (2018) 221, for messages
        between rivals; Chertkov and Yedidia, JMLR 14 (2013) 2029, for fractional ones.

    >>> scenery = Scenery(np.array([[0.0, 0.0], [9.0, 0.0], [0.5, 0.0], [8.0, 0.0]]), np.array([0, 2, 4]), np.arange(2))
    >>> weigh_links(scenery, Population(step=2.0)).probability.round(3)
    array([1., 0., 0., 1.])
    """
    gap = population.choose_gap() if gap is None else gap
    candidates = find_candidates(scenery, population, gap) if candidates is None else candidates
    kinds = list_kinds(population, gap, scenery)
    chance, begins, ends, false = weigh_choices(scenery, population, candidates, gap)
    variance = choose_variance(scenery, kinds, population)
    past, future = begin_beliefs(scenery, kinds, variance), begin_beliefs(scenery, kinds, variance)
    into = group_links(candidates.column, len(scenery))
    onward = group_links(candidates.row, len(scenery))
    share = choose_share(population) if share is None else share
    offered = asked = np.zeros(len(candidates))
    reply = np.ones(len(candidates))
    fit = np.empty(len(candidates))
    found = np.zeros(len(scenery))
    for sweep in range(sweeps + 1):
        if sweep:
            pass_beliefs(
                scenery.position, variance, candidates.row, candidates.gap, *into, chance + offered, begins,
                kinds.table, *kinds.moves, *past.parts, NOT_KNOWN, found,
            )  # fmt: skip
            future = pass_back(scenery, variance, candidates, onward, (chance + asked, np.log(ends)), kinds)
        join_beliefs(
            candidates.row,
            candidates.column,
            candidates.gap,
            kinds.table,
            *kinds.moves,
            *past.parts,
            *future.parts,
            fit,
        )
        probability, offer, ask, wrong = share_out(
            candidates.row, candidates.column, *into, fit + chance, begins, ends, false, share, ROUNDS, SETTLED, reply
        )
        fresh = FRESH if sweep else 1.0
        offered, asked = fresh * offer + (1.0 - fresh) * offered, fresh * ask + (1.0 - fresh) * asked
    evidence = float(np.logaddexp(found, false).sum())
    choices = Choices(fit + chance, begins, ends, false, share)
    return Marginals(candidates, probability, wrong, chance + offered, begins, evidence, choices, reply)


def weigh_choices(
    scenery: Scenery, population: Population, candidates: Candidates, gap: int
) -> tuple[Float[np.ndarray, " e"], Float[np.ndarray, " n"], Float[np.ndarray, " n"], float]:
    """Give the logarithms of the chance of each link's gap and of a start's density, an end's chance, and log false."""
    volume = measure_field(scenery, population)
    frame, frames = scenery.frame, scenery.frames
    starts = population.weigh_starts(frames, scenery.count_particles(population)) / volume
    with np.errstate(divide="ignore"):
        begins = np.maximum(np.log(starts), NEVER / 2)[frame]
        false = max(float(np.log(population.false_rate / volume)), NEVER)
        chance = np.maximum(np.log(population.weigh_continuations(gap)), NEVER)[candidates.gap]
    return chance, begins, np.maximum(population.weigh_ends(frames - 1 - frame, gap), 1e-9), false


def choose_share(population: Population) -> float:
    """Choose how much of its own message a reply leaves out, between 0 (Sinkhorn) and 1 (belief propagation).

    Where every detection has a partner in the next frame the exact probabilities lie between those of the two; the
    more often it has none, the closer they are to belief propagation. The figures are those that make probabilities
    come true in simulated scenes (`beyond-calibration`).

    >>> choose_share(Population(step=1.0)), choose_share(Population(step=1.0, detection_probability=0.5)) > 0.98
    (0.82, True)
    """
    alone = 1.0 - float(population.weigh_continuations(0)[0])
    return 1.0 - (1.0 - CROWDED) * float(np.exp(-alone / ROOMY))
