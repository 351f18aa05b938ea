"""The hits of tracks and their particles, as an information study asks about them."""

from dataclasses import dataclass

import numpy as np

from corpuscle.data.event import Collisions, Particles, TrackHits
from corpuscle.metrics.information.permutations import Origin
from corpuscle.studies.fitting.sample import choose_particles, pair_truth


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Collected:
    """The hits of tracks and their particles, the chances of controls, and events that settings are tuned on.

    Args:
        hits: the hits, track by track.
        truth: the particles, row by row those of the tracks.
        seed: where the chances of controls and permutations come from.
        tuning: other events of the same world, or none.
    """

    hits: TrackHits
    truth: Particles
    seed: int
    tuning: "Collected | None" = None

    @property
    def origin(self) -> Origin:
        """Where the hits come from."""
        owner = self.hits.owner
        return Origin(event=self.hits.event[owner], particle=owner, layer=self.hits.layer)

    def choose_events(self, count: int) -> "Collected":
        """Give the first so many events."""
        tracks = np.flatnonzero(np.isin(self.hits.event, np.unique(self.hits.event)[:count]))
        return Collected(hits=self.hits.choose(tracks), truth=choose_particles(self.truth, tracks), seed=self.seed)


def collect(collisions: Collisions, *, seed: int, tuning: Collected | None = None) -> Collected:
    """Collect the hits of collisions by their tracks; noise and hits of unknown particles are left out."""
    hits, truth = pair_truth(collisions)
    known = np.flatnonzero(np.isfinite(truth.parameters.value).all(axis=1))
    return Collected(hits=hits.choose(known), truth=choose_particles(truth, known), seed=seed, tuning=tuning)
