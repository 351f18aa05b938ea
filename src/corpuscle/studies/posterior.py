"""The posterior of a scene's links, found once a run and kept: what any method's links are expected to be worth."""

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.detections import Detections
from corpuscle.data.links import Links
from corpuscle.data.scene import Scene
from corpuscle.estimation.decide import expect_jaccard
from corpuscle.studies.case import Case
from corpuscle.studies.store import name_job
from corpuscle.studies.study import Contender

POSTERIORS = "posteriors"


class Samples(Protocol):
    """What a reference finds of a scene (`estimation.sampler.LinkSamples`)."""

    @property
    def pair(self) -> Int[np.ndarray, "e 2"]:
        """Row numbers of every link that may be true."""

    @property
    def probability(self) -> Float[np.ndarray, " e"]:
        """How likely each is."""

    @property
    def converged(self) -> bool:
        """Whether its chains agree."""

    @property
    def agreement(self) -> float:
        """By how much the expected Jaccard differs between its chains."""

    def decide(self) -> Links:
        """Make the links of the largest expected Jaccard."""


@dataclass(frozen=True, slots=True, eq=False)
class Weighed:
    """What is kept of a scene's posterior.

    Args:
        pair: row numbers of every link that may be true.
        probability: how likely each is.
        best: the links of the largest expected Jaccard.
        converged: whether the chains that it comes from agree.
        agreement: by how much the expected Jaccard differs between them.
        seconds: what it cost [s].
    """

    pair: Int[np.ndarray, "e 2"]
    probability: Float[np.ndarray, " e"]
    best: Int[np.ndarray, "k 2"]
    converged: bool
    agreement: float
    seconds: float

    def expect_jaccard(self, links: Links) -> float:
        """Give the Jaccard that some links are expected to have."""
        known = {(a, b): p for (a, b), p in zip(self.pair.tolist(), self.probability.tolist(), strict=True)}
        right = np.array([known.get((a, b), 0.0) for a, b in links.pair.tolist()])
        return expect_jaccard(right, float(self.probability.sum()))


def place_posterior(folder: Path, reference: Contender, case: Case[Scene], repeat: int) -> Path:
    """Name the file of a posterior by everything that it comes from."""
    values = [reference.declare(), case.columns, case.declare(), case.derive_seed(repeat)]
    return folder / POSTERIORS / f"{name_job(values)}.npz"


def weigh_scene(
    folder: Path, reference: Contender, case: Case[Scene], repeat: int, data: Path | None = None
) -> Weighed:
    """Give the posterior of a scene, by the reference of a study, and keep it; a second call reads it.

    Args:
        folder: the folder of the run.
        reference: the method whose linker gives it: it has `sample(detections)`, as `sampler` does.
        case: the world.
        repeat: the repeat.
        data: the folder of data.
    """
    place = place_posterior(folder, reference, case, repeat)
    if place.exists():
        return read_posterior(place)
    linker: Any = reference.build(case, repeat)
    found = weigh(linker, case.draw_scene(repeat, data).detections)
    place.parent.mkdir(exist_ok=True)
    made = place.with_name(f".{place.stem}.{time.monotonic_ns()}.npz")
    try:
        np.savez(
            made, pair=found.pair, probability=found.probability, best=found.best, converged=found.converged,
            agreement=found.agreement, seconds=found.seconds,
        )  # fmt: skip
        made.replace(place)
    finally:
        made.unlink(missing_ok=True)
    return found


def weigh(linker: Any, detections: Detections) -> Weighed:  # noqa: ANN401 - a linker with `sample`
    """Find the posterior of some detections."""
    begin = time.perf_counter()
    samples: Samples = linker.sample(detections)
    best = samples.decide().pair
    spent = time.perf_counter() - begin
    return Weighed(samples.pair, samples.probability, best, bool(samples.converged), float(samples.agreement), spent)


def read_posterior(place: Path) -> Weighed:
    """Read a posterior."""
    with np.load(place) as kept:
        return Weighed(
            kept["pair"], kept["probability"], kept["best"], bool(kept["converged"]), float(kept["agreement"]),
            float(kept["seconds"]),
        )  # fmt: skip
