"""The TrackML score: the weight of hits in tracks that are mostly one particle's, and hold most of it."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.metrics.trackml_kernel import judge_tracks, number, sort_rows


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
    ours, tracks = number(track.astype(np.int64))
    theirs, particles = number(particle.astype(np.int64))
    begin, rows = sort_rows(ours, len(tracks))
    held, good = judge_tracks(begin, rows, theirs, particles, weight.astype(float))
    return HitScore(score=held / total, tracks=len(tracks), good_tracks=good)
