"""A learned correction of circle fits: boosted trees that see how the radius changes from the inside out."""

import numpy as np
from jaxtyping import Float, Int

from corpuscle.data.event import TrackHits
from corpuscle.data.helix import LIGHT
from corpuscle.studies.fitting.innermost import choose_innermost, fit_circles

COUNTS = (4, 5, 6, 7, 8, 10, 12, 0)
"""How many of the innermost hits each circle is fitted to; 0: all."""

FIELD = 2.0

ROOM = 1e-6
"""What stands for a radius of 0, or of nothing, where its logarithm is taken [GeV]."""


def predict_left_out(
    hits: TrackHits, momentum: Float[np.ndarray, " track"], part: Int[np.ndarray, " track"], *, base: int
) -> Float[np.ndarray, " track"]:
    """Predict each track's transverse momentum by trees that have seen none of its part [GeV].

    The trees correct the logarithm of the momentum of one circle fit, by that of the others and by where the hits lie.

    Args:
        hits: the tracks.
        momentum: their true transverse momenta [GeV].
        part: the part that each belongs to; tracks of the same particle are in one.
        base: the number of innermost hits of the fit that is corrected, one of `COUNTS`.

    Raises: ImportError, when scikit-learn is not installed.
    """
    from sklearn.ensemble import HistGradientBoostingRegressor

    feature, start = describe_tracks(hits, base)
    wanted = np.log(momentum) - start
    said = np.zeros(len(hits))
    for one in np.unique(part):
        trees = HistGradientBoostingRegressor(
            loss="absolute_error", max_iter=200, learning_rate=0.05, max_leaf_nodes=15, min_samples_leaf=15
        )
        trees.fit(feature[part != one], wanted[part != one])
        said[part == one] = trees.predict(feature[part == one])
    return np.exp(start + said)


def describe_tracks(
    hits: TrackHits, base: int
) -> tuple[Float[np.ndarray, "track feature"], Float[np.ndarray, " track"]]:
    """Describe tracks by the circles through their innermost hits and where these lie; and give the one to correct."""
    fitted = np.stack([fit_circles(choose_innermost(hits, count)) for count in COUNTS], axis=1)
    level = np.log(np.maximum(np.nan_to_num(LIGHT * FIELD * fitted), ROOM))
    start = level[:, COUNTS.index(base)]
    ordered = choose_innermost(hits, 0)
    radius = np.hypot(ordered.position[:, 0], ordered.position[:, 1])
    first, last = ordered.offset[:-1], ordered.offset[1:] - 1
    fifth = np.minimum(first + 5, last)
    z = ordered.position[:, 2]
    slopes = [(z[end] - z[first]) / (radius[end] - radius[first] + 1e-9) for end in (fifth, last)]
    place = [hits.length, radius[first], radius[fifth], radius[last], np.abs(z[first]), *slopes]
    return np.column_stack([level - start[:, None], start, *place]), start
