"""Posterior link probabilities of any number of particles, from a Markov chain over sets of tracks."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.estimation.decide import decide_links, expect_jaccard
from corpuscle.estimation.posterior.population import Population
from corpuscle.estimation.sampling.chain import begin_tracks, lay_tables, share_out, sort_rows
from corpuscle.estimation.sampling.sampler_kernel import run_chain
from corpuscle.estimation.sampling.tracks_kernel import Tables, Tracks

TOLERANCE = 0.004
"""Chains agree whose best links have the same expected Jaccard under either, up to this."""

BETWEEN = 0.05
"""Chains agree that differ in no larger share of their link probability."""

FEWEST = 500
"""The sweeps in which a chain cools down; they are thrown away, and chains first compared after as many again."""

SWEEP = 200
"""The least proposals of a sweep; else it is one for each detection."""

HOTTEST = 0.2
"""How much log weights count when a chain begins; the number grows to 1 while it cools."""

STAGES = 10
"""The stages of cooling."""


@dataclass(frozen=True, slots=True, eq=False)
class LinkSamples:
    """How likely links are, from two chains that began apart.

    Args:
        pair: row numbers of every link that either chain made, earlier detection first.
        chains: the probability of each by each chain.
        detections: how many detections there are.
        agreement: how much the expected Jaccard of a chain's best links changes under the probabilities of the other
            chain; the larger change of the two.
        difference: the share of their summed link probability in which the chains differ.
        sweeps: how many sweeps each chain made, the latter half of which counts; one is a proposal a detection,
            200 at least.
        accepted: the share of the proposals that was accepted.
    """

    pair: Int[np.ndarray, "e 2"]
    chains: Float[np.ndarray, "2 e"]
    detections: int
    agreement: float
    difference: float
    sweeps: int
    accepted: float

    @property
    def probability(self) -> Float[np.ndarray, " e"]:
        """The mean of both chains."""
        mean: Float[np.ndarray, " e"] = self.chains.mean(axis=0)
        return mean

    @property
    def converged(self) -> bool:
        """Whether the chains agree: `agreement` within `TOLERANCE`, and `difference` within `BETWEEN`."""
        return self.agreement <= TOLERANCE and self.difference <= BETWEEN

    def decide(self, minimum: float | None = None) -> Links:
        """Make the links of the largest expected Jaccard, or those worth making above a `minimum` probability."""
        probability = self.probability
        chosen = choose_links(self.pair, probability, self.detections, minimum)
        return Links(self.pair[chosen], probability[chosen])

    def expect_jaccard(self, links: Links) -> float:
        """Give the expected Jaccard of the links of any method."""
        probability = self.probability
        known = {(a, b): p for (a, b), p in zip(self.pair.tolist(), probability.tolist(), strict=True)}
        right = np.array([known.get((a, b), 0.0) for a, b in links.pair.tolist()])
        return expect_jaccard(right, float(probability.sum()))


def sample_links(
    detections: Detections,
    population: Population,
    generator: np.random.Generator,
    *,
    gap: int | None = None,
    particles: float | None = None,
    sweeps: int = 32_000,
    fewest: int = 0,
) -> LinkSamples:
    """Sample who is who, among particles that may be missed, be born and die, and false detections.

    A set of tracks weighs the product over its tracks of s(first frame) / V, of w(g) N(z; H x, S) for each link over g
    frames and of e(last frame); and over the detections without any link of s e / V + false_rate / V. s, w and e are
    `Population.weigh_starts`, `weigh_continuations` and `weigh_ends`, V is the volume of the box around all detections,
    and N the density of the innovation of a Kalman filter. In a complete scene every track runs through all frames.

    The chain changes links: two tracks exchange their ends, two detections of a frame their places, two tracks a
    segment; a detection leaves the middle of its track, for another one or for none; tracks split and join. Two chains
    are run. In complete scenes one begins with the assignment of each frame to the next, the other with that of
    detections shaken by half the size of a link; else with that assignment, and with no link at all. Both are annealed
    at first; their sweeps are then doubled until they agree, or `sweeps` is reached.

    Args:
        detections: what was measured; the precision of each is used where it is known, a time is not.
        population: how particles move and are seen.
        generator: where the chances come from.
        gap: the most missed frames that a link bridges; default `Population.choose_gap`.
        particles: how many there are in the first frame; default from the mean number of detections a frame.
        sweeps: the most sweeps of each chain.
        fewest: the fewest, however soon the chains agree.

    Raises: ValueError, when the population has a slow kind: the sampler knows one kind only.

    Source: Oh, Russell and Sastry, IEEE Trans. Automatic Control 54 (2009) 481, Markov chain Monte Carlo data
    association, here with two messages along each track, so that most proposals are weighed without walking along it.

    >>> detections = Detections(np.array([0, 0, 1, 1]), np.array([[0.0, 0.0], [9.0, 0.0], [8.5, 0.0], [0.5, 0.0]]))
    >>> samples = sample_links(detections, Population(step=1.0), np.random.default_rng(0))
    >>> samples.decide().pair
    array([[0, 3], [1, 2]])
    >>> samples.converged
    True
    """
    if population.slow_share > 0.0:
        message = f"the sampler knows one kind of particle, and slow_share is {population.slow_share:g}; set it to 0"
        raise ValueError(message)
    rows = sort_rows(detections)
    nothing = LinkSamples(np.empty((0, 2), np.int64), np.empty((2, 0)), len(rows), 0.0, 0.0, 0, 0.0)
    if len(np.unique(detections.frame)) < 2:
        return nothing
    tables, starts = lay_tables(detections, rows, population, generator, gap=gap, particles=particles)
    if not len(tables.draw):  # no two detections so few frames apart
        return nothing
    chains = [begin_tracks(tables, follow) for follow in starts]
    return run_chains(tables, chains, rows, generator, sweeps=sweeps, fewest=fewest)


def run_chains(
    tables: Tables,
    chains: list[Tracks],
    rows: Int[np.ndarray, " n"],
    generator: np.random.Generator,
    *,
    sweeps: int,
    fewest: int = 0,
) -> LinkSamples:
    """Run chains until they agree, doubling their sweeps."""
    done, *totals = plan_sweeps(sweeps)
    each = max(len(rows), SWEEP)
    for tracks in chains:
        for cold in np.linspace(HOTTEST, 1.0, STAGES):
            run_chain(tables, tracks, math.ceil(done * each / STAGES), generator, cold)
    tables = attend(tables, chains, math.ceil(done * each / STAGES))
    for total in totals:
        proposals = (total - done) * each
        made = np.sum([run_chain(tables, tracks, proposals, generator, 1.0) for tracks in chains], axis=0)
        samples = compare_chains(tables, chains, rows, proposals, total, made)
        if samples.converged and total >= fewest:
            break
        tables, done = attend(tables, chains, proposals), total
    return samples


def attend(tables: Tables, chains: list[Tracks], proposals: int) -> Tables:
    """Propose those links more often that were now made, now not, in the last stretch of both chains."""
    made = np.mean([tracks.spent for tracks in chains], axis=0) / proposals
    share = share_out(2.0 * np.sqrt(np.clip(made * (1.0 - made), 0.0, None)))
    return tables._replace(share=share, draw=np.repeat(np.arange(len(share)), share))


def plan_sweeps(most: int) -> list[int]:
    """Give the total sweeps after which a chain is cold, and after which chains are compared, each twice as many.

    >>> plan_sweeps(4000)
    [500, 1000, 2000, 4000]
    """
    totals = [most]
    while totals[0] >= 2 * FEWEST or len(totals) < 2:
        totals.insert(0, max(totals[0] // 2, 1))
    return totals


def compare_chains(
    tables: Tables,
    chains: list[Tracks],
    rows: Int[np.ndarray, " n"],
    proposals: int,
    sweeps: int,
    made: Int[np.ndarray, "5 2"],
) -> LinkSamples:
    """Give the link probabilities of two chains, and how far they agree."""
    seen = np.flatnonzero(sum(tracks.spent for tracks in chains))
    pair = rows[np.stack([tables.row, tables.column], axis=1)[seen]]
    shares = np.stack([tracks.spent[seen] / proposals for tracks in chains])
    one, two = shares
    both = float(shares.sum())
    return LinkSamples(
        pair=pair,
        chains=shares,
        detections=len(rows),
        agreement=max(differ(pair, one, two, len(rows)), differ(pair, two, one, len(rows))),
        difference=float(np.abs(one - two).sum()) / both if both > 0.0 else 0.0,
        sweeps=sweeps,
        accepted=float(made[:, 1].sum() / made[:, 0].sum()),
    )


def differ(
    pair: Int[np.ndarray, "e 2"], own: Float[np.ndarray, " e"], other: Float[np.ndarray, " e"], detections: int
) -> float:
    """Give how much the expected Jaccard of a chain's best links changes under the other chain."""
    chosen = choose_links(pair, own, detections)
    return abs(expect_jaccard(own[chosen], float(own.sum())) - expect_jaccard(other[chosen], float(other.sum())))


def choose_links(
    pair: Int[np.ndarray, "e 2"], probability: Float[np.ndarray, " e"], detections: int, minimum: float | None = None
) -> Int[np.ndarray, " k"]:
    """Choose among links that are so likely (see `decide_links`)."""
    return decide_links(
        pair[:, 0], pair[:, 1], probability, rows=detections, columns=detections, minimum=minimum
    )[0]  # fmt: skip
