"""Tracks as a study gives them to fitters: hits without truth, and the truth beside."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float

from corpuscle.data.apparatus import Apparatus
from corpuscle.data.event import Collisions, Particles, TrackHits, pair_tracks
from corpuscle.data.helix import HelixParameters
from corpuscle.fitting.base import Fit


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Sample:
    """Tracks to fit, and what is true of them, row by row.

    Args:
        hits: their hits, all that a fitter is given.
        apparatus: the field and the layers, as a fitter is told of them.
        truth: the particles, in the order of the tracks.
        bound: the least covariance that their parameters can have (Cramer-Rao); none where it is unknown.
        fits: what others found of the same tracks, by name: methods that are not run here, or not by us.

    Raises: ValueError, when there are not as many of one as of the other.
    """

    hits: TrackHits
    apparatus: Apparatus
    truth: Particles
    bound: Float[np.ndarray, "track 5 5"] | None = None
    fits: Mapping[str, Fit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        others = {"truth": self.truth, "bound": self.bound, **self.fits}
        for name, other in others.items():
            if other is not None and len(other) != len(self.hits):
                message = f"a sample has one of each a track: {len(self.hits)} tracks, but {len(other)} of {name}"
                raise ValueError(message)

    def __len__(self) -> int:
        return len(self.hits)


def choose_particles(particles: Particles, rows: np.ndarray) -> Particles:
    """Give some of the particles, in the order asked for."""
    parameters = particles.parameters
    return Particles(
        event=particles.event[rows],
        track=particles.track[rows],
        parameters=HelixParameters(parameters.value[rows]),
        kind=particles.kind[rows],
        lost=particles.lost[rows],
    )


def pair_truth(collisions: Collisions) -> tuple[TrackHits, Particles]:
    """Give the hits of tracks and their particles, row by row; a particle without hits is left out.

    >>> from corpuscle.simulation.helical import Helix
    >>> pair_truth(Helix(tracks=3).simulate(np.random.default_rng(0)))
    (TrackHits(3 tracks, 30 hits), Particles(3 particles, 1 event))
    """
    hits, particles = collisions.hits.collect_tracks(), collisions.particles
    ours, theirs = pair_tracks(hits.event, hits.track, particles.event, particles.track)
    return hits.choose(ours), choose_particles(particles, theirs)
