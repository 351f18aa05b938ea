"""The tensors that TrackFormer was trained on, as worlds of a study, in parts that share no particle."""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.apparatus import lay_barrel
from corpuscle.data.event import Particles, TrackHits
from corpuscle.fitting.base import GOOD, Fit
from corpuscle.studies.case import Case
from corpuscle.studies.fitting.boosted import predict_left_out
from corpuscle.studies.fitting.innermost import say_momenta
from corpuscle.studies.fitting.sample import Sample, choose_particles

PARTS = 5
"""Parts that the tracks are dealt into; all of one true momentum are in one part."""

BOOSTED = "boosted"
"""The name of the learned correction among the fits of a sample."""

FOLDER = "trackformer-tracks"
FILES: Mapping[str, tuple[str, ...]] = {
    "TrackML": (f"{FOLDER}/trackml_train.npz", f"{FOLDER}/trackml_val.npz"),
    "ACTS": (f"{FOLDER}/acts_val.npz",),
}
"""The files of each set."""

BASE: Mapping[str, int] = {"TrackML": 6, "ACTS": 8}
"""How many innermost hits the best circle fit of each set uses."""

APPARATUS = lay_barrel(resolution=0.02, resolution_z=0.05, material=0.02)
"""What a fitter is told: TrackML's barrel in 2 T. Hits of TrackML are true positions, those of ACTS space points."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensors(Case[Sample]):
    """Tracks of one bin of transverse momentum of a set; each repeat is a part of it.

    Args:
        data: the set.
        low: least true transverse momentum [GeV].
        high: the largest.
        shown: what its rows say of it beside.
    """

    data: str
    low: float
    high: float
    shown: Mapping[str, Any]

    @property
    def columns(self) -> dict[str, Any]:
        """What a row says of the world."""
        return {"data": self.data, **self.shown}

    @property
    def known(self) -> dict[str, Any]:
        """Nothing but the apparatus, which is told with the hits."""
        return {}

    @property
    def count(self) -> int | None:
        """The parts."""
        return PARTS

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the set."""
        return FILES[self.data]

    def draw_scene(self, repeat: int, data: Path | None = None) -> Sample:
        """Read the tracks of a part that lie in the bin.

        Raises: ValueError, when no folder of data was given.
        """
        if data is None:
            message = f"the tracks of {self.data} come from files; give --data DIR, a folder with {self.files[0]}"
            raise ValueError(message)
        hits, momentum, along, part, boosted = read_set(self.data, data)
        rows = np.flatnonzero((part == repeat) & (momentum >= self.low) & (momentum < self.high))
        number = np.zeros(len(hits), dtype=np.int64)
        truth = Particles(
            event=hits.event, track=hits.track, parameters=say_momenta(momentum, along), kind=number,
            lost=np.full(len(hits), np.nan),
        )  # fmt: skip
        fits = {} if boosted is None else {BOOSTED: make_fit(boosted[rows])}
        return Sample(hits=hits.choose(rows), apparatus=APPARATUS, truth=choose_particles(truth, rows), fits=fits)


def make_fit(momentum: Float[np.ndarray, " track"]) -> Fit:
    """Make a fit of transverse momenta alone."""
    count = len(momentum)
    return Fit(
        parameters=say_momenta(momentum),
        chi2=np.full(count, np.nan),
        ndf=np.zeros(count, dtype=np.int64),
        reason=np.full(count, GOOD),
    )


Set = tuple[TrackHits, np.ndarray, np.ndarray, Int[np.ndarray, " track"], Float[np.ndarray, " track"] | None]


@functools.lru_cache(maxsize=2)
def read_set(name: str, data: Path) -> Set:
    """Read a set: hits, pT, pz (0 where the set has none), parts, and what the learned correction says of each track.

    Tracks are dealt into parts by their true momentum, so that a particle that stands in several events (TrackML's
    hard scatters do) is in one part; the correction is learned from the other parts.
    """
    tensors = [np.load(data / file) for file in FILES[name]]
    position = np.concatenate([one["xyz"] for one in tensors]).astype(float)
    length = np.concatenate([np.diff(one["offsets"]) for one in tensors])
    target = np.concatenate([one["targets"] for one in tensors]).astype(float)
    hits = TrackHits(
        event=np.arange(len(length)),
        track=np.zeros(len(length), dtype=np.int64),
        offset=np.append(0, np.cumsum(length)),
        position=position,
        layer=np.full(len(position), -1),
    )
    particle = np.unique(target, axis=0, return_inverse=True)[1].reshape(-1)
    part = np.random.default_rng(0).permutation(particle.max() + 1)[particle] % PARTS
    momentum = target[:, 0]
    along = target[:, 1] if target.shape[1] > 1 else np.zeros(len(momentum))
    boosted = predict_left_out(hits, momentum, part, base=BASE[name]) if find_spec("sklearn") else None
    return hits, momentum, along, part, boosted
