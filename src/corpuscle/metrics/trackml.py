"""The TrackML score: the weight of hits in tracks that are mostly one particle's, and hold most of it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int


@dataclass(frozen=True, slots=True, kw_only=True)
class HitScore:
    """How well hits were put into tracks.

    Args:
        score: the weight of the hits of good tracks that belong to each one's majority particle, over all weight.
        tracks: how many tracks there are.
        good_tracks: those of which more than half of the hits are one particle's, and more than half of its hits.
    """

    score: float
    tracks: int
    good_tracks: int


def score_hits(
    track: Int[np.ndarray, " hit"], particle: Int[np.ndarray, " hit"], weight: Float[np.ndarray, " hit"]
) -> HitScore:
    """Score the tracks that hits were put into.

    The majority particle of a track is the one with most of its hits, of several the one with the lowest number. Noise
    (particle 0) takes part as a particle whose hits weigh nothing.

    Args:
        track: the track that each hit was put into.
        particle: the particle that made it.
        weight: what it weighs.

    Raises: ValueError, when no hit weighs anything.

    Source: Amrouche et al., arXiv 1904.06778, section 4; equal to trackml.score.score_event.

    >>> score_hits(np.array([1, 1, 1, 2]), np.array([7, 7, 8, 8]), np.full(4, 0.25))
    HitScore(score=0.5, tracks=2, good_tracks=1)
    """
    total = float(weight.sum())
    if not total > 0:
        message = f"the weights of the hits add up to {total:g}: there is nothing to score"
        raise ValueError(message)
    _, ours, hits_of_track = np.unique(track, return_inverse=True, return_counts=True)
    _, theirs, hits_of_particle = np.unique(particle, return_inverse=True, return_counts=True)
    pair, place, shared = np.unique(
        ours * len(hits_of_particle) + theirs, return_inverse=True, return_counts=True
    )  # pairs of a track and a particle, by track, then by particle
    of_track, of_particle = np.divmod(pair, len(hits_of_particle))
    begin = np.flatnonzero(np.concatenate([[True], of_track[1:] != of_track[:-1]]))
    most = np.maximum.reduceat(shared, begin)
    candidate = np.flatnonzero(shared == most[of_track])
    majority = candidate[np.searchsorted(of_track[candidate], np.arange(len(begin)))]
    good = (2 * most > hits_of_track) & (2 * most > hits_of_particle[of_particle[majority]])
    heavy = np.bincount(place, weights=weight, minlength=len(pair))
    return HitScore(score=float(heavy[majority[good]].sum() / total), tracks=len(begin), good_tracks=int(good.sum()))
