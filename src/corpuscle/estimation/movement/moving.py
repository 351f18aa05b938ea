"""How the particles of tracks move, each and all together, with and without the doubt about their links."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from corpuscle.estimation.movement.diffusion import Diffusion, estimate_diffusion, estimate_exponent, estimate_slope
from corpuscle.estimation.movement.displacement import Paths, Sums, draw_sums, list_terms, weigh_terms

SHARE = 4
"""The exponent of a track is fitted to a quarter of its steps, as longer lags have few independent displacements."""
LEAST = 3


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Whole:
    """What all tracks together say, in units of length and lags, each with its standard error.

    Args:
        squared: mean squared displacement over 1, 2, ... lags [length^2].
        squared_error: its standard error.
        pairs: the displacements of each lag (their summed weights).
        coefficient: diffusion coefficient (D) [length^2 per lag].
        coefficient_error: its standard error.
        slope: the same from the slope of the displacement, blind to noise that outlasts a frame [length^2 per lag].
        slope_error: its standard error.
        noise: squared standard deviation of a measured coordinate [length^2]; may fall below 0.
        noise_error: its standard error.
        exponent: exponent of the mean squared displacement (alpha).
        exponent_error: its standard error.
    """

    squared: Float[np.ndarray, " l"]
    squared_error: Float[np.ndarray, " l"]
    pairs: Float[np.ndarray, " l"]
    coefficient: float
    coefficient_error: float
    slope: float
    slope_error: float
    noise: float
    noise_error: float
    exponent: float
    exponent_error: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Moving:
    """How the particles of tracks move, in units of length and lags.

    Args:
        paths: the tracks.
        stride: the frames of one lag.
        detections: the detections of each track.
        steps: the steps of one lag in each.
        each: diffusion of each track; NaN where it is shorter than was asked for.
        exponent: exponent of each track, likewise.
        whole: what all tracks say, links taken as true.
        doubted: what they say where each link counts as far as it is likely; None where no link is doubted.
    """

    paths: Paths
    stride: int
    detections: Int[np.ndarray, " k"]
    steps: Int[np.ndarray, " k"]
    each: Diffusion
    exponent: Float[np.ndarray, " k"]
    whole: Whole
    doubted: Whole | None


def measure_motion(
    paths: Paths,
    generator: np.random.Generator,
    *,
    lags: int = 10,
    minimum: int = 10,
    noise: float = 0.0,
    blur: float = 0.0,
    replicates: int = 200,
) -> Moving:
    """Measure how particles move.

    Standard errors come from drawing the tracks anew: displacements that overlap are of one track and stay together.
    Where links are doubted, each draw also cuts the tracks at links that it draws false with the chance 1 - p, and the
    estimate weighs what spans several links by the product of their probabilities.

    Args:
        paths: the tracks.
        generator: where the chances come from.
        lags: lags of the mean squared displacement.
        minimum: the fewest detections of a track that has values of its own.
        noise: variance of a measured coordinate, where known, for the exponent [length^2].
        blur: motion blur (R, see `estimate_diffusion`).
        replicates: how often tracks are drawn.
    """
    terms = list_terms(paths, lags)
    sums = terms.add_up(np.ones(len(terms.track)))
    detections = np.bincount(paths.track, minlength=paths.tracks)
    steps = sums.count[:, 0].astype(np.int64)
    each = estimate_diffusion(sums, blur=blur)
    exponent = estimate_exponent(sums, noise=noise, longest=np.maximum(steps / SHARE, LEAST))
    long = detections >= minimum
    parts = (np.where(long, part, np.nan) for part in (each.coefficient, each.error, each.noise, exponent))
    coefficient, error, own_noise, exponent = parts

    def sum_up(total: Sums, *, links: bool) -> Whole:
        drawn = draw_sums(terms, paths, generator, replicates=replicates, links=links)
        return describe(total.pool(), drawn, paths.tracks, noise=noise, blur=blur)

    doubted = bool((paths.sure < 1).any())
    return Moving(
        paths=paths,
        stride=terms.stride,
        detections=detections,
        steps=steps,
        each=Diffusion(coefficient, error, own_noise),
        exponent=exponent,
        whole=sum_up(sums, links=False),
        doubted=sum_up(terms.add_up(weigh_terms(terms, paths.sure)), links=True) if doubted else None,
    )


def describe(total: Sums, drawn: Sums, tracks: int, *, noise: float, blur: float) -> Whole:
    """Describe what all tracks say; a single one has no error but that of D, of independent steps."""
    found, again = estimate_diffusion(total, blur=blur), estimate_diffusion(drawn, blur=blur)
    exponent, exponents = estimate_exponent(total, noise=noise), estimate_exponent(drawn, noise=noise)
    coefficient_error = float(found.error[0]) if tracks < 2 else spread(again.coefficient, tracks)
    return Whole(
        squared=total.squared[0],
        squared_error=np.array([spread(column, tracks) for column in drawn.squared.T]),
        pairs=total.count[0, :-1],
        coefficient=float(found.coefficient[0]),
        coefficient_error=coefficient_error,
        slope=float(estimate_slope(total)[0]),
        slope_error=spread(estimate_slope(drawn), tracks),
        noise=float(found.noise[0]),
        noise_error=spread(again.noise, tracks),
        exponent=float(exponent[0]),
        exponent_error=spread(exponents, tracks),
    )


def spread(values: Float[np.ndarray, " r"], tracks: int) -> float:
    """Give the standard error from draws that have a value; drawing n things anew shows (n - 1) / n of the variance."""
    known = values[np.isfinite(values)]
    return math.nan if tracks < 2 or len(known) < 2 else float(known.std(ddof=1) * math.sqrt(tracks / (tracks - 1)))
